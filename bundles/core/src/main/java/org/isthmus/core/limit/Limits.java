// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Cursor;
import org.isthmus.core.Sql;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;

/**
 * Deployments per user and UTC day. Reserved by one conditional update, so that fifty requests at once never pass a limit
 * together; given back when the deployment fails.
 */
public final class Limits implements LimitList {
    private static final int KEPT_DAYS = 31;

    private final Tx tx;
    private final Swaps swaps;
    private final Clock clock;
    /** Rows that are there: looking for one would wait for those who just now count in it. */
    private final Set<Counted> prepared = ConcurrentHashMap.newKeySet();

    private record Counted(String user, int day) {}

    public Limits(Tx tx, Swaps swaps, Clock clock) {
        this.tx = tx;
        this.swaps = swaps;
        this.clock = clock;
    }

    private static int day(Instant now) {
        return (int) LocalDate.ofInstant(now, ZoneOffset.UTC).toEpochDay();
    }

    private static Instant nextDay(Instant now) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC)
                .plusDays(1)
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant();
    }

    /** Makes the user's row for the day, in a transaction of its own, so that {@link #reserve} only updates. */
    public void prepare(Caller caller, OrganizationView organization, Instant now) {
        if (caller.user().isEmpty()) {
            return;
        }
        String user = caller.user().get().value();
        int day = day(now);
        Counted row = new Counted(user, day);
        if (prepared.contains(row)) {
            return;
        }
        if (used(user, day) < 0) {
            make(user, day, organization);
        }
        prepared.removeIf(old -> old.day() < day);
        prepared.add(row);
    }

    private void make(String user, int day, OrganizationView organization) {
        try {
            tx.retrying(() -> Sql.run(() -> {
                try (PreparedStatement insert = tx.connection()
                        .prepareStatement(
                                "insert into lim_deployment (subject, utc_day, organization, used) values (?, ?, ?, 0)")) {
                    return Sql.bind(insert, user, day, organization.id().value())
                            .executeUpdate();
                }
            }));
        } catch (TxException e) {
            if (e.kind() != TxException.Kind.DUPLICATE) {
                throw e;
            }
            // another request of the same user was first: the row is there
        }
    }

    /** How many were used, or -1 when there is no row yet. */
    private int used(String user, int day) {
        return tx.read(() -> Sql.run(() -> {
            try (PreparedStatement select = tx.connection()
                    .prepareStatement("select used from lim_deployment where subject = ? and utc_day = ?")) {
                try (ResultSet row = Sql.bind(select, user, day).executeQuery()) {
                    return row.next() ? row.getInt(1) : -1;
                }
            }
        }));
    }

    /** Refuses when the limit is reached already; reserves nothing. On Derby it waits for whoever counts just now. */
    public void check(Caller caller, OrganizationView organization, Instant now) {
        if (caller.user().isPresent()
                && Math.max(0, used(caller.user().get().value(), day(now)))
                        >= organization.policy().deploymentsPerDay()) {
            throw exceeded(caller, organization, now);
        }
    }

    /**
     * Takes one deployment out of the caller's day, inside the gate's transaction. Root and the system have no limit.
     *
     * @throws org.isthmus.api.ProblemException EXCEEDED when none is left
     */
    public void reserve(Caller caller, OrganizationView organization, Instant now) {
        if (caller.user().isEmpty()) {
            return;
        }
        String user = caller.user().get().value();
        int most = organization.policy().deploymentsPerDay();
        int changed = Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement("update lim_deployment set used = used + 1"
                            + " where subject = ? and utc_day = ? and used < ?")) {
                return Sql.bind(update, user, day(now), most).executeUpdate();
            }
        });
        if (changed == 0) {
            prepared.remove(new Counted(user, day(now)));
            throw exceeded(caller, organization, now);
        }
    }

    private static org.isthmus.api.ProblemException exceeded(
            Caller caller, OrganizationView organization, Instant now) {
        int most = organization.policy().deploymentsPerDay();
        return LimitProblem.EXCEEDED
                .because(
                        "%s has used all %d deployments of this UTC day in %s; the next begins at %s. Somebody with"
                                + " policy.set there can raise deploymentsPerDay.",
                        caller.username(), most, organization.name(), nextDay(now))
                .with("limit", "deploymentsPerDay")
                .with("subject", caller.username())
                .with("left", 0)
                .with("resetsAt", nextDay(now).toString());
    }

    /** Ties a reservation to the operation that uses it, inside the gate's transaction. */
    public void tie(Caller caller, OperationId operation, Instant now) {
        if (caller.user().isEmpty()) {
            return;
        }
        Sql.run(() -> {
            try (PreparedStatement insert = tx.connection()
                    .prepareStatement("insert into lim_reservation (operation, subject, utc_day) values (?, ?, ?)")) {
                return Sql.bind(insert, operation.value(), caller.user().get().value(), day(now))
                        .executeUpdate();
            }
        });
    }

    /** The operation succeeded: what it had reserved stays used, inside the transaction of its end. */
    public void keep(OperationId operation) {
        Sql.run(() -> {
            try (PreparedStatement delete =
                    tx.connection().prepareStatement("delete from lim_reservation where operation = ?")) {
                return Sql.bind(delete, operation.value()).executeUpdate();
            }
        });
    }

    /** Drops the counts of days that no operation of today can have begun in; from time to time. */
    public void dropOld(Instant now) {
        tx.retrying(() -> Sql.run(() -> {
            try (PreparedStatement delete =
                    tx.connection().prepareStatement("delete from lim_deployment where utc_day < ?")) {
                return Sql.bind(delete, day(now) - KEPT_DAYS).executeUpdate();
            }
        }));
    }

    /** Gives back what the operation had reserved, if anything, once: inside the transaction of its end. */
    public void giveBack(OperationId operation) {
        Sql.run(() -> {
            try (PreparedStatement update = tx.connection()
                    .prepareStatement("update lim_deployment set used = used - 1 where exists (select 1 from"
                            + " lim_reservation r where r.operation = ? and r.subject = lim_deployment.subject"
                            + " and r.utc_day = lim_deployment.utc_day)")) {
                Sql.bind(update, operation.value()).executeUpdate();
            }
            return null;
        });
        keep(operation);
    }

    @Override
    public Page<LimitView> list(Caller caller, Ref organization, Query query) {
        OrganizationView where = swaps.access().call(access -> access.require(caller, Action.LIMIT_READ, organization));
        Instant now = clock.instant();
        int limit = query.page().limit();
        String after = query.page().cursor().map(Cursor::key).orElse("");
        int most = where.policy().deploymentsPerDay();
        List<LimitView> views = tx.read(() -> Sql.run(() -> {
            List<LimitView> read = new ArrayList<>();
            try (PreparedStatement select = tx.connection()
                    .prepareStatement("select subject, used from lim_deployment where organization = ? and utc_day = ?"
                            + " and subject > ? order by subject fetch first " + (limit + 1) + " rows only")) {
                try (ResultSet row =
                        Sql.bind(select, where.id().value(), day(now), after).executeQuery()) {
                    while (row.next()) {
                        int used = row.getInt(2);
                        read.add(new LimitView(
                                new Subject("user", row.getString(1)),
                                most,
                                used,
                                Math.max(0, most - used),
                                nextDay(now)));
                    }
                }
            }
            return read;
        }));
        return Page.of(views, limit, view -> Cursor.of(view.subject().id()));
    }
}
