// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.store.Actions;
import org.isthmus.identity.store.Jdbc;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Reads what was kept of the past: always five queries, however much there is. */
@Component(service = PastStore.class)
public final class PastStore {
    private static final String WHEN = "valid_from, valid_to, began_by, ended_by";
    /** In the time asked for: it began before its end and ended after its beginning. */
    private static final String THEN = " WHERE organization = ? AND valid_to > ? AND valid_from < ?";

    private final Tx tx;

    @Activate
    public PastStore(@Reference Tx tx) {
        this.tx = tx;
    }

    private interface Read<R> {
        R row(ResultSet rows) throws SQLException;
    }

    /** All of an organization. */
    Kept all(OrganizationId organization, Window time) {
        return tx.read(() -> kept(organization, time, "", "", "", List.of()));
    }

    /** What one user's rights follow from: themself, who answers for them, their groups, and the grants to any of those. */
    Kept of(OrganizationId organization, UserId user, Window time) {
        String id = user.value();
        return tx.read(() -> kept(
                organization,
                time,
                " AND (id = ? OR id IN (SELECT s.responsible FROM idn_past_user s WHERE s.id = ?))",
                " AND (subject_kind <> 'user' OR subject_id = ?)",
                " AND user_id = ?",
                List.of(id)));
    }

    boolean known(OrganizationId organization, UserId user) {
        return Jdbc.read(tx, "SELECT id FROM idn_past_user WHERE organization = ? AND id = ?", query -> {
            query.setString(1, organization.value());
            query.setString(2, user.value());
            query.setMaxRows(1);
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        });
    }

    /** Who was called so at a moment. */
    Optional<UserId> called(OrganizationId organization, String username, long moment) {
        String sql = "SELECT id FROM idn_past_user WHERE organization = ? AND username = ? AND valid_from <= ?"
                + " AND valid_to > ?";
        return Jdbc.read(tx, sql, query -> {
            query.setString(1, organization.value());
            query.setString(2, username);
            query.setLong(3, moment);
            query.setLong(4, moment);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(new UserId(row.getString(1))) : Optional.empty();
            }
        });
    }

    /** Since when anything is kept; empty when nothing is. */
    OptionalLong since(OrganizationId organization) {
        return Jdbc.read(tx, "SELECT MIN(valid_from) FROM idn_past_user WHERE organization = ?", query -> {
            query.setString(1, organization.value());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                long since = row.getLong(1);
                return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(since);
            }
        });
    }

    private Kept kept(
            OrganizationId organization,
            Window time,
            String users,
            String grants,
            String members,
            List<String> values) {
        List<String> twice = new ArrayList<>(values);
        twice.addAll(values);
        return new Kept(
                read(
                        "id, username, department, kind, state, responsible",
                        "idn_past_user",
                        users,
                        organization,
                        time,
                        twice,
                        PastStore::person),
                read(
                        "id, subject_kind, subject_id, role, scope_kind, scope_id, from_at, until_at, break_glass",
                        "idn_past_grant",
                        grants,
                        organization,
                        time,
                        values,
                        PastStore::given),
                read(
                        "group_id, user_id",
                        "idn_past_member",
                        members,
                        organization,
                        time,
                        values,
                        rows -> new Kept.In(
                                new GroupId(rows.getString("group_id")),
                                new UserId(rows.getString("user_id")),
                                when(rows),
                                rows.getString("began_by"),
                                Optional.ofNullable(rows.getString("ended_by")))),
                read(
                        "id, name, parent",
                        "idn_past_department",
                        "",
                        organization,
                        time,
                        List.of(),
                        rows -> new Kept.Part(
                                new DepartmentId(rows.getString("id")),
                                rows.getString("name"),
                                Optional.ofNullable(rows.getString("parent")).map(DepartmentId::new),
                                when(rows),
                                rows.getString("began_by"),
                                Optional.ofNullable(rows.getString("ended_by")))),
                read("id, name, actions", "idn_past_role", "", organization, time, List.of(), PastStore::own));
    }

    private <R> List<R> read(
            String columns,
            String table,
            String which,
            OrganizationId organization,
            Window time,
            List<String> values,
            Read<R> row) {
        String sql = "SELECT " + columns + ", " + WHEN + " FROM " + table + THEN + which;
        return Jdbc.read(tx, sql, query -> {
            query.setString(1, organization.value());
            query.setLong(2, time.from());
            query.setLong(3, time.until());
            for (int i = 0; i < values.size() && which.indexOf('?') >= 0; i++) {
                query.setString(4 + i, values.get(i));
            }
            List<R> all = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    all.add(row.row(rows));
                }
            }
            return all;
        });
    }

    private static Kept.Person person(ResultSet rows) throws SQLException {
        Member member = new Member(
                new UserId(rows.getString("id")),
                rows.getString("username"),
                Optional.ofNullable(rows.getString("department")).map(DepartmentId::new),
                rows.getString("kind").equals(UserView.Kind.PERSON.name()),
                rows.getString("state").equals(UserView.State.ACTIVE.name()),
                false,
                true,
                Optional.ofNullable(rows.getString("responsible")).map(UserId::new),
                Set.of());
        return new Kept.Person(
                member, when(rows), rows.getString("began_by"), Optional.ofNullable(rows.getString("ended_by")));
    }

    private static Kept.Given given(ResultSet rows) throws SQLException {
        return new Kept.Given(
                new GrantId(rows.getString("id")),
                new Subject(rows.getString("subject_kind"), rows.getString("subject_id")),
                rows.getString("role"),
                new Subject(rows.getString("scope_kind"), rows.getString("scope_id")),
                new Window(open(rows, "from_at", Long.MIN_VALUE), open(rows, "until_at", Long.MAX_VALUE)),
                Optional.ofNullable(rows.getString("break_glass")),
                when(rows),
                rows.getString("began_by"),
                Optional.ofNullable(rows.getString("ended_by")));
    }

    private static Kept.Own own(ResultSet rows) throws SQLException {
        String id = rows.getString("id");
        return new Kept.Own(
                new Role(id, rows.getString("name"), Actions.of(rows.getString("actions")), false),
                when(rows),
                rows.getString("began_by"),
                Optional.ofNullable(rows.getString("ended_by")));
    }

    private static Window when(ResultSet rows) throws SQLException {
        return new Window(rows.getLong("valid_from"), rows.getLong("valid_to"));
    }

    private static long open(ResultSet rows, String column, long end) throws SQLException {
        long value = rows.getLong(column);
        return rows.wasNull() ? end : value;
    }
}
