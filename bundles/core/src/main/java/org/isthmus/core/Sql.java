// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;

/**
 * Plain JDBC inside a transaction. A failure dooms it and comes out of the transaction typed, as {@link
 * org.isthmus.store.TxException}.
 */
public final class Sql {
    private Sql() {}

    /** Work that may fail in the database. */
    @FunctionalInterface
    public interface Work<R> {
        R run() throws SQLException;
    }

    /** A failed statement, on its way to the end of its transaction, where it gets its type. */
    public static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Failed(SQLException cause) {
            super(cause);
        }
    }

    /** Runs it; a failure becomes a typed exception where the transaction is opened. */
    public static <R> R run(Work<R> work) {
        try {
            return work.run();
        } catch (SQLException e) {
            throw new Failed(e);
        }
    }

    /**
     * The end of a select whose rows stay locked for share to the transaction's end: who wants to change them waits, who
     * reads them does not.
     */
    public static String forShare(Connection connection) throws SQLException {
        // neither database understands the other's words
        return connection.getMetaData().getDatabaseProductName().contains("Derby") ? " with rs" : " for share";
    }

    /** Binds parameters in order: texts, numbers, booleans and nulls. */
    public static PreparedStatement bind(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value == null) {
                throw new IllegalArgumentException("Say which type of null: use Nothing");
            }
            if (value instanceof Nothing nothing) {
                statement.setNull(i + 1, nothing.type());
            } else {
                statement.setObject(i + 1, value);
            }
        }
        return statement;
    }

    /** A typed SQL null, as both databases want it. */
    public record Nothing(int type) {
        public static final Nothing TEXT = new Nothing(Types.VARCHAR);
        public static final Nothing LONG = new Nothing(Types.BIGINT);
        public static final Nothing INTEGER = new Nothing(Types.INTEGER);
    }
}
