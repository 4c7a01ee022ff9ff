// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;

/** Plain statements in the running transaction, for what is read too often or too much at a time for entities. */
public final class Jdbc {
    private Jdbc() {}

    /** What is done with a prepared statement. */
    @FunctionalInterface
    public interface Work<R> {
        R on(PreparedStatement statement) throws SQLException;
    }

    /** Joins the transaction or reads in one of its own; the database's refusals come as {@link TxException}. */
    public static <R> R read(Tx tx, String sql, Work<R> work) {
        try {
            return tx.<R, SQLException>read(() -> run(tx, sql, work));
        } catch (SQLException e) {
            throw unexpected(e);
        }
    }

    /** Joins the transaction or writes in one of its own. */
    public static <R> R write(Tx tx, String sql, Work<R> work) {
        try {
            return tx.<R, SQLException>run(() -> run(tx, sql, work));
        } catch (SQLException e) {
            throw unexpected(e);
        }
    }

    private static <R> R run(Tx tx, String sql, Work<R> work) throws SQLException {
        try (PreparedStatement statement = tx.connection().prepareStatement(sql)) {
            return work.on(statement);
        }
    }

    /** Tx types every SQLException itself; the compiler does not know. */
    private static TxException unexpected(SQLException e) {
        return new TxException(TxException.Kind.DATABASE, e.getMessage(), e);
    }
}
