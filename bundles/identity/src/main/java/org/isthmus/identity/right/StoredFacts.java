// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.isthmus.api.Subject;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/**
 * The facts in the database at one count of changes, read when first asked for and kept. What is read when the count has
 * gone on already is not kept, and neither is what is read inside a transaction: it may be rolled back.
 */
final class StoredFacts implements Facts {
    private final RightsStore store;
    private final OrganizationView organization;
    private final long changes;
    private final Map<DepartmentId, Optional<DepartmentId>> parents;
    private final Map<String, Role> ownRoles;
    private final Map<UserId, Optional<Member>> members = new ConcurrentHashMap<>();
    private final Map<String, List<Held>> grants = new ConcurrentHashMap<>();
    private volatile boolean outdated;

    StoredFacts(
            RightsStore store,
            OrganizationView organization,
            long changes,
            Map<DepartmentId, Optional<DepartmentId>> parents,
            Map<String, Role> ownRoles) {
        this.store = store;
        this.organization = organization;
        this.changes = changes;
        this.parents = Map.copyOf(parents);
        this.ownRoles = Map.copyOf(ownRoles);
    }

    OrganizationView organization() {
        return organization;
    }

    long changes() {
        return changes;
    }

    /** True when it has shown that the count has gone on. */
    boolean outdated() {
        return outdated;
    }

    /** True when all of this was read in time and outside transactions, so that what follows from it may be kept too. */
    boolean keeps(UserId user, List<String> subjects) {
        return !store.inTransaction()
                && !outdated
                && members.containsKey(user)
                && grants.keySet().containsAll(subjects);
    }

    @Override
    public Optional<Member> member(UserId user) {
        return kept(members, user, key -> store.member(organization.id(), key));
    }

    @Override
    public Map<DepartmentId, Optional<DepartmentId>> parents() {
        return parents;
    }

    @Override
    public Optional<Role> role(String key) {
        return Optional.ofNullable(ownRoles.get(key))
                .or(() -> ShippedRole.byKey(key).map(ShippedRole::role));
    }

    @Override
    public Collection<Role> ownRoles() {
        return ownRoles.values();
    }

    @Override
    public List<Held> givenTo(String subject) {
        return kept(grants, subject, key -> store.givenTo(organization.id(), key, this::role));
    }

    @Override
    public List<Held> on(Subject scope) {
        return store.on(organization.id(), scope, this::role);
    }

    @Override
    public List<Held> of(Role role) {
        return store.of(organization.id(), role, this::role);
    }

    @Override
    public Set<UserId> somePersonsIn(DepartmentId department) {
        return store.somePersonsIn(organization.id(), department);
    }

    @Override
    public Set<UserId> somePersonsIn(GroupId group) {
        return store.somePersonsIn(group);
    }

    @Override
    public Set<UserId> somePersonsIn(GroupId group, GroupId other) {
        return store.somePersonsIn(group, other);
    }

    @Override
    public Set<UserId> somePersonsIn(GroupId group, Set<DepartmentId> departments) {
        return store.somePersonsIn(group, departments);
    }

    private <K, V> V kept(Map<K, V> map, K key, Function<K, V> read) {
        V known = map.get(key);
        if (known != null) {
            return known;
        }
        V value = read.apply(key);
        if (!store.inTransaction()) {
            if (store.at(organization.id(), changes)) {
                map.put(key, value);
            } else {
                outdated = true;
            }
        }
        return value;
    }
}
