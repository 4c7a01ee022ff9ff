// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import javax.sql.DataSource;

/**
 * The pool's connections, for which not everybody waits while the database is away: a few do, and see when it is back; the others
 * are refused at once, so that what needs no database finds a thread. Thread-safe.
 */
final class Connections {
    /** Far fewer than there are threads for requests. */
    static final int MOST_WAITING = 64;

    private static final long STALLED_NANOS = Duration.ofSeconds(1).toNanos();

    private final DataSource pool;
    private final LongSupplier nanos;
    private final AtomicInteger waiting = new AtomicInteger();
    /** When one was given last, or the first began to wait. */
    private volatile long moved;

    Connections(DataSource pool, LongSupplier nanos) {
        this.pool = pool;
        this.nanos = nanos;
    }

    /** One of them; SQLTransientConnectionException when none comes in time. */
    Connection get() throws SQLException {
        int now = waiting.incrementAndGet();
        try {
            if (now == 1) {
                moved = nanos.getAsLong();
            } else if (now > MOST_WAITING && nanos.getAsLong() - moved > STALLED_NANOS) {
                throw new SQLTransientConnectionException(
                        MOST_WAITING + " wait for a connection already, and none has come for a second");
            }
            Connection connection = pool.getConnection();
            moved = nanos.getAsLong();
            return connection;
        } finally {
            waiting.decrementAndGet();
        }
    }
}
