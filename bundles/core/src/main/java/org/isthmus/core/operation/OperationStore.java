// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.operation.OperationState;
import org.isthmus.core.Json;
import org.isthmus.core.Sql;
import org.isthmus.core.Sql.Nothing;
import org.isthmus.core.Things;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;

/** All queries on operations. Plain JDBC: a cursor moves often. */
final class OperationStore {
    private static final String COLUMNS =
            "id, organization, type, subject_kind, subject_id, state, step, undoing, ending, progress, attempts, reason,"
                    + " memo, caller, attempt, created_at, created_by, deadline_at, due_at, lease_holder, lease_until, fence,"
                    + " cancel_asked, finished_at, version";
    private static final int MOST_REASON = 8000;

    private final Tx tx;

    OperationStore(Tx tx) {
        this.tx = tx;
    }

    void insert(OperationRecord it) {
        Sql.run(() -> {
            try (PreparedStatement insert = tx.connection()
                    .prepareStatement("insert into opr_operation (" + COLUMNS + ") values"
                            + " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                return Sql.bind(
                                insert,
                                it.id().value(),
                                it.organization().value(),
                                it.type(),
                                it.subject().kind(),
                                it.subject().id(),
                                it.state().name(),
                                it.step(),
                                it.undoing(),
                                text(it.ending().map(Enum::name)),
                                it.progress(),
                                it.attempts(),
                                text(it.reason().map(OperationStore::cut)),
                                Json.write(it.memo()),
                                CallerText.write(it.caller()),
                                it.attempt().value(),
                                it.createdAt(),
                                it.createdBy(),
                                it.deadlineAt(),
                                number(it.due()),
                                it.leaseHolder(),
                                it.leaseUntil(),
                                it.fence(),
                                it.cancelAsked(),
                                number(it.finishedAt()),
                                it.version())
                        .executeUpdate();
            }
        });
    }

    /**
     * Takes away one that waited for a second person, as what it waited for takes its place, inside a transaction; tells when it
     * began to wait.
     */
    long unwait(OperationId id) {
        OperationRecord waited = find(id).filter(row -> row.state() == OperationState.WAITING_APPROVAL)
                .orElseThrow(() -> Problem.CONFLICT.because("The operation %s does not wait any more.", id));
        Sql.run(() -> {
            try (PreparedStatement delete = tx.connection()
                    .prepareStatement("delete from opr_operation where id = ? and state = 'WAITING_APPROVAL'")) {
                if (Sql.bind(delete, id.value()).executeUpdate() != 1) {
                    throw Problem.CONFLICT.because("The operation %s does not wait any more.", id);
                }
                return null;
            }
        });
        return waited.createdAt();
    }

    /** Ends one that waited, inside a transaction; empty when it does not wait any more. */
    Optional<OperationRecord> endWaiting(OperationId id, OperationState as, Optional<String> reason, long now) {
        int changed = Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement("update opr_operation set state = ?, reason = ?, finished_at = ?, progress = ?,"
                            + " version = version + 1 where id = ? and state = 'WAITING_APPROVAL'")) {
                return Sql.bind(
                                update,
                                as.name(),
                                text(reason.map(OperationStore::cut)),
                                now,
                                as == OperationState.SUCCEEDED ? 100 : 0,
                                id.value())
                        .executeUpdate();
            }
        });
        return changed == 1 ? find(id) : Optional.empty();
    }

    Optional<OperationRecord> find(OperationId id) {
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select =
                    tx.connection().prepareStatement("select " + COLUMNS + " from opr_operation where id = ?")) {
                return read(Sql.bind(select, id.value())).stream().findFirst();
            }
        }));
    }

    /** The ids of what is due and held by nobody, the longest waiting first. */
    List<OperationId> due(long now, int most) {
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select = tx.connection()
                    .prepareStatement("select id from opr_operation where due_at <= ? and lease_until <= ?"
                            + " order by due_at fetch first " + most + " rows only")) {
                List<OperationId> ids = new ArrayList<>();
                try (ResultSet rows = Sql.bind(select, now, now).executeQuery()) {
                    while (rows.next()) {
                        ids.add(new OperationId(rows.getString(1)));
                    }
                }
                return ids;
            }
        }));
    }

    /**
     * Claims it for a holder, when it is due and nobody else holds it: one conditional update, a transaction of its own. What
     * the holder held already it lost sight of: the database went away before it heard of its own write.
     */
    Optional<OperationRecord> claim(OperationId id, String holder, long now, long until) {
        return tx.retrying(() -> Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement("update opr_operation set state = 'RUNNING', lease_holder = ?, lease_until = ?,"
                            + " fence = fence + 1, version = version + 1"
                            + " where id = ? and due_at <= ? and (lease_until <= ? or lease_holder = ?)"
                            + " and state in ('PENDING', 'RUNNING')")) {
                if (Sql.bind(update, holder, until, id.value(), now, now, holder)
                                .executeUpdate()
                        == 0) {
                    return Optional.empty();
                }
            }
            return find(id);
        }));
    }

    /**
     * Saves the cursor of a claimed operation, inside a transaction.
     *
     * @param more by how much its deadline moves; what it is may have changed meanwhile, because the clock was set
     * @return the row as it is now, a cancel asked for meanwhile included; empty when the claim was lost
     */
    Optional<OperationRecord> save(OperationRecord it, long more) {
        OperationRecord kept = it.kept(more, it.reason().map(OperationStore::cut));
        // unless somebody has written it since it was read, what it is now need not be asked
        if (write(kept, more, " and version = ?", List.of(it.version()))) {
            return Optional.of(kept);
        }
        return write(kept, more, "", List.of()) ? find(it.id()) : Optional.empty();
    }

    private boolean write(OperationRecord it, long more, String when, List<Object> values) {
        return Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement(
                            "update opr_operation set state = ?, step = ?, undoing = ?, ending = ?, progress = ?,"
                                    + " attempts = ?, reason = ?, memo = ?, deadline_at = deadline_at + ?, due_at = ?, lease_holder = ?,"
                                    + " lease_until = ?, finished_at = ?, version = version + 1 where id = ? and fence = ?"
                                    + when)) {
                List<Object> bound = new ArrayList<>(java.util.Arrays.asList(
                        it.state().name(),
                        it.step(),
                        it.undoing(),
                        text(it.ending().map(Enum::name)),
                        it.progress(),
                        it.attempts(),
                        text(it.reason()),
                        Json.write(it.memo()),
                        more,
                        number(it.due()),
                        it.leaseHolder(),
                        it.leaseUntil(),
                        number(it.finishedAt()),
                        it.id().value(),
                        it.fence()));
                bound.addAll(values);
                return Sql.bind(update, bound.toArray()).executeUpdate() == 1;
            }
        });
    }

    /** Asks to cancel what has not ended; inside a transaction. False when it has ended. */
    boolean askCancel(OperationId id, long now) {
        return Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement(
                            "update opr_operation set cancel_asked = true, due_at = case when due_at > ? then ?"
                                    + " else due_at end, version = version + 1 where id = ? and due_at is not null")) {
                return Sql.bind(update, now, now, id.value()).executeUpdate() == 1;
            }
        });
    }

    /** Makes due now what waits; inside a transaction. What somebody is at just then may wait on. */
    void hasten(OperationId id, long now) {
        Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement(
                            "update opr_operation set due_at = ?, version = version + 1 where id = ? and due_at > ?")) {
                return Sql.bind(update, now, id.value(), now).executeUpdate();
            }
        });
    }

    /** Gives all that has not ended this much more time. A transaction of its own. */
    int prolong(long micros) {
        return tx.retrying(() -> changeAll("deadline_at = deadline_at + ?", List.of(micros), "", List.of()));
    }

    /**
     * What waits or is held for longer than anything may was written by a clock that was ahead: it becomes due now, and held
     * as long as something claimed now. A transaction of its own.
     */
    int bringBack(long now, long longestWait, long lease) {
        return tx.retrying(() -> changeAll("due_at = ?", List.of(now), " and due_at > ?", List.of(now + longestWait))
                + changeAll("lease_until = ?", List.of(now + lease), " and lease_until > ?", List.of(now + 2 * lease)));
    }

    /** Frees what a holder holds. A transaction of its own. */
    int release(String holder) {
        return tx.retrying(() -> changeAll(
                "lease_until = 0, fence = fence + 1",
                List.of(),
                " and lease_until > 0 and lease_holder = ?",
                List.of(holder)));
    }

    /**
     * Changes of what has not ended all that is so, inside a transaction. It is read by its index and up to an end, and
     * changed one by one: an update of all in one statement reads, and locks, on Derby everything that ever ended, because
     * null sorts above all numbers and an update cannot be told its index.
     */
    private int changeAll(String change, List<Object> to, String when, List<Object> values) {
        return Sql.run(() -> {
            List<String> ids = new ArrayList<>();
            try (PreparedStatement select = tx.connection()
                    .prepareStatement("select id from opr_operation --DERBY-PROPERTIES index=opr_due\n"
                            + " where due_at between 0 and " + Long.MAX_VALUE + when)) {
                try (ResultSet rows = Sql.bind(select, values.toArray()).executeQuery()) {
                    while (rows.next()) {
                        ids.add(rows.getString(1));
                    }
                }
            }
            if (ids.isEmpty()) {
                return 0;
            }
            int changed = 0;
            try (PreparedStatement update = tx.connection()
                    .prepareStatement("update opr_operation set " + change
                            + ", version = version + 1 where id = ? and due_at >= 0" + when)) {
                for (String id : ids) {
                    List<Object> bound = new ArrayList<>(to);
                    bound.add(id);
                    bound.addAll(values);
                    changed += Sql.bind(update, bound.toArray()).executeUpdate();
                }
            }
            return changed;
        });
    }

    /** A page of an organization's operations, newest first. */
    List<OperationRecord> list(Reach reach, String asker, Map<String, String> equal, Optional<String> below, int most) {
        List<Object> values = new ArrayList<>();
        StringBuilder where = new StringBuilder("organization = ?");
        values.add(reach.organization().id().value());
        if (!reach.everything()) {
            reached(reach, asker, where, values);
        }
        Map<String, String> columns = Map.of("state", "state", "type", "type", "subject", "subject_id");
        equal.forEach((field, value) -> {
            where.append(" and ").append(columns.get(field)).append(" = ?");
            values.add(value);
        });
        below.ifPresent(id -> {
            where.append(" and id < ?");
            values.add(id);
        });
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select = tx.connection()
                    .prepareStatement("select " + COLUMNS + " from opr_operation where " + where
                            + " order by id desc fetch first " + most + " rows only")) {
                return read(Sql.bind(select, values.toArray()));
            }
        }));
    }

    /** What somebody asked for themself, and what is about things in their reach. */
    private static void reached(Reach reach, String asker, StringBuilder where, List<Object> values) {
        Things.Condition about = Things.about(reach, "subject_id");
        where.append(" and (created_by = ? or ").append(about.sql()).append(")");
        values.add(asker);
        values.addAll(about.values());
    }

    /** Whether an operation is among those. */
    boolean inReach(OperationRecord it, Reach reach, String asker) {
        if (reach.everything()) {
            return true;
        }
        StringBuilder where = new StringBuilder("id = ?");
        List<Object> values = new ArrayList<>(List.of(it.id().value()));
        reached(reach, asker, where, values);
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select =
                            tx.connection().prepareStatement("select id from opr_operation where " + where);
                    ResultSet row = Sql.bind(select, values.toArray()).executeQuery()) {
                return row.next();
            }
        }));
    }

    private static List<OperationRecord> read(PreparedStatement select) throws SQLException {
        List<OperationRecord> records = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                records.add(record(row));
            }
        }
        return records;
    }

    private static OperationRecord record(ResultSet row) throws SQLException {
        return new OperationRecord(
                new OperationId(row.getString("id")),
                new OrganizationId(row.getString("organization")),
                row.getString("type"),
                new Subject(row.getString("subject_kind"), row.getString("subject_id")),
                OperationState.valueOf(row.getString("state")),
                row.getString("step"),
                row.getBoolean("undoing"),
                Optional.ofNullable(row.getString("ending")).map(Process.Ending::valueOf),
                row.getInt("progress"),
                row.getInt("attempts"),
                Optional.ofNullable(row.getString("reason")),
                Json.read(row.getString("memo")),
                CallerText.read(row.getString("caller")),
                new AuditEntryId(row.getString("attempt")),
                row.getLong("created_at"),
                row.getString("created_by"),
                row.getLong("deadline_at"),
                optional(row, "due_at"),
                row.getString("lease_holder"),
                row.getLong("lease_until"),
                row.getLong("fence"),
                row.getBoolean("cancel_asked"),
                optional(row, "finished_at"),
                row.getLong("version"));
    }

    private static Optional<Long> optional(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(value);
    }

    private static Object text(Optional<String> text) {
        return text.isPresent() ? text.get() : Nothing.TEXT;
    }

    private static Object number(Optional<Long> number) {
        return number.isPresent() ? number.get() : Nothing.LONG;
    }

    private static String cut(String reason) {
        return reason.length() <= MOST_REASON ? reason : reason.substring(0, MOST_REASON - 1) + "…";
    }
}
