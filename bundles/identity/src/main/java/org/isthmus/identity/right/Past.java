// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.isthmus.api.Subject;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/**
 * The facts of one moment, out of what was kept. Everybody counts as logged in: with a password of their own and a second
 * factor.
 */
final class Past implements Facts {
    private final Map<UserId, Member> members;
    private final Map<DepartmentId, Optional<DepartmentId>> parents;
    private final Map<String, Role> roles;
    private final List<Held> held;
    private final Map<String, List<Held>> bySubject;

    private Past(
            Map<UserId, Member> members,
            Map<DepartmentId, Optional<DepartmentId>> parents,
            Map<String, Role> roles,
            List<Held> held) {
        this.members = members;
        this.parents = parents;
        this.roles = roles;
        this.held = held;
        this.bySubject =
                held.stream().collect(Collectors.groupingBy(one -> one.subject().id()));
    }

    static Past at(Kept kept, long moment) {
        Map<String, Role> roles = new HashMap<>();
        kept.roles().stream()
                .filter(row -> row.when().contains(moment))
                .forEach(row -> roles.put(row.role().key(), row.role()));
        Map<DepartmentId, Optional<DepartmentId>> parents = new HashMap<>();
        kept.departments().stream()
                .filter(row -> row.when().contains(moment))
                .forEach(row -> parents.put(row.id(), row.parent()));
        Map<UserId, Set<GroupId>> groups = new HashMap<>();
        kept.memberships().stream().filter(row -> row.when().contains(moment)).forEach(row -> groups.computeIfAbsent(
                        row.user(), any -> new HashSet<>())
                .add(row.group()));
        Map<UserId, Member> members = new HashMap<>();
        kept.users().stream()
                .filter(row -> row.when().contains(moment))
                .map(row -> row.member().in(groups.getOrDefault(row.member().id(), Set.of())))
                .forEach(member -> members.put(member.id(), member));
        List<Held> held = new ArrayList<>();
        for (Kept.Given row : kept.grants()) {
            if (row.when().contains(moment)) {
                // a role that is gone from this version of the product allows nothing
                role(roles, row.role())
                        .map(role -> Held.of(row.id(), row.subject(), role, row.scope(), row.window()))
                        .map(one -> row.breakGlass().map(one::by).orElse(one))
                        .ifPresent(held::add);
            }
        }
        return new Past(members, parents, roles, held);
    }

    Collection<Member> members() {
        return members.values();
    }

    private static Optional<Role> role(Map<String, Role> own, String key) {
        return Optional.ofNullable(own.get(key)).or(() -> ShippedRole.byKey(key).map(ShippedRole::role));
    }

    @Override
    public Optional<Member> member(UserId user) {
        return Optional.ofNullable(members.get(user));
    }

    @Override
    public Map<DepartmentId, Optional<DepartmentId>> parents() {
        return parents;
    }

    @Override
    public List<Held> givenTo(String subject) {
        return bySubject.getOrDefault(subject, List.of());
    }

    @Override
    public Optional<Role> role(String key) {
        return role(roles, key);
    }

    @Override
    public Collection<Role> ownRoles() {
        return roles.values();
    }

    @Override
    public List<Held> on(Subject scope) {
        return held.stream().filter(one -> one.scope().equals(scope)).toList();
    }

    @Override
    public List<Held> of(Role role) {
        return held.stream().filter(one -> one.role().key().equals(role.key())).toList();
    }

    @Override
    public Set<UserId> somePersonsIn(DepartmentId department) {
        return persons(member -> member.department().filter(department::equals).isPresent());
    }

    @Override
    public Set<UserId> somePersonsIn(GroupId group) {
        return persons(member -> member.groups().contains(group));
    }

    @Override
    public Set<UserId> somePersonsIn(GroupId group, GroupId other) {
        return persons(
                member -> member.groups().contains(group) && member.groups().contains(other));
    }

    @Override
    public Set<UserId> somePersonsIn(GroupId group, Set<DepartmentId> departments) {
        return persons(member -> member.groups().contains(group)
                && member.department().filter(departments::contains).isPresent());
    }

    private Set<UserId> persons(Predicate<Member> there) {
        Function<Member, UserId> id = Member::id;
        return members.values().stream()
                .filter(member -> member.active() && member.person())
                .filter(there)
                .map(id)
                .limit(2)
                .collect(Collectors.toSet());
    }
}
