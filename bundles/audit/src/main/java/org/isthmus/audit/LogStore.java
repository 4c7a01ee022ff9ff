// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
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
        try (PreparedStatement entry = connection.prepareStatement("insert into aud_entry (position, id, organization,"
                        + " organization_position, recorded_at, kind, action, subject_id, outcome, leaf)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
                PreparedStatement personal = connection.prepareStatement("insert into aud_personal (position,"
                        + " organization, organization_position, username, username_salt, address, address_salt,"
                        + " subject_text, subject_salt) values (?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            for (Leaf leaf : leaves) {
                Entry each = leaf.entry();
                entry.setLong(1, leaf.index());
                entry.setString(2, each.id().value());
                entry.setString(3, each.organization().value());
                entry.setLong(4, leaf.organizationIndex());
                entry.setLong(5, Sql.micros(each.at()));
                entry.setString(6, each.kind().name());
                entry.setString(7, each.action());
                PendingStore.text(entry, 8, each.subjectId());
                entry.setString(9, each.outcome().name());
                entry.setBytes(10, leaf.bytes().copy());
                entry.addBatch();
                personal.setLong(1, leaf.index());
                personal.setString(2, each.organization().value());
                personal.setLong(3, leaf.organizationIndex());
                salted(personal, 4, Optional.of(leaf.personal().username()));
                salted(personal, 6, Optional.of(leaf.personal().address()));
                salted(personal, 8, leaf.personal().subject());
                personal.addBatch();
            }
            entry.executeBatch();
            personal.executeBatch();
        }
    }

    private static void salted(PreparedStatement statement, int parameter, Optional<Salted> value) throws SQLException {
        if (value.isPresent()) {
            statement.setString(parameter, value.get().value());
            statement.setString(parameter + 1, value.get().salt());
        } else {
            statement.setNull(parameter, Types.VARCHAR);
            statement.setNull(parameter + 1, Types.VARCHAR);
        }
    }

    /** Entries that match, after this place among the organization's own, oldest first. */
    static List<Placed> matching(Connection connection, EntryFilter filter, long after, int most) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select e.position, e.organization_position, e.leaf,"
                        + " p.username, p.address, p.subject_text from aud_entry e join aud_personal p on p.position = e.position"
                        + " where " + filter.placedSql() + " and e.organization_position > ?"
                        + " order by e.organization_position fetch first " + most + " rows only")) {
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

    /** Forgets a person everywhere: values and salts, so that not even a guess can be checked against the hashes. */
    static int erase(Connection connection, String username) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update aud_personal set username = null,"
                + " username_salt = null, address = null, address_salt = null where username = ?")) {
            update.setString(1, username);
            return update.executeUpdate();
        }
    }
}
