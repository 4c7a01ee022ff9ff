// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.isthmus.store.TxException.Kind;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@link Leases} in one table. Clocks of several controllers may differ: that can make two hold a lease for a moment, and
 * the fence lets only the newer write.
 */
@Component
public final class LeaseTable implements Leases {
    private final Tx tx;
    private final Clock clock;

    @Activate
    public LeaseTable(@Reference Tx tx, @Reference Clock clock) {
        this.tx = tx;
        this.clock = clock;
    }

    @Override
    public Optional<Lease> hold(String name, String holder, Duration length) {
        checked("A lease's name", name, 60);
        checked("A lease's holder", holder, 100);
        if (tx.running()) {
            throw new IllegalStateException("A lease is taken in a transaction of its own; one is running here.");
        }
        try {
            return tx.retrying(() -> holdNow(name, holder, length));
        } catch (TxException e) {
            if (e.kind() == Kind.DUPLICATE) {
                return Optional.empty(); // the first two ever to ask met, and the other was first
            }
            throw e;
        } catch (SQLException e) {
            throw Failures.typed(e);
        }
    }

    private Optional<Lease> holdNow(String name, String holder, Duration length) throws SQLException {
        long now = micros(clock.instant());
        long until = now + length.toNanos() / 1000;
        Connection connection = tx.connection();
        try (PreparedStatement renew =
                connection.prepareStatement("update sto_lease set held_until = ? where name = ? and holder = ?")) {
            renew.setLong(1, until);
            renew.setString(2, name);
            renew.setString(3, holder);
            if (renew.executeUpdate() == 1) {
                return Optional.of(
                        new Lease(name, holder, fence(connection, name).orElseThrow()));
            }
        }
        try (PreparedStatement take = connection.prepareStatement("update sto_lease"
                + " set holder = ?, fence = fence + 1, held_until = ?"
                + " where name = ? and (held_until <= ? or held_until > ?)")) {
            take.setString(1, holder);
            take.setLong(2, until);
            take.setString(3, name);
            take.setLong(4, now);
            // held for longer than anybody holds it: said by a clock that was ahead then
            take.setLong(5, until + length.toNanos() / 1000);
            if (take.executeUpdate() == 1) {
                return Optional.of(
                        new Lease(name, holder, fence(connection, name).orElseThrow()));
            }
        }
        if (fence(connection, name).isPresent()) {
            return Optional.empty();
        }
        try (PreparedStatement first = connection.prepareStatement(
                "insert into sto_lease (name, holder, fence, held_until) values (?, ?, 1, ?)")) {
            first.setString(1, name);
            first.setString(2, holder);
            first.setLong(3, until);
            first.executeUpdate();
        }
        return Optional.of(new Lease(name, holder, 1));
    }

    private static Optional<Long> fence(Connection connection, String name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("select fence from sto_lease where name = ?")) {
            select.setString(1, name);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
            }
        }
    }

    @Override
    public void fence(Lease lease) {
        // an update that changes nothing: it checks and locks in one statement on both databases
        if (touch("update sto_lease set fence = fence where name = ? and holder = ? and fence = ?", lease) != 1) {
            throw new TxException(
                    Kind.CONFLICT,
                    "somebody else holds the lease " + lease.name() + " now; this write came late",
                    null);
        }
    }

    @Override
    public Optional<Lease> last(String name) {
        try {
            return tx.read(() -> {
                try (PreparedStatement select =
                        tx.connection().prepareStatement("select holder, fence from sto_lease where name = ?")) {
                    select.setString(1, name);
                    try (ResultSet row = select.executeQuery()) {
                        return row.next()
                                ? Optional.of(new Lease(name, row.getString(1), row.getLong(2)))
                                : Optional.empty();
                    }
                }
            });
        } catch (SQLException e) {
            throw Failures.typed(e);
        }
    }

    @Override
    public void release(Lease lease) {
        tx.retrying(
                () -> touch("update sto_lease set held_until = 0 where name = ? and holder = ? and fence = ?", lease));
    }

    private int touch(String sql, Lease lease) {
        try (PreparedStatement update = tx.connection().prepareStatement(sql)) {
            update.setString(1, lease.name());
            update.setString(2, lease.holder());
            update.setLong(3, lease.fence());
            return update.executeUpdate();
        } catch (SQLException e) {
            throw Failures.typed(e);
        }
    }

    private static void checked(String what, String text, int most) {
        if (text.isEmpty() || text.length() > most) {
            throw new IllegalArgumentException(what + " has 1 to " + most + " characters.");
        }
    }

    private static long micros(Instant at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }
}
