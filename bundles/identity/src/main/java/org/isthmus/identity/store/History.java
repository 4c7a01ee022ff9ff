// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;

/**
 * Keeps what rights follow from as it was: each row with the time in which it was so, half-open, and who began and ended it.
 * The stores tell which rows they have just written, in the same transaction; what became of them is looked up there. When
 * and by whom is what {@link ChangeCounter} wrote when the change was counted.
 */
final class History {
    /** The end of what still is. */
    static final long OPEN = Long.MAX_VALUE;

    private static final int BATCH = 500;

    /** The tables that are followed. */
    enum Kept {
        USER("idn_user", "id", "organization, username, department, kind, state, responsible"),
        GRANT(
                "idn_grant",
                "id",
                "organization, subject_kind, subject_id, role, scope_kind, scope_id, from_at, until_at, break_glass"),
        MEMBER("idn_member", "group_id, user_id", "organization"),
        DEPARTMENT("idn_department", "id", "organization, name, parent"),
        GROUP("idn_group", "id", "organization, name"),
        ROLE("idn_role", "id", "organization, name, actions");

        private final String table;
        private final String past;
        private final String key;
        private final String content;

        Kept(String table, String key, String content) {
            this.table = table;
            this.past = table.replace("idn_", "idn_past_");
            this.key = key;
            this.content = content;
        }

        String table() {
            return table;
        }

        String past() {
            return past;
        }

        /** All that is followed, the key first. */
        String columns() {
            return key + ", " + content;
        }

        private static String each(String columns, Function<String, String> column, String between) {
            return Arrays.stream(columns.split(", ")).map(column).collect(Collectors.joining(between));
        }

        /** A row of the past that is the row of now. */
        private String same() {
            return each(key, column -> "l." + column + " = " + past + "." + column, " AND ")
                    + " AND "
                    + each(
                            content,
                            column -> "(l." + column + " = " + past + "." + column + " OR (l." + column
                                    + " IS NULL AND " + past + "." + column + " IS NULL))",
                            " AND ");
        }

        /** Rows of the past that are over by now, of those selected. */
        private String over(String selected) {
            return " WHERE " + selected + " AND valid_to = " + OPEN + " AND NOT EXISTS (SELECT 1 FROM " + table
                    + " l WHERE " + same() + ")";
        }

        private String moment(String column) {
            return "(SELECT r." + column + " FROM idn_rights r WHERE r.organization = " + past + ".organization)";
        }

        /** What began in the same change was never there. */
        private String undo(String selected) {
            return "DELETE FROM " + past + over(selected) + " AND valid_from = " + moment("changed_at");
        }

        private String end(String selected) {
            return "UPDATE " + past + " SET valid_to = " + moment("changed_at") + ", ended_by = " + moment("changed_by")
                    + over(selected);
        }

        /** The organizations of rows that are not followed, or followed wrongly. */
        private String missed() {
            return "SELECT DISTINCT l.organization FROM " + table + " l WHERE NOT EXISTS (SELECT 1 FROM " + past
                    + " WHERE valid_to = " + OPEN + " AND " + same() + ") UNION SELECT DISTINCT organization FROM "
                    + past
                    + over("1 = 1");
        }

        private String begin(String selected) {
            return "INSERT INTO " + past + " (" + columns() + ", valid_from, valid_to, began_by) SELECT "
                    + each(columns(), column -> "l." + column, ", ")
                    + ", r.changed_at, " + OPEN + ", r.changed_by FROM " + table
                    + " l, idn_rights r WHERE r.organization = l.organization AND l."
                    + selected.replace(" AND ", " AND l.")
                    + " AND NOT EXISTS (SELECT 1 FROM " + past + " p WHERE p.valid_to = " + OPEN + " AND "
                    + each(key, column -> "p." + column + " = l." + column, " AND ") + ")";
        }
    }

    private final Tx tx;

    History(Tx tx) {
        this.tx = tx;
    }

    /** This row was made, changed or deleted. */
    void follow(Kept kept, String id) {
        follow(kept, List.of("id"), List.of(List.of(id)));
    }

    /** Of these rows, each found by these columns, some were made, changed or deleted. */
    void follow(Kept kept, List<String> columns, Collection<List<String>> rows) {
        if (rows.isEmpty()) {
            return;
        }
        String selected = columns.stream().map(column -> column + " = ?").collect(Collectors.joining(" AND "));
        each(kept.undo(selected), rows);
        each(kept.end(selected), rows);
        each(kept.begin(selected), rows);
    }

    /** Organizations of which something was written by who does not know of this: an older version. */
    Set<OrganizationId> missed() {
        Set<OrganizationId> missed = new TreeSet<>(Comparator.comparing(OrganizationId::value));
        for (Kept kept : Kept.values()) {
            Jdbc.read(tx, sized(kept) + kept.missed(), query -> {
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        missed.add(new OrganizationId(rows.getString(1)));
                    }
                }
                return missed;
            });
        }
        return missed;
    }

    /** All of an organization is as it is from this change on. */
    void catchUp(OrganizationId organization) {
        for (Kept kept : Kept.values()) {
            List<List<String>> all = List.of(List.of(organization.value()));
            String selected = "organization = ?";
            String size = sized(kept);
            each(size + kept.undo(selected), all);
            each(size + kept.end(selected), all);
            each(size + kept.begin(selected), all);
        }
    }

    /** A statement's text of its own for each order of magnitude: Derby keeps the plan it made when the tables were empty. */
    private String sized(Kept kept) {
        return Jdbc.read(tx, "SELECT COUNT(*) FROM " + kept.table, query -> {
            try (ResultSet rows = query.executeQuery()) {
                rows.next();
                return "/* " + Long.toString(rows.getLong(1)).length() + " */ ";
            }
        });
    }

    /** An organization is gone, and with it all that could be asked about it; the audit log stays. */
    void forget(OrganizationId organization) {
        for (Kept kept : Kept.values()) {
            each("DELETE FROM " + kept.past + " WHERE organization = ?", List.of(List.of(organization.value())));
        }
    }

    private void each(String sql, Collection<List<String>> rows) {
        Jdbc.write(tx, sql, statement -> {
            int waiting = 0;
            for (List<String> row : rows) {
                fill(statement, row);
                statement.addBatch();
                if (++waiting % BATCH == 0) {
                    statement.executeBatch();
                }
            }
            statement.executeBatch();
            return waiting;
        });
    }

    private static void fill(PreparedStatement statement, List<String> row) throws SQLException {
        for (int i = 0; i < row.size(); i++) {
            statement.setString(i + 1, row.get(i));
        }
    }
}
