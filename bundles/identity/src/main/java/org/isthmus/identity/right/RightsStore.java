// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.store.Actions;
import org.isthmus.identity.store.ChangeCounter;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.Jdbc;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Reads what rights follow from: the organization and its tree at once, users and grants one by one. Plain JDBC. */
@Component(service = RightsStore.class)
public final class RightsStore {
    private static final int ATTEMPTS = 5;
    private static final int MOST_NAMED = 50;
    private static final String GRANTS = "SELECT id, subject_kind, subject_id, role, from_at, until_at, scope_kind,"
            + " scope_id, break_glass FROM idn_grant WHERE organization = ? AND ";

    private final Tx tx;
    private final OrganizationStore organizations;
    private final GroupStore groups;
    private final ChangeCounter counter;

    @Activate
    public RightsStore(
            @Reference Tx tx,
            @Reference OrganizationStore organizations,
            @Reference GroupStore groups,
            @Reference ChangeCounter counter) {
        this.tx = tx;
        this.organizations = organizations;
        this.groups = groups;
        this.counter = counter;
    }

    /**
     * The facts as they are; empty when there is no such organization. The count is read before and after: when it
     * changed meanwhile, what was read may be half of one state and half of another, and is read again.
     */
    Optional<StoredFacts> load(OrganizationId organization) {
        Optional<StoredFacts> facts = Optional.empty();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            OptionalLong before = counter.read(organization);
            if (before.isEmpty()) {
                return Optional.empty();
            }
            facts = tx.read(() -> organizations
                    .find(organization)
                    .map(view -> new StoredFacts(
                            this, view, before.getAsLong(), departments(organization), roles(organization))));
            if (counter.read(organization).equals(before)) {
                return facts;
            }
        }
        // so many changes at once: the count that was read first makes the next look read it again
        return facts;
    }

    boolean inTransaction() {
        return tx.running();
    }

    /** True while nothing has changed since that count. */
    boolean at(OrganizationId organization, long changes) {
        return counter.read(organization).equals(OptionalLong.of(changes));
    }

    Optional<Member> member(OrganizationId organization, UserId user) {
        return tx.read(() -> alone(organization, user).map(member -> member.in(groups.groupsOf(user))));
    }

    private Optional<Member> alone(OrganizationId organization, UserId user) {
        return Jdbc.read(
                tx,
                "SELECT username, department, kind, state, must_change_password, totp_since, responsible FROM idn_user"
                        + " WHERE id = ? AND organization = ?",
                query -> {
                    query.setString(1, user.value());
                    query.setString(2, organization.value());
                    try (ResultSet row = query.executeQuery()) {
                        return row.next()
                                ? Optional.of(new Member(
                                        user,
                                        row.getString(1),
                                        Optional.ofNullable(row.getString(2)).map(DepartmentId::new),
                                        row.getString(3).equals(UserView.Kind.PERSON.name()),
                                        row.getString(4).equals(UserView.State.ACTIVE.name()),
                                        row.getBoolean(5),
                                        row.getObject(6) != null,
                                        Optional.ofNullable(row.getString(7)).map(UserId::new),
                                        Set.of()))
                                : Optional.empty();
                    }
                });
    }

    List<Held> givenTo(OrganizationId organization, String subject, Function<String, Optional<Role>> roles) {
        return grants(GRANTS + "subject_id = ? ORDER BY id", organization, subject, roles);
    }

    List<Held> on(OrganizationId organization, Subject scope, Function<String, Optional<Role>> roles) {
        return grants(GRANTS + "scope_id = ? ORDER BY id", organization, scope.id(), roles).stream()
                .filter(held -> held.scope().equals(scope))
                .toList();
    }

    List<Held> of(OrganizationId organization, Role role, Function<String, Optional<Role>> roles) {
        return grants(GRANTS + "role = ? ORDER BY id", organization, role.key(), roles);
    }

    Set<UserId> somePersonsIn(OrganizationId organization, DepartmentId department) {
        return somePersons(
                "u.organization = ? AND u.department = ?", List.of(organization.value(), department.value()));
    }

    Set<UserId> somePersonsIn(GroupId group) {
        return somePersons("u.id IN (SELECT m.user_id FROM idn_member m WHERE m.group_id = ?)", List.of(group.value()));
    }

    Set<UserId> somePersonsIn(GroupId group, GroupId other) {
        return somePersons(
                "u.id IN (SELECT m.user_id FROM idn_member m, idn_member o WHERE m.group_id = ? AND o.group_id = ?"
                        + " AND o.user_id = m.user_id)",
                List.of(group.value(), other.value()));
    }

    Set<UserId> somePersonsIn(GroupId group, Set<DepartmentId> departments) {
        if (departments.isEmpty()) {
            return Set.of();
        }
        List<String> values = new ArrayList<>(List.of(group.value()));
        departments.forEach(department -> values.add(department.value()));
        return somePersons(
                "u.id IN (SELECT m.user_id FROM idn_member m WHERE m.group_id = ?) AND u.department IN ("
                        + String.join(", ", Collections.nCopies(departments.size(), "?")) + ")",
                values);
    }

    private Set<UserId> somePersons(String where, List<String> values) {
        String sql = "SELECT u.id FROM idn_user u WHERE " + where + " AND u.kind = 'PERSON' AND u.state = 'ACTIVE'";
        return Jdbc.read(tx, sql, query -> {
            for (int i = 0; i < values.size(); i++) {
                query.setString(i + 1, values.get(i));
            }
            query.setMaxRows(2);
            Set<UserId> persons = new HashSet<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    persons.add(new UserId(rows.getString(1)));
                }
            }
            return persons;
        });
    }

    /** A few are named in the query; of many all of the organization is read, for Derby compares each row with each of a list. */
    Map<UserId, Set<String>> reachedAs(OrganizationId organization, List<UserId> users) {
        Map<UserId, Set<String>> all = new HashMap<>();
        users.forEach(user -> all.put(user, new HashSet<>(Set.of(user.value()))));
        if (users.isEmpty()) {
            return all;
        }
        List<UserId> named = users.size() > MOST_NAMED ? List.of() : users;
        String marks = String.join(", ", Collections.nCopies(named.size(), "?"));
        String user = named.isEmpty() ? "" : " AND u.id IN (" + marks + ")";
        String member = named.isEmpty() ? "" : " AND m.user_id IN (" + marks + ")";
        String sql = "SELECT u.id, u.department FROM idn_user u WHERE u.organization = ? AND u.department IS NOT NULL"
                + user + " UNION ALL SELECT m.user_id, m.group_id FROM idn_member m WHERE m.organization = ?" + member;
        return Jdbc.read(tx, sql, query -> {
            int at = 0;
            for (int half = 0; half < 2; half++) {
                query.setString(++at, organization.value());
                for (UserId one : named) {
                    query.setString(++at, one.value());
                }
            }
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    Set<String> as = all.get(new UserId(rows.getString(1)));
                    if (as != null) {
                        as.add(rows.getString(2));
                    }
                }
            }
            return all;
        });
    }

    private Map<DepartmentId, Optional<DepartmentId>> departments(OrganizationId organization) {
        return Jdbc.read(tx, "SELECT id, parent FROM idn_department WHERE organization = ?", query -> {
            query.setString(1, organization.value());
            Map<DepartmentId, Optional<DepartmentId>> parents = new HashMap<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    parents.put(
                            new DepartmentId(rows.getString(1)),
                            Optional.ofNullable(rows.getString(2)).map(DepartmentId::new));
                }
            }
            return parents;
        });
    }

    private Map<String, Role> roles(OrganizationId organization) {
        return Jdbc.read(tx, "SELECT id, name, actions FROM idn_role WHERE organization = ?", query -> {
            query.setString(1, organization.value());
            Map<String, Role> roles = new HashMap<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    String id = rows.getString(1);
                    roles.put(id, new Role(id, rows.getString(2), Actions.of(rows.getString(3)), false));
                }
            }
            return roles;
        });
    }

    private List<Held> grants(
            String sql, OrganizationId organization, String value, Function<String, Optional<Role>> roles) {
        return Jdbc.read(tx, sql, query -> {
            query.setString(1, organization.value());
            query.setString(2, value);
            List<Held> grants = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    // a role that is gone from this version of the product allows nothing
                    Optional<Role> role = roles.apply(rows.getString(4));
                    if (role.isPresent()) {
                        Held held = Held.of(
                                new GrantId(rows.getString(1)),
                                new Subject(rows.getString(2), rows.getString(3)),
                                role.get(),
                                new Subject(rows.getString(7), rows.getString(8)),
                                new Window(micros(rows, 5, Long.MIN_VALUE), micros(rows, 6, Long.MAX_VALUE)));
                        grants.add(Optional.ofNullable(rows.getString(9))
                                .map(held::by)
                                .orElse(held));
                    }
                }
            }
            return List.copyOf(grants);
        });
    }

    private static long micros(ResultSet rows, int column, long open) throws SQLException {
        long value = rows.getLong(column);
        return rows.wasNull() ? open : value;
    }
}
