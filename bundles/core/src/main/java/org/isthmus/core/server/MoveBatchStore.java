// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.server.MoveBatchView.MoveState;
import org.isthmus.api.server.MoveBatchView.MoveTotals;
import org.isthmus.api.server.MoveBatches.OnFailure;
import org.isthmus.core.RowStore;
import org.isthmus.core.Times;
import org.isthmus.core.operation.CallerText;
import org.isthmus.core.server.MoveBatch.Course;
import org.isthmus.core.server.MoveBatch.Standing;
import org.isthmus.core.server.MoveBatch.Wished;
import org.isthmus.model.Ids.MoveBatchId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;
import org.isthmus.store.TxException;

/** All queries on batches of moves. Plain JDBC. How a move stands is asked of its own operation. */
final class MoveBatchStore {
    private static final int MOST_REASON = 4000;

    private static final String BATCHES =
            "select b.id, b.organization_id, b.name, b.operation_id, b.asker, b.concurrency, b.on_failure, b.created_at,"
                    + " b.created_by, o.state, o.finished_at, o.version from mov_batch b"
                    + " join opr_operation o on o.id = b.operation_id where ";

    /** What was read out of a server is content of the image that the new server is made of. */
    private static final String MOVES =
            "select m.sort_no, m.server_id, m.server_name, m.location, m.name, m.networks, m.running, m.keep_mac,"
                    + " m.keep_address, m.operation_id, m.settled, m.reason, m.settled_at, o.state, o.subject_id,"
                    + " o.progress, o.reason, o.created_at, o.finished_at, o.cancel_asked, o.undoing,"
                    + " (select sum(c.size_bytes) from srv_server s join img_content c on c.image_id = s.image_id"
                    + " where s.id = o.subject_id and c.original = true)"
                    + " from mov_move m left join opr_operation o on o.id = m.operation_id"
                    + " where m.batch_id = ? order by m.sort_no";

    private final RowStore rows;

    MoveBatchStore(RowStore rows) {
        this.rows = rows;
    }

    /** A batch with how its operation is. */
    record Found(MoveBatch batch, Course course) {}

    static ProblemException absent(Ref ref) {
        return Problem.NOT_FOUND.because("There is no batch of moves %s in this organization.", ref);
    }

    private static ProblemException taken(Name name) {
        return Problem.NAME_TAKEN.because(
                "There is a batch of moves %s in this organization that has not ended; choose another name, or wait for it.",
                name);
    }

    /** Refuses a name that another batch has which has not ended. */
    void requireFree(OrganizationId organization, Name name) {
        if (rows.any(
                "select id from mov_batch where organization_id = ? and living_name = ?",
                organization.value(),
                name.value())) {
            throw taken(name);
        }
    }

    void insert(MoveBatch batch, List<Wished> moves) {
        try {
            rows.change(
                    "insert into mov_batch (id, organization_id, name, living_name, operation_id, asker, concurrency,"
                            + " on_failure, created_at, created_by) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    batch.id().value(),
                    batch.organization().value(),
                    batch.name().value(),
                    batch.name().value(),
                    batch.operation().value(),
                    CallerText.write(batch.asker()),
                    batch.concurrency(),
                    batch.onFailure().name(),
                    Times.micros(batch.createdAt()),
                    batch.createdBy());
        } catch (TxException e) {
            throw e.kind() == TxException.Kind.DUPLICATE ? taken(batch.name()) : e;
        }
        for (int i = 0; i < moves.size(); i++) {
            Wished move = moves.get(i);
            rows.change(
                    "insert into mov_move (batch_id, sort_no, server_id, server_name, location, name, networks, running,"
                            + " keep_mac, keep_address) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    batch.id().value(),
                    i,
                    move.server().value(),
                    move.serverName().value(),
                    move.location().text(),
                    move.name().value(),
                    move.networks().stream().map(Ref::text).collect(Collectors.joining("\n")),
                    move.running().name(),
                    move.keepMac(),
                    move.keepAddress());
        }
    }

    /** It has ended: its name is free again. */
    void ended(MoveBatchId id) {
        rows.change("update mov_batch set living_name = id where id = ?", id.value());
    }

    /** By id or name, in a caller's reach: the one that has that name and has not ended, else the last one that had it. */
    Optional<Found> find(Reach reach, String caller, Ref ref) {
        return ref.isId(MoveBatchId.PREFIX)
                ? last("b.id", reach, caller, ref)
                : last("b.living_name", reach, caller, ref).or(() -> last("b.name", reach, caller, ref));
    }

    private Optional<Found> last(String column, Reach reach, String caller, Ref ref) {
        List<Object> values = new ArrayList<>(List.of(reach.organization().id().value(), ref.text()));
        return found(
                        "b.organization_id = ? and " + column + " = ?" + seen(reach, caller, values)
                                + " order by b.id desc fetch first 1 rows only",
                        values)
                .stream()
                .findFirst();
    }

    Found must(MoveBatchId id) {
        return found("b.id = ?", List.of(id.value())).stream().findFirst().orElseThrow(() -> absent(Ref.of(id)));
    }

    /** By id, after one. */
    List<Found> page(Reach reach, String caller, Optional<String> name, String after, int most) {
        List<Object> values = new ArrayList<>(List.of(reach.organization().id().value(), after));
        String named = "";
        if (name.isPresent()) {
            named = " and b.name = ?";
            values.add(name.get());
        }
        return found(
                "b.organization_id = ? and b.id > ?" + named + seen(reach, caller, values)
                        + " order by b.id fetch first " + most + " rows only",
                values);
    }

    private static String seen(Reach reach, String caller, List<Object> values) {
        if (reach.everything()) {
            return "";
        }
        values.add(caller);
        return " and b.created_by = ?";
    }

    private List<Found> found(String condition, List<Object> values) {
        return rows.query(BATCHES + condition, MoveBatchStore::found, values.toArray());
    }

    private static Found found(ResultSet row) throws SQLException {
        return new Found(
                new MoveBatch(
                        new MoveBatchId(row.getString(1)),
                        new OrganizationId(row.getString(2)),
                        new Name(row.getString(3)),
                        new OperationId(row.getString(4)),
                        CallerText.read(row.getString(5)),
                        row.getInt(6),
                        OnFailure.valueOf(row.getString(7)),
                        Times.instant(row.getLong(8)),
                        row.getString(9)),
                new Course(OperationState.valueOf(row.getString(10)), instant(row, 11), row.getLong(12)));
    }

    private static Optional<Instant> instant(ResultSet row, int column) throws SQLException {
        return number(row, column).map(Times::instant);
    }

    private static Optional<Long> number(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(value);
    }

    /** In their order, as they stand. */
    List<Standing> moves(MoveBatchId batch) {
        return rows.query(MOVES, MoveBatchStore::standing, batch.value());
    }

    private static Standing standing(ResultSet row) throws SQLException {
        Optional<String> operation = Optional.ofNullable(row.getString(10));
        MoveState state = state(row.getString(11), row.getString(14));
        String networks = row.getString(6);
        return new Standing(
                row.getInt(1),
                new Wished(
                        new ServerId(row.getString(2)),
                        new Name(row.getString(3)),
                        new Ref(row.getString(4)),
                        new Name(row.getString(5)),
                        networks.isEmpty()
                                ? List.of()
                                : networks.lines().map(Ref::new).toList(),
                        Running.valueOf(row.getString(7)),
                        row.getBoolean(8),
                        row.getBoolean(9)),
                state,
                operation.map(OperationId::new),
                row.getBoolean(20) || row.getBoolean(21),
                state == MoveState.MOVED ? Optional.of(new ServerId(row.getString(15))) : Optional.empty(),
                state == MoveState.MOVED ? 100 : row.getInt(16),
                number(row, 22),
                instant(row, 18),
                operation.isPresent() ? instant(row, 19) : instant(row, 13),
                Optional.ofNullable(row.getString(operation.isPresent() ? 17 : 12)));
    }

    private static MoveState state(OperationState of) {
        return switch (of) {
            case WAITING_APPROVAL -> MoveState.WAITING_APPROVAL;
            case PENDING, RUNNING -> MoveState.MOVING;
            case SUCCEEDED -> MoveState.MOVED;
            case FAILED -> MoveState.FAILED;
            case CANCELLED -> MoveState.CANCELLED;
        };
    }

    /** Of each of these batches, in one query; bytes are only told with the moves. */
    Map<MoveBatchId, MoveTotals> totalsOf(List<MoveBatchId> batches) {
        if (batches.isEmpty()) {
            return Map.of();
        }
        Map<MoveBatchId, Map<MoveState, Long>> counts = new HashMap<>();
        rows.query(
                "select m.batch_id, m.settled, o.state, count(*) from mov_move m left join opr_operation o"
                        + " on o.id = m.operation_id where m.batch_id in (" + RowStore.marks(batches.size())
                        + ") group by m.batch_id, m.settled, o.state",
                row -> counts.computeIfAbsent(new MoveBatchId(row.getString(1)), any -> new HashMap<>())
                        .merge(state(row.getString(2), row.getString(3)), row.getLong(4), Long::sum),
                batches.stream().map(MoveBatchId::value).toArray());
        Map<MoveBatchId, MoveTotals> all = new HashMap<>();
        counts.forEach((batch, of) -> all.put(batch, totals(of, 0)));
        return all;
    }

    private static MoveState state(String settled, String operation) {
        if (operation != null) {
            return state(OperationState.valueOf(operation));
        }
        return settled == null ? MoveState.WAITING : MoveState.valueOf(settled);
    }

    /** Counts moves that were read. */
    static MoveTotals totals(List<Standing> moves) {
        Map<MoveState, Long> counts =
                moves.stream().collect(Collectors.groupingBy(Standing::state, Collectors.counting()));
        return totals(
                counts,
                moves.stream().mapToLong(each -> each.bytes().orElse(0L)).sum());
    }

    private static MoveTotals totals(Map<MoveState, Long> counts, long bytes) {
        return new MoveTotals(
                counts.values().stream().mapToInt(Long::intValue).sum(),
                count(counts, MoveState.WAITING),
                count(counts, MoveState.WAITING_APPROVAL),
                count(counts, MoveState.MOVING),
                count(counts, MoveState.MOVED),
                count(counts, MoveState.FAILED),
                count(counts, MoveState.CANCELLED),
                bytes);
    }

    private static int count(Map<MoveState, Long> counts, MoveState state) {
        return counts.getOrDefault(state, 0L).intValue();
    }

    /**
     * Writes down which operation moves it, in the transaction that makes that operation; a move that has one, or was settled,
     * is not begun again.
     */
    void begun(MoveBatchId batch, int index, OperationId operation) {
        int changed = rows.change(
                "update mov_move set operation_id = ? where batch_id = ? and sort_no = ? and operation_id is null"
                        + " and settled is null",
                operation.value(),
                batch.value(),
                index);
        if (changed != 1) {
            throw Problem.CONFLICT.because("This move of the batch has begun already, or does not begin any more.");
        }
    }

    /** One that will not begin. */
    void settle(MoveBatchId batch, int index, MoveState as, String reason, Instant now) {
        rows.change(
                "update mov_move set settled = ?, reason = ?, settled_at = ? where batch_id = ? and sort_no = ?"
                        + " and operation_id is null and settled is null",
                as.name(),
                cut(reason),
                Times.micros(now),
                batch.value(),
                index);
    }

    /** None of those that wait will begin. */
    void settleWaiting(MoveBatchId batch, String reason, Instant now) {
        rows.change(
                "update mov_move set settled = ?, reason = ?, settled_at = ? where batch_id = ? and operation_id is null"
                        + " and settled is null",
                MoveState.CANCELLED.name(),
                cut(reason),
                Times.micros(now),
                batch.value());
    }

    private static String cut(String reason) {
        return reason.length() <= MOST_REASON ? reason : reason.substring(0, MOST_REASON - 1) + "…";
    }

    /** The operation of the batch that a move's operation belongs to. */
    Optional<OperationId> parent(OperationId move) {
        return rows.one(
                "select b.operation_id from mov_move m join mov_batch b on b.id = m.batch_id where m.operation_id = ?",
                row -> new OperationId(row.getString(1)),
                move.value());
    }

    /** Those of these names or ids that there are, by what they were named; deleted ones only by id. */
    Map<Ref, Named> servers(OrganizationId organization, List<Ref> refs) {
        Map<Ref, Named> found = new HashMap<>();
        List<String> ids = refs.stream()
                .filter(ref -> ref.isId(ServerId.PREFIX))
                .map(Ref::text)
                .toList();
        List<String> names = refs.stream()
                .filter(ref -> !ref.isId(ServerId.PREFIX))
                .map(Ref::text)
                .toList();
        named(found, "x.id", organization, ids);
        named(found, "x.living_name", organization, names);
        return found;
    }

    /** A server, and what it is called. */
    record Named(ServerId id, Name name) {}

    private void named(Map<Ref, Named> found, String column, OrganizationId organization, List<String> texts) {
        if (texts.isEmpty()) {
            return;
        }
        List<Object> values = new ArrayList<>(List.of(organization.value()));
        values.addAll(texts);
        rows.query(
                "select " + column + ", x.id, x.name from srv_server x where x.organization_id = ? and " + column
                        + " in (" + RowStore.marks(texts.size()) + ")",
                row -> found.put(
                        new Ref(row.getString(1)),
                        new Named(new ServerId(row.getString(2)), new Name(row.getString(3)))),
                values.toArray());
    }
}
