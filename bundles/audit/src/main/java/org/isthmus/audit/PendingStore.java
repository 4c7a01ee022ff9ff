// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.audit.leaf.Entry;
import org.isthmus.store.Tx;

/** Entries that wait for their place in the log. */
final class PendingStore {
    private final Tx tx;

    PendingStore(Tx tx) {
        this.tx = tx;
    }

    /** One insert, in the running transaction or one of its own. */
    void append(Entry entry) {
        Sql.write(tx, () -> {
            try (PreparedStatement insert = tx.connection()
                    .prepareStatement(
                            "insert into aud_pending (id, organization, recorded_at, kind, action, subject_id,"
                                    + " subject_text, outcome, username, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                insert.setString(1, entry.id().value());
                insert.setString(2, entry.organization().value());
                insert.setLong(3, Sql.micros(entry.at()));
                insert.setString(4, entry.kind().name());
                insert.setString(5, entry.action());
                text(insert, 6, entry.subjectId());
                text(insert, 7, entry.subjectText());
                insert.setString(8, entry.outcome().name());
                insert.setString(9, entry.username());
                insert.setString(10, entry.body());
                return insert.executeUpdate();
            }
        });
    }

    /** Whether any waits; in the running transaction. */
    static boolean any(Connection connection) throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("select id from aud_pending order by id fetch first 1 rows only");
                ResultSet row = select.executeQuery()) {
            return row.next();
        }
    }

    /** The oldest; in the running transaction. */
    static List<Entry> oldest(Connection connection, int most) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "select body from aud_pending order by id fetch first " + most + " rows only")) {
            return entries(select);
        }
    }

    /** Those of one organization that match; in the running transaction. */
    static List<Entry> matching(Connection connection, EntryFilter filter, int most) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("select e.body from aud_pending e where "
                + filter.pendingSql() + " order by e.id fetch first " + most + " rows only")) {
            filter.bind(select, 1);
            return entries(select);
        }
    }

    private static List<Entry> entries(PreparedStatement select) throws SQLException {
        List<Entry> entries = new ArrayList<>();
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                entries.add(Entry.fromBody(rows.getString(1)));
            }
        }
        return entries;
    }

    static void remove(Connection connection, List<Entry> entries) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("delete from aud_pending where id = ?")) {
            for (Entry entry : entries) {
                delete.setString(1, entry.id().value());
                delete.addBatch();
            }
            for (int removed : delete.executeBatch()) {
                if (removed == 0) {
                    throw new SQLException("An entry of the audit log that waited for its place has gone.");
                }
            }
        }
    }

    /** When the oldest was recorded, microseconds; empty when none waits. */
    Optional<Long> oldestRecordedAt() {
        return Sql.read(tx, () -> {
            try (PreparedStatement select = tx.connection()
                            .prepareStatement(
                                    "select recorded_at from aud_pending order by id fetch first 1 rows only");
                    ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
            }
        });
    }

    static void text(PreparedStatement statement, int parameter, Optional<String> value) throws SQLException {
        if (value.isPresent()) {
            statement.setString(parameter, value.get());
        } else {
            statement.setNull(parameter, Types.VARCHAR);
        }
    }
}
