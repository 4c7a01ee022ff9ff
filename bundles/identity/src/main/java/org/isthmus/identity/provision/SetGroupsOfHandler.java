// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.provision;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning.SetGroupsOf;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.model.Ids.GroupId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Puts somebody into exactly these groups of a directory; those of other directories stay. */
@Component(service = CommandHandler.class)
public final class SetGroupsOfHandler implements CommandHandler<SetGroupsOf, UserView> {
    private final Told told;
    private final GroupStore groups;
    private final Memberships memberships;
    private final RightsCache rights;
    private final Clock clock;

    private record Change(UserView user, List<GroupView> into, List<GroupView> outOf) {}

    @Activate
    public SetGroupsOfHandler(
            @Reference Told told,
            @Reference GroupStore groups,
            @Reference Memberships memberships,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.told = told;
        this.groups = groups;
        this.memberships = memberships;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<SetGroupsOf> handles() {
        return SetGroupsOf.class;
    }

    @Override
    public Plan<UserView> plan(Caller caller, OrganizationView organization, SetGroupsOf command) {
        check(caller, organization, command, rights.current(organization.id()), clock.instant());
        return Plan.of(Subject.of("user", command.user()), change -> {
            Rights before = rights.change(organization.id(), change);
            Change wanted = check(caller, organization, command, before, change.now());
            for (GroupView group : wanted.outOf()) {
                memberships.change(
                        change,
                        organization,
                        before,
                        group,
                        Set.of(),
                        Set.of(wanted.user().id()));
            }
            for (GroupView group : wanted.into()) {
                memberships.change(
                        change,
                        organization,
                        before,
                        group,
                        Set.of(wanted.user().id()),
                        Set.of());
            }
            return wanted.user();
        });
    }

    private Change check(
            Caller caller, OrganizationView organization, SetGroupsOf command, Rights before, Instant now) {
        DirectoryView directory = told.directory(caller, organization.id(), command.directory());
        UserView user = told.follower(directory, command.user());
        List<GroupView> all = groups.of(directory.id());
        command.groups().stream()
                .filter(named -> all.stream().noneMatch(group -> group.id().equals(named)))
                .findFirst()
                .ifPresent(named -> told.group(directory, named, java.util.Optional.empty()));
        Set<GroupId> there = groups.groupsOf(user.id());
        List<GroupView> into = all.stream()
                .filter(group -> command.groups().contains(group.id()) && !there.contains(group.id()))
                .toList();
        List<GroupView> outOf = all.stream()
                .filter(group -> !command.groups().contains(group.id()) && there.contains(group.id()))
                .toList();
        memberships.requireApart(before, user.id(), ids(into), ids(outOf), now);
        return new Change(user, into, outOf);
    }

    private static Set<GroupId> ids(List<GroupView> groups) {
        return groups.stream().map(GroupView::id).collect(Collectors.toSet());
    }
}
