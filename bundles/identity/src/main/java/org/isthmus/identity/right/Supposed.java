// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.isthmus.api.Subject;
import org.isthmus.identity.role.Role;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/** Facts as they would be with one thing changed. */
final class Supposed {
    private Supposed() {}

    /** All but what is changed. */
    private interface Most extends Facts {
        Facts present();

        @Override
        default Optional<Member> member(UserId user) {
            return present().member(user);
        }

        @Override
        default Map<DepartmentId, Optional<DepartmentId>> parents() {
            return present().parents();
        }

        @Override
        default Optional<Role> role(String key) {
            return present().role(key);
        }

        @Override
        default Collection<Role> ownRoles() {
            return present().ownRoles();
        }

        @Override
        default List<Held> givenTo(String subject) {
            return present().givenTo(subject);
        }

        @Override
        default List<Held> on(Subject scope) {
            return present().on(scope);
        }

        @Override
        default List<Held> of(Role role) {
            return present().of(role);
        }

        @Override
        default Set<UserId> somePersonsIn(DepartmentId department) {
            return present().somePersonsIn(department);
        }

        @Override
        default Set<UserId> somePersonsIn(GroupId group) {
            return present().somePersonsIn(group);
        }

        @Override
        default Set<UserId> somePersonsIn(GroupId group, GroupId other) {
            return present().somePersonsIn(group, other);
        }

        @Override
        default Set<UserId> somePersonsIn(GroupId group, Set<DepartmentId> departments) {
            return present().somePersonsIn(group, departments);
        }
    }

    /** A user is somebody else, or nobody. */
    record User(Facts present, UserId user, Optional<Member> instead) implements Most {
        @Override
        public Optional<Member> member(UserId asked) {
            return asked.equals(user) ? instead : present.member(asked);
        }

        @Override
        public Set<UserId> somePersonsIn(DepartmentId department) {
            return persons(
                    present.somePersonsIn(department),
                    member -> member.department().filter(department::equals).isPresent());
        }

        @Override
        public Set<UserId> somePersonsIn(GroupId group) {
            return persons(
                    present.somePersonsIn(group), member -> member.groups().contains(group));
        }

        @Override
        public Set<UserId> somePersonsIn(GroupId group, GroupId other) {
            return persons(
                    present.somePersonsIn(group, other),
                    member -> member.groups().contains(group) && member.groups().contains(other));
        }

        @Override
        public Set<UserId> somePersonsIn(GroupId group, Set<DepartmentId> departments) {
            return persons(
                    present.somePersonsIn(group, departments),
                    member -> member.groups().contains(group)
                            && member.department().filter(departments::contains).isPresent());
        }

        private Set<UserId> persons(Set<UserId> now, Predicate<Member> there) {
            Set<UserId> persons = new HashSet<>(now);
            persons.remove(user);
            instead.filter(member -> member.active() && member.person())
                    .filter(there)
                    .ifPresent(member -> persons.add(user));
            return persons;
        }
    }

    /** A department is below another one, or below none. */
    record Parent(Facts present, DepartmentId department, Optional<DepartmentId> parent) implements Most {
        @Override
        public Map<DepartmentId, Optional<DepartmentId>> parents() {
            Map<DepartmentId, Optional<DepartmentId>> parents = new HashMap<>(present.parents());
            parents.put(department, parent);
            return parents;
        }
    }

    /** A grant is gone. */
    record WithoutGrant(Facts present, GrantId grant) implements Most {
        @Override
        public List<Held> givenTo(String subject) {
            return without(present.givenTo(subject));
        }

        @Override
        public List<Held> on(Subject scope) {
            return without(present.on(scope));
        }

        @Override
        public List<Held> of(Role role) {
            return without(present.of(role));
        }

        private List<Held> without(List<Held> held) {
            return held.stream().filter(one -> !one.grant().equals(grant)).toList();
        }
    }
}
