// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning.MemberView;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.store.History.Kept;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of groups, and who is in them. Plain JDBC: a group can have many thousands. */
@Component(service = GroupStore.class)
public final class GroupStore {
    private static final String SELECT =
            "SELECT id, name, organization, directory, external_id, created_at, created_by, changed_at, version FROM idn_group WHERE ";
    private static final int BATCH = 500;

    private final Tx tx;
    private final History history;

    @Activate
    public GroupStore(@Reference Tx tx) {
        this.tx = tx;
        this.history = new History(tx);
    }

    /** By id or name. */
    public Optional<GroupView> resolve(OrganizationId organization, Ref ref) {
        return groups(
                        (ref.isId(GroupId.PREFIX) ? "id" : "name") + " = ? AND organization = ?",
                        1,
                        ref.text(),
                        organization.value())
                .stream()
                .findFirst();
    }

    public Optional<GroupView> find(OrganizationId organization, GroupId group) {
        return resolve(organization, Ref.of(group));
    }

    /** The oldest first. Filters: name, directory (an id), externalId. */
    public Page<GroupView> list(OrganizationId organization, Query query) {
        Map<String, String> filters = Selection.filters(query, Set.of("name", "directory", "externalId"));
        StringBuilder condition = new StringBuilder("organization = ? AND id > ?");
        List<String> values = new ArrayList<>(
                List.of(organization.value(), Cursor.key(query.page()).orElse("")));
        filters.forEach((field, value) -> {
            condition
                    .append(" AND ")
                    .append(field.equals("externalId") ? "external_id" : field)
                    .append(" = ?");
            values.add(value);
        });
        int limit = query.page().limit();
        return Page.of(
                groups(condition + " ORDER BY id", limit + 1, values.toArray(String[]::new)),
                limit,
                view -> Cursor.after(view.id().value()));
    }

    /** All of a directory, by name. */
    public List<GroupView> of(DirectoryId directory) {
        return groups("directory = ? ORDER BY name", 0, directory.value());
    }

    public void insert(GroupView group) {
        tx.execute(() -> {
            write(group);
            history.follow(Kept.GROUP, group.id().value());
        });
    }

    private void write(GroupView group) {
        Jdbc.write(
                tx,
                "INSERT INTO idn_group (name, external_id, version, id, organization, directory, created_at, created_by,"
                        + " changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                insert -> {
                    insert.setString(1, group.name());
                    insert.setString(2, group.externalId().orElse(null));
                    insert.setLong(3, group.version());
                    insert.setString(4, group.id().value());
                    insert.setString(5, group.organization().value());
                    insert.setString(6, group.directory().value());
                    insert.setLong(7, Micros.of(group.createdAt()));
                    insert.setString(8, group.createdBy());
                    insert.setLong(9, Micros.of(group.changedAt()));
                    return insert.executeUpdate();
                });
    }

    /** Its name, external id and version. STALE when it is not at the version before. */
    public void change(GroupView group) {
        tx.execute(() -> {
            rewrite(group);
            history.follow(Kept.GROUP, group.id().value());
        });
    }

    private void rewrite(GroupView group) {
        int changed = Jdbc.write(
                tx,
                "UPDATE idn_group SET name = ?, external_id = ?, version = ?, changed_at = ? WHERE id = ? AND version = ?",
                update -> {
                    update.setString(1, group.name());
                    update.setString(2, group.externalId().orElse(null));
                    update.setLong(3, group.version());
                    update.setLong(4, Micros.of(group.changedAt()));
                    update.setString(5, group.id().value());
                    update.setLong(6, group.version() - 1);
                    return update.executeUpdate();
                });
        if (changed == 0) {
            throw Problem.STALE.because("The group was changed or deleted meanwhile; read it again.");
        }
    }

    public void delete(GroupId group) {
        tx.execute(() -> {
            delete("DELETE FROM idn_member WHERE group_id = ?", group.value());
            delete("DELETE FROM idn_group WHERE id = ?", group.value());
            history.follow(Kept.MEMBER, List.of("group_id"), List.of(List.of(group.value())));
            history.follow(Kept.GROUP, group.value());
        });
    }

    /** With the organization; {@link ChangeCounter#delete} forgets what was. */
    public void deleteAll(OrganizationId organization) {
        tx.execute(() -> {
            delete("DELETE FROM idn_member WHERE organization = ?", organization.value());
            delete("DELETE FROM idn_group WHERE organization = ?", organization.value());
        });
    }

    /** Everybody in a group. */
    public Set<UserId> members(GroupId group) {
        return Jdbc.read(tx, "SELECT user_id FROM idn_member WHERE group_id = ?", query -> {
            query.setString(1, group.value());
            return users(query);
        });
    }

    /** A page of those in a group, by username. Filters: none. */
    public Page<UserView> members(OrganizationId organization, GroupId group, Query query, UserStore users) {
        Selection.filters(query, Set.of());
        int limit = query.page().limit();
        return tx.read(() -> Page.of(
                users.all(organization, members(group, Cursor.key(query.page()).orElse(""), limit + 1)),
                limit,
                view -> Cursor.after(view.username())));
    }

    private List<UserId> members(GroupId group, String after, int most) {
        return Jdbc.read(
                tx,
                "SELECT u.id FROM idn_member m, idn_user u WHERE m.group_id = ? AND u.id = m.user_id AND u.username > ?"
                        + " ORDER BY u.username",
                query -> {
                    query.setString(1, group.value());
                    query.setString(2, after);
                    query.setMaxRows(most);
                    return List.copyOf(users(query));
                });
    }

    /** The groups that somebody is in. */
    public Set<GroupId> groupsOf(UserId user) {
        return Jdbc.read(tx, "SELECT group_id FROM idn_member WHERE user_id = ?", query -> {
            query.setString(1, user.value());
            Set<GroupId> groups = new HashSet<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    groups.add(new GroupId(rows.getString(1)));
                }
            }
            return groups;
        });
    }

    /** Who is in these groups of a directory, by username: one query. */
    public Map<GroupId, List<MemberView>> membersOf(DirectoryId directory, Collection<GroupId> groups) {
        Map<GroupId, List<MemberView>> all = new HashMap<>();
        groups.forEach(group -> all.put(group, new ArrayList<>()));
        if (groups.isEmpty()) {
            return all;
        }
        String sql = "SELECT m.group_id, u.id, u.username, u.display_name FROM idn_member m, idn_group g, idn_user u"
                + " WHERE g.directory = ? AND m.group_id = g.id AND u.id = m.user_id AND g.id IN ("
                + marks(groups.size()) + ") ORDER BY u.username";
        return Jdbc.read(tx, sql, query -> {
            fill(query, directory, groups);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    all.get(new GroupId(rows.getString(1)))
                            .add(new MemberView(
                                    new UserId(rows.getString(2)),
                                    rows.getString(3),
                                    Optional.ofNullable(rows.getString(4))));
                }
            }
            return all;
        });
    }

    /** Which groups of a directory these people are in, by name: one query. */
    public Map<UserId, List<GroupView>> groupsOf(DirectoryId directory, Collection<UserId> users) {
        Map<UserId, List<GroupView>> all = new HashMap<>();
        users.forEach(user -> all.put(user, new ArrayList<>()));
        if (users.isEmpty()) {
            return all;
        }
        String sql = "SELECT g.id, g.name, g.organization, g.directory, g.external_id, g.created_at, g.created_by,"
                + " g.changed_at, g.version, m.user_id FROM idn_group g, idn_member m WHERE g.directory = ? AND m.group_id = g.id"
                + " AND m.user_id IN (" + marks(users.size()) + ") ORDER BY g.name";
        return Jdbc.read(tx, sql, query -> {
            fill(query, directory, users);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    all.get(new UserId(rows.getString(10))).add(group(rows));
                }
            }
            return all;
        });
    }

    private static String marks(int count) {
        return String.join(", ", Collections.nCopies(count, "?"));
    }

    private static void fill(PreparedStatement query, DirectoryId directory, Collection<? extends Id> ids)
            throws SQLException {
        query.setString(1, directory.value());
        int at = 1;
        for (Id id : ids) {
            query.setString(++at, id.value());
        }
    }

    /** Who is not in it yet. */
    public void add(OrganizationId organization, GroupId group, Collection<UserId> users) {
        tx.execute(() -> {
            batched(
                    "INSERT INTO idn_member (group_id, user_id, organization) VALUES (?, ?, ?)",
                    users,
                    (insert, user) -> {
                        insert.setString(1, group.value());
                        insert.setString(2, user.value());
                        insert.setString(3, organization.value());
                    });
            followMembers(group, users);
        });
    }

    public void remove(GroupId group, Collection<UserId> users) {
        tx.execute(() -> {
            batched("DELETE FROM idn_member WHERE group_id = ? AND user_id = ?", users, (delete, user) -> {
                delete.setString(1, group.value());
                delete.setString(2, user.value());
            });
            followMembers(group, users);
        });
    }

    private void followMembers(GroupId group, Collection<UserId> users) {
        history.follow(
                Kept.MEMBER,
                List.of("group_id", "user_id"),
                users.stream().map(user -> List.of(group.value(), user.value())).toList());
    }

    /** Out of all groups. */
    public void leaveAll(UserId user) {
        tx.execute(() -> {
            delete("DELETE FROM idn_member WHERE user_id = ?", user.value());
            history.follow(Kept.MEMBER, List.of("user_id"), List.of(List.of(user.value())));
        });
    }

    private interface Row {
        void fill(PreparedStatement statement, UserId user) throws SQLException;
    }

    private void batched(String sql, Collection<UserId> users, Row row) {
        if (users.isEmpty()) {
            return;
        }
        Jdbc.write(tx, sql, statement -> {
            int waiting = 0;
            for (UserId user : users) {
                row.fill(statement, user);
                statement.addBatch();
                if (++waiting % BATCH == 0) {
                    statement.executeBatch();
                }
            }
            statement.executeBatch();
            return waiting;
        });
    }

    private List<GroupView> groups(String condition, int most, String... values) {
        return Jdbc.read(tx, SELECT + condition, query -> {
            for (int i = 0; i < values.length; i++) {
                query.setString(i + 1, values[i]);
            }
            query.setMaxRows(most);
            List<GroupView> groups = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    groups.add(group(rows));
                }
            }
            return groups;
        });
    }

    private static GroupView group(ResultSet row) throws SQLException {
        long created = row.getLong(6);
        long changed = row.getLong(8);
        Instant changedAt = Micros.toInstant(row.wasNull() ? created : changed);
        return new GroupView(
                new GroupId(row.getString(1)),
                row.getString(2),
                new OrganizationId(row.getString(3)),
                new DirectoryId(row.getString(4)),
                Optional.ofNullable(row.getString(5)),
                Micros.toInstant(created),
                row.getString(7),
                changedAt,
                row.getLong(9));
    }

    private static Set<UserId> users(PreparedStatement query) throws SQLException {
        Set<UserId> users = new LinkedHashSet<>();
        try (ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                users.add(new UserId(rows.getString(1)));
            }
        }
        return users;
    }

    private void delete(String sql, String value) {
        Jdbc.write(tx, sql, statement -> {
            statement.setString(1, value);
            return statement.executeUpdate();
        });
    }
}
