// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.lease;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.lease.Schedule;
import org.isthmus.api.lease.ServerLeases.OnExpiry;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.RowStore;
import org.isthmus.core.Sql.Nothing;
import org.isthmus.core.Things;
import org.isthmus.core.Times;
import org.isthmus.core.operation.CallerText;
import org.isthmus.model.Ids.LeaseId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;

/** All queries on leases, with what they need to know of their servers. Plain JDBC. */
public final class LeaseStore {
    private static final String SELECT =
            "select l.id, l.organization, l.server, l.expires_at, l.on_expiry, l.timezone, l.days, l.from_time, l.to_time,"
                    + " l.owner, l.created_at, l.created_by, l.version, l.turned_at, l.told, l.expired, l.refused, x.name,"
                    + " x.state, x.operation_id from lse_lease l join srv_server x on x.id = l.server where ";

    private final RowStore rows;

    public LeaseStore(RowStore rows) {
        this.rows = rows;
    }

    /**
     * A lease, and how its server is.
     *
     * @param busy an operation is at work on the server
     */
    record Held(Lease lease, String name, ServerState state, boolean busy) {}

    private int change(String sql, Object... values) {
        return rows.change(sql, values);
    }

    private <T> List<T> query(String sql, RowStore.Mapper<T> mapper, Object... values) {
        return rows.tx().read(() -> rows.query(sql, mapper, values));
    }

    /**
     * What a server shows of its lease.
     *
     * @param expiresAt when it ends, if it does
     */
    public record Mark(LeaseId lease, Optional<Instant> expiresAt) {}

    /** Those of these servers that have a lease, in a few queries. Inside a transaction. */
    public Map<ServerId, Mark> marks(Collection<ServerId> servers) {
        Map<ServerId, Mark> marks = new HashMap<>();
        rows.among(
                "select server, id, expires_at from lse_lease",
                "lse_lease_server",
                "server",
                "server",
                servers.stream().map(ServerId::value).toList(),
                row -> {
                    long end = row.getLong(3);
                    Optional<Instant> expiresAt = row.wasNull() ? Optional.empty() : Optional.of(Times.instant(end));
                    return marks.put(
                            new ServerId(row.getString(1)), new Mark(new LeaseId(row.getString(2)), expiresAt));
                });
        return marks;
    }

    private static Held held(ResultSet row) throws SQLException {
        long expires = row.getLong(4);
        Optional<Instant> expiresAt = row.wasNull() ? Optional.empty() : Optional.of(Times.instant(expires));
        Optional<Schedule> schedule = Optional.ofNullable(row.getString(6)).isEmpty()
                ? Optional.empty()
                : Optional.of(new Schedule(
                        row.getString(6),
                        Arrays.stream(row.getString(7).split(" "))
                                .map(DayOfWeek::valueOf)
                                .collect(Collectors.toSet()),
                        row.getString(8),
                        row.getString(9)));
        Lease lease = new Lease(
                new LeaseId(row.getString(1)),
                new OrganizationId(row.getString(2)),
                new ServerId(row.getString(3)),
                expiresAt,
                OnExpiry.valueOf(row.getString(5)),
                schedule,
                CallerText.read(row.getString(10)),
                Times.instant(row.getLong(11)),
                row.getString(12),
                row.getLong(13),
                Times.instant(row.getLong(14)),
                row.getInt(15),
                row.getBoolean(16),
                Optional.ofNullable(row.getString(17)));
        return new Held(lease, row.getString(18), ServerState.valueOf(row.getString(19)), row.getString(20) != null);
    }

    /** By its id, its server's id or the name its server lives under. */
    Optional<Held> find(OrganizationId organization, Ref ref) {
        return query(
                        SELECT + "l.organization = ? and (l.id = ? or l.server = ? or x.living_name = ?)",
                        LeaseStore::held,
                        organization.value(),
                        ref.text(),
                        ref.text(),
                        ref.text())
                .stream()
                .findFirst();
    }

    Optional<Held> find(LeaseId id) {
        return query(SELECT + "l.id = ?", LeaseStore::held, id.value()).stream().findFirst();
    }

    /** In a caller's reach, by server, after one. */
    List<Held> page(Reach reach, String after, int most) {
        List<Object> values = new ArrayList<>(List.of(reach.organization().id().value(), after));
        String within = "";
        if (!reach.everything()) {
            Things.Condition condition = Things.within(reach, Things.Kind.SERVER);
            within = " and " + condition.sql();
            values.addAll(condition.values());
        }
        return query(
                SELECT + "l.organization = ? and l.server > ?" + within + " order by l.server fetch first " + most
                        + " rows only",
                LeaseStore::held,
                values.toArray());
    }

    /** What the time has come for. */
    List<Held> due(Instant now, int most) {
        return query(
                SELECT + "l.due_at <= ? order by l.due_at, l.id fetch first " + most + " rows only",
                LeaseStore::held,
                Times.micros(now));
    }

    /** Since when a server may not be started any more. */
    public Optional<Instant> expired(ServerId server, Instant now) {
        return query(
                        "select expires_at from lse_lease where server = ? and expires_at <= ?",
                        row -> Times.instant(row.getLong(1)),
                        server.value(),
                        Times.micros(now))
                .stream()
                .findFirst();
    }

    /** Inside a transaction, as all below. */
    void insert(Lease it, Instant due) {
        change(
                "insert into lse_lease (id, organization, server, expires_at, on_expiry, timezone, days, from_time, to_time,"
                        + " owner, created_at, created_by, version, turned_at, told, expired, refused, due_at) values"
                        + " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values(it, due).toArray());
    }

    private static List<Object> values(Lease it, Instant due) {
        return new ArrayList<>(List.of(
                it.id().value(),
                it.organization().value(),
                it.server().value(),
                it.expiresAt().<Object>map(Times::micros).orElse(Nothing.LONG),
                it.onExpiry().name(),
                it.schedule().<Object>map(Schedule::timezone).orElse(Nothing.TEXT),
                it.schedule()
                        .<Object>map(hours -> hours.days().stream()
                                .sorted()
                                .map(DayOfWeek::name)
                                .collect(Collectors.joining(" ")))
                        .orElse(Nothing.TEXT),
                it.schedule().<Object>map(Schedule::from).orElse(Nothing.TEXT),
                it.schedule().<Object>map(Schedule::to).orElse(Nothing.TEXT),
                CallerText.write(it.owner()),
                Times.micros(it.createdAt()),
                it.createdBy(),
                it.version(),
                Times.micros(it.turned()),
                it.told(),
                it.expired(),
                it.refused().<Object>map(text -> text).orElse(Nothing.TEXT),
                Times.micros(due)));
    }

    /** All of it anew, when it is at the version before still. */
    boolean change(Lease it, Instant due) {
        List<Object> values = values(it, due);
        values.add(it.id().value());
        values.add(it.version() - 1);
        return change(
                        "update lse_lease set id = ?, organization = ?, server = ?, expires_at = ?, on_expiry = ?,"
                                + " timezone = ?, days = ?, from_time = ?, to_time = ?, owner = ?, created_at = ?,"
                                + " created_by = ?, version = ?, turned_at = ?, told = ?, expired = ?, refused = ?,"
                                + " due_at = ? where id = ? and version = ?",
                        values.toArray())
                == 1;
    }

    /** What was seen to, when nobody changed it meanwhile. */
    boolean seen(Lease it, Instant turned, int told, boolean expired, Optional<String> refused, Instant due) {
        return change(
                        "update lse_lease set turned_at = ?, told = ?, expired = ?, refused = ?, due_at = ? where id = ?"
                                + " and version = ?",
                        Times.micros(turned),
                        told,
                        expired,
                        refused.<Object>map(text -> text).orElse(Nothing.TEXT),
                        Times.micros(due),
                        it.id().value(),
                        it.version())
                == 1;
    }

    boolean delete(LeaseId id) {
        return change("delete from lse_lease where id = ?", id.value()) == 1;
    }

    /** Leases of servers that are gone for good. */
    void dropOrphans() {
        change("delete from lse_lease where not exists (select 1 from srv_server x where x.id = lse_lease.server)");
    }
}
