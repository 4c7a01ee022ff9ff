// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Reads one table of both databases side by side, each once and in order of its primary key, and tells where they differ. */
final class Merge {
    private static final int FETCHED = 500;

    private Merge() {}

    /** What is done where they differ. */
    interface Difference {
        /** Only the source has it. */
        void missing(Row row) throws SQLException;

        /** Only the target has it. */
        void surplus(Row row) throws SQLException;

        void changed(Row source, Row target) throws SQLException;
    }

    /** How many rows the source has. The connections are in a transaction, which holds what they read. */
    static long read(Table table, Connection source, Connection target, Difference found) throws SQLException {
        long rows = 0;
        try (Side left = new Side(table, source);
                Side right = new Side(table, target)) {
            Row one = left.next();
            Row other = right.next();
            while (one != null || other != null) {
                int order = one == null ? 1 : other == null ? -1 : one.compareKeys(other, table.keys());
                if (order < 0) {
                    found.missing(one);
                } else if (order > 0) {
                    found.surplus(other);
                } else if (!one.differences(other).isEmpty()) {
                    found.changed(one, other);
                }
                if (order <= 0) {
                    rows++;
                    one = left.next();
                }
                if (order >= 0) {
                    other = right.next();
                }
            }
        }
        return rows;
    }

    private static final class Side implements AutoCloseable {
        private final PreparedStatement select;
        private final ResultSet rows;
        private final int keys;
        private Row last;

        Side(Table table, Connection connection) throws SQLException {
            keys = table.keys();
            select = connection.prepareStatement(table.select());
            // never the whole table in memory
            select.setFetchSize(FETCHED);
            rows = select.executeQuery();
        }

        /** Null after the last. */
        Row next() throws SQLException {
            if (!rows.next()) {
                return null;
            }
            Row next = Row.read(rows);
            if (last != null && last.compareKeys(next, keys) >= 0) {
                throw new IllegalStateException("The databases do not agree on the order of the keys "
                        + last.values().subList(0, keys) + " and "
                        + next.values().subList(0, keys));
            }
            last = next;
            return next;
        }

        @Override
        public void close() throws SQLException {
            select.close(); // and with it what it reads
        }
    }
}
