// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }

    static String marks(int count) {
        return "?" + ", ?".repeat(count - 1);
    }
}
