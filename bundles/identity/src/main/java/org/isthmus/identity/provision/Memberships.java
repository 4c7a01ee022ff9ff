// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.provision;

import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.isthmus.api.gate.Change;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning.Members;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.group.GroupChanges;
import org.isthmus.identity.right.Member;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.right.Segregation;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Who comes into groups and leaves them, in a change of rights that has begun. */
@Component(service = Memberships.class)
public final class Memberships {
    private final GroupStore groups;
    private final RightsCache rights;

    @Activate
    public Memberships(@Reference GroupStore groups, @Reference RightsCache rights) {
        this.groups = groups;
        this.rights = rights;
    }

    /** AGAINST_POLICY when somebody who comes into a group would hold what one person does not hold together. */
    void requireApart(Rights before, GroupId group, Set<UserId> coming, Instant now) {
        Set<String> apart = Segregation.apartFrom(before, group);
        // most groups have nothing to do with any pair, and most people hold nothing of one: then nobody need be looked
        // at
        if (apart.isEmpty()) {
            return;
        }
        Stream<UserId> some = apart.contains(group.value())
                ? coming.stream()
                : rights.reachedAs(before.organization().id(), coming).entrySet().stream()
                        .filter(each -> !Collections.disjoint(each.getValue(), apart))
                        .map(Map.Entry::getKey);
        some.forEach(user -> requireApart(before, user, Set.of(group), Set.of(), now));
    }

    /** The same when one person comes into some groups and leaves others. */
    void requireApart(Rights before, UserId user, Set<GroupId> into, Set<GroupId> outOf, Instant now) {
        Set<GroupId> then =
                new HashSet<>(before.member(user).map(Member::groups).orElse(Set.of()));
        then.removeAll(outOf);
        then.addAll(into);
        Segregation.requireApart(before, before.withGroups(user, then), user, now);
    }

    /** Who really comes and goes. */
    record Moves(Set<UserId> in, Set<UserId> out) {}

    /** Who really comes into a group and leaves it, of those who are named. */
    Moves moves(GroupId group, Members wanted) {
        Set<UserId> there = groups.members(group);
        Set<UserId> in = new HashSet<>(wanted.add());
        in.removeAll(there);
        Set<UserId> out = new HashSet<>(wanted.all() ? there : wanted.remove());
        out.retainAll(there);
        out.removeAll(wanted.add());
        return new Moves(in, out);
    }

    /** Does it. The group at its next version when that changed anything. */
    GroupView change(
            Change change,
            OrganizationView organization,
            Rights before,
            GroupView group,
            Set<UserId> in,
            Set<UserId> out) {
        if (in.isEmpty() && out.isEmpty()) {
            return group;
        }
        GroupView next = new GroupView(
                group.id(),
                group.name(),
                group.organization(),
                group.directory(),
                group.externalId(),
                group.createdAt(),
                group.createdBy(),
                change.now(),
                group.version() + 1);
        Set<ShippedRole> inCharge = out.isEmpty() ? Set.of() : before.inCharge(change.now());
        groups.change(next);
        groups.remove(group.id(), out);
        groups.add(organization.id(), group.id(), in);
        Told.tellOrphan(change, organization, inCharge, rights.current(organization.id()));
        change.event(
                "group.members-changed",
                GroupChanges.subject(group.id()),
                Map.of("name", group.name(), "in", Integer.toString(in.size()), "out", Integer.toString(out.size())));
        return next;
    }
}
