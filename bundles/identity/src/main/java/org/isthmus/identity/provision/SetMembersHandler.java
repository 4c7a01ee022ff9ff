// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.provision;

import java.time.Clock;
import java.time.Instant;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning.Members;
import org.isthmus.api.identity.Provisioning.SetMembers;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.group.GroupChanges;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Lets people into a group and out of it; the roles of the group are theirs, or theirs no more, at once. */
@Component(service = CommandHandler.class)
public final class SetMembersHandler implements CommandHandler<SetMembers, GroupView> {
    private final Told told;
    private final Memberships memberships;
    private final RightsCache rights;
    private final Clock clock;

    private record Change(GroupView group, Set<UserId> in, Set<UserId> out) {}

    @Activate
    public SetMembersHandler(
            @Reference Told told,
            @Reference Memberships memberships,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.told = told;
        this.memberships = memberships;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<SetMembers> handles() {
        return SetMembers.class;
    }

    @Override
    public Plan<GroupView> plan(Caller caller, OrganizationView organization, SetMembers command) {
        check(caller, organization, command, rights.current(organization.id()), clock.instant());
        return Plan.of(GroupChanges.subject(command.group()), change -> {
            Rights before = rights.change(organization.id(), change);
            Change wanted = check(caller, organization, command, before, change.now());
            return memberships.change(change, organization, before, wanted.group(), wanted.in(), wanted.out());
        });
    }

    private Change check(Caller caller, OrganizationView organization, SetMembers command, Rights before, Instant now) {
        DirectoryView directory = told.directory(caller, organization.id(), command.directory());
        GroupView group = told.group(directory, command.group(), command.version());
        Memberships.Moves moves =
                memberships.moves(group.id(), new Members(command.add(), command.remove(), command.all()));
        told.requireFollowers(directory, moves.in());
        memberships.requireApart(before, group.id(), moves.in(), now);
        return new Change(group, moves.in(), moves.out());
    }
}
