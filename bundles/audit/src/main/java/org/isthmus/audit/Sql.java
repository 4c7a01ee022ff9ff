// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.sql.SQLException;
import java.time.Instant;
import org.isthmus.store.Tx;

/** Plain JDBC in the shared transaction, where it types every failure. */
final class Sql {
    private Sql() {}

    static <R> R write(Tx tx, Tx.Work<R, SQLException> work) {
        try {
            return tx.run(work);
        } catch (SQLException e) {
            throw new IllegalStateException("The transaction types every failure of the database", e);
        }
    }

    static <R> R read(Tx tx, Tx.Work<R, SQLException> work) {
        try {
            return tx.read(work);
        } catch (SQLException e) {
            throw new IllegalStateException("The transaction types every failure of the database", e);
        }
    }

    static long micros(Instant at) {
        // not ChronoUnit.between: it counts nanoseconds first, which overflow in the year 2262
        return Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000L), at.getNano() / 1000);
    }

    static String marks(int count) {
        return "?" + ", ?".repeat(count - 1);
    }
}
