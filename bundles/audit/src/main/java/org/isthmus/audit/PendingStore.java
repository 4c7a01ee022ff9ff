// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
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
                    .prepareStatement("insert into aud_pending (id, organization, recorded_at, kind, action, subject,"
                            + " outcome, username, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                insert.setString(1, entry.id().value());
                insert.setString(2, entry.organization().value());
                insert.setLong(3, Sql.micros(entry.at()));
                insert.setString(4, entry.kind().name());
                insert.setString(5, entry.action());
                insert.setString(6, entry.subject());
                insert.setString(7, entry.outcome().name());
                insert.setString(8, entry.username());
                insert.setString(9, entry.body());
                return insert.executeUpdate();
            }
        });
    }

    /** Whether any waits; in the running transaction. */
    static boolean any(Connection connection) throws SQLException {
        return !ids(connection, 1).isEmpty();
    }

    /**
     * The oldest, in order; in the running transaction. First their ids, which the index alone tells: asked for the bodies
     * in order, Derby would read and sort everything that waits, each time.
     */
    static List<Entry> oldest(Connection connection, int most) throws SQLException {
        List<String> ids = ids(connection, most);
        if (ids.isEmpty()) {
            return List.of();
        }
        try (PreparedStatement select = connection.prepareStatement(
                "select body from aud_pending where id in (" + Sql.marks(room(ids.size())) + ")")) {
            bind(select, ids);
            List<Entry> entries = entries(select);
            entries.sort(Comparator.comparing(entry -> entry.id().value()));
            return entries;
        }
    }

    private static List<String> ids(Connection connection, int most) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                        "select id from aud_pending order by id fetch first " + most + " rows only");
                ResultSet rows = select.executeQuery()) {
            List<String> ids = new ArrayList<>();
            while (rows.next()) {
                ids.add(rows.getString(1));
            }
            return ids;
        }
    }

    /** Parameters for so many ids: a power of two, so that a handful of statements serve every number. */
    private static int room(int ids) {
        return Math.max(8, Integer.highestOneBit(2 * ids - 1));
    }

    /** Sets the ids; the last again where there are more parameters. */
    private static void bind(PreparedStatement statement, List<String> ids) throws SQLException {
        for (int i = 0; i < room(ids.size()); i++) {
            statement.setString(i + 1, ids.get(Math.min(i, ids.size() - 1)));
        }
    }

    /** Those of one organization that match; in the running transaction. */
    static List<Entry> matching(Connection connection, EntryFilter filter, int most) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("select body from aud_pending where " + filter.sql()
                + " order by id fetch first " + most + " rows only")) {
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
        List<String> ids = entries.stream().map(entry -> entry.id().value()).toList();
        try (PreparedStatement delete = connection.prepareStatement(
                "delete from aud_pending where id in (" + Sql.marks(room(ids.size())) + ")")) {
            bind(delete, ids);
            if (delete.executeUpdate() != ids.size()) {
                throw new SQLException("An entry of the audit log that waited for its place has gone.");
            }
        }
    }

    /** When the oldest was recorded, microseconds; empty when none waits. */
    Optional<Long> oldestRecordedAt() {
        return Sql.read(tx, () -> {
            Connection connection = tx.connection();
            List<Entry> oldest = oldest(connection, 1);
            return oldest.stream().map(entry -> Sql.micros(entry.at())).findFirst();
        });
    }
}
