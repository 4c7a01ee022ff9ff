// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.audit.leaf.Entry;
import org.isthmus.audit.leaf.Leaf;
import org.isthmus.audit.leaf.Salted;
import org.isthmus.audit.merkle.Hashing;
import org.isthmus.model.Ids.OrganizationId;

/** The log's tables, on a transaction's connection. Leaves are only inserted. */
final class LogStore {
    /** The row of aud_count that counts everything. */
    static final String LOG = "log";

    /** Shown instead of what was erased. */
    static final String ERASED = "(erased)";

    private static final int COLUMNS = 15;

    /** Rows that one statement inserts. Derby opens each index once a statement: 64 rows at once cost half of 64 alone. */
    private static final int[] ROWS = {64, 8, 1};

    private LogStore() {}

    /**
     * An entry in its place, as it is shown.
     *
     * @param hash of the leaf, hex
     */
    record Placed(Entry entry, long index, long organizationIndex, String hash) {}

    /** Counts by name, 0 where there is none yet. */
    static Map<String, Long> counts(Connection connection, Set<String> names) throws SQLException {
        Map<String, Long> counts = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(
                "select name, entries from aud_count where name in (" + Sql.marks(names.size()) + ")")) {
            int parameter = 1;
            for (String name : names) {
                select.setString(parameter++, name);
            }
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    counts.put(rows.getString(1), rows.getLong(2));
                }
            }
        }
        return counts;
    }

    /** Writes the new counts over those read before. */
    static void count(Connection connection, Map<String, Long> before, Map<String, Long> after) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update aud_count set entries = ? where name = ?");
                PreparedStatement insert =
                        connection.prepareStatement("insert into aud_count (entries, name) values (?, ?)")) {
            for (Map.Entry<String, Long> each : after.entrySet()) {
                PreparedStatement statement = before.containsKey(each.getKey()) ? update : insert;
                statement.setLong(1, each.getValue());
                statement.setString(2, each.getKey());
                statement.addBatch();
            }
            update.executeBatch();
            insert.executeBatch();
        }
    }

    static void insert(Connection connection, List<Leaf> leaves) throws SQLException {
        int from = 0;
        for (int rows : ROWS) {
            for (; leaves.size() - from >= rows; from += rows) {
                insertAtOnce(connection, leaves.subList(from, from + rows));
            }
        }
    }

    private static void insertAtOnce(Connection connection, List<Leaf> leaves) throws SQLException {
        String row = "(" + Sql.marks(COLUMNS) + ")";
        try (PreparedStatement insert = connection.prepareStatement("insert into aud_entry (position, organization,"
                + " organization_position, id, recorded_at, kind, action, subject, subject_salt, outcome, username,"
                + " username_salt, address, address_salt, leaf) values " + row
                + (", " + row).repeat(leaves.size() - 1))) {
            int first = 0;
            for (Leaf leaf : leaves) {
                bind(insert, first, leaf);
                first += COLUMNS;
            }
            insert.executeUpdate();
        }
    }

    private static void bind(PreparedStatement insert, int first, Leaf leaf) throws SQLException {
        Entry entry = leaf.entry();
        Leaf.Personal personal = leaf.personal();
        insert.setLong(first + 1, leaf.index());
        insert.setString(first + 2, entry.organization().value());
        insert.setLong(first + 3, leaf.organizationIndex());
        insert.setString(first + 4, entry.id().value());
        insert.setLong(first + 5, Sql.micros(entry.at()));
        insert.setString(first + 6, entry.kind().name());
        insert.setString(first + 7, entry.action());
        insert.setString(first + 8, entry.subject());
        insert.setString(first + 9, personal.subject().map(Salted::salt).orElse(null));
        insert.setString(first + 10, entry.outcome().name());
        insert.setString(first + 11, personal.username().value());
        insert.setString(first + 12, personal.username().salt());
        insert.setString(first + 13, personal.address().value());
        insert.setString(first + 14, personal.address().salt());
        insert.setBytes(first + 15, leaf.bytes().copy());
    }

    /** Entries that match, after this place among the organization's own, oldest first. */
    static List<Placed> matching(Connection connection, EntryFilter filter, long after, int most) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select position, organization_position, leaf, username, address, subject"
                        + " from aud_entry where " + filter.sql() + " and organization_position > ?"
                        + " order by organization_position fetch first " + most + " rows only")) {
            select.setLong(filter.bind(select, 1), after);
            List<Placed> found = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    byte[] leaf = rows.getBytes(3);
                    Entry entry = Leaf.entry(
                            leaf,
                            Optional.ofNullable(rows.getString(4)).orElse(ERASED),
                            Optional.ofNullable(rows.getString(5)).orElse(ERASED),
                            Optional.ofNullable(rows.getString(6)));
                    found.add(new Placed(
                            entry,
                            rows.getLong(1),
                            rows.getLong(2),
                            HexFormat.of().formatHex(Hashing.leaf(leaf))));
                }
            }
            return found;
        }
    }

    /**
     * A stored leaf and whose it is.
     *
     * @param content base64
     */
    record StoredLeaf(OrganizationId organization, String content) {}

    static Optional<StoredLeaf> leaf(Connection connection, long index) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select organization, leaf from aud_entry where position = ?")) {
            select.setLong(1, index);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? Optional.of(new StoredLeaf(
                                new OrganizationId(row.getString(1)),
                                Base64.getEncoder().encodeToString(row.getBytes(2))))
                        : Optional.empty();
            }
        }
    }

    /**
     * Forgets a person everywhere, also where the name was what somebody typed: values and salts, so that not even a guess
     * can be checked against the hashes.
     */
    static int erase(Connection connection, String username) throws SQLException {
        try (PreparedStatement actor = connection.prepareStatement("update aud_entry set username = null,"
                        + " username_salt = null, address = null, address_salt = null where username = ?");
                PreparedStatement subject = connection.prepareStatement("update aud_entry set subject = null,"
                        + " subject_salt = null where subject = ? and subject_salt is not null")) {
            actor.setString(1, username);
            subject.setString(1, username);
            return actor.executeUpdate() + subject.executeUpdate();
        }
    }
}
