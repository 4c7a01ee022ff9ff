// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.group;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Groups.ChangeGroup;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.Versions;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Renames a group that was declared here, or says how its directory calls it. */
@Component(service = CommandHandler.class)
public final class ChangeGroupHandler implements CommandHandler<ChangeGroup, GroupView> {
    private final GroupStore groups;
    private final DirectoryStore directories;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public ChangeGroupHandler(
            @Reference GroupStore groups,
            @Reference DirectoryStore directories,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.groups = groups;
        this.directories = directories;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<ChangeGroup> handles() {
        return ChangeGroup.class;
    }

    @Override
    public Plan<GroupView> plan(Caller caller, OrganizationView organization, ChangeGroup command) {
        GroupView present = GroupChanges.need(groups, organization, command.group());
        Versions.check(command.version(), present.version());
        GroupChanges.requireDeclaredHere(directories, present);
        String name = command.name().orElse(present.name());
        GroupChanges.requireFree(groups, organization, name, Optional.of(present.id()));
        requireHolder(caller, rights.current(organization.id()), present, clock.instant());
        return Plan.of(GroupChanges.subject(present.id()), change -> {
            requireHolder(caller, rights.change(organization.id(), change), present, change.now());
            GroupChanges.requireFree(groups, organization, name, Optional.of(present.id()));
            GroupView changed = new GroupView(
                    present.id(),
                    name,
                    present.organization(),
                    present.directory(),
                    command.externalId().orElse(present.externalId()),
                    present.createdAt(),
                    present.createdBy(),
                    change.now(),
                    present.version() + 1);
            groups.change(changed);
            change.event("group.changed", GroupChanges.subject(present.id()), Map.of("name", name));
            return changed;
        });
    }

    /** By another name, others of the directory may be in it: they get what was granted to it. */
    private static void requireHolder(Caller caller, Rights before, GroupView group, Instant now) {
        Holdings.require(caller, before, before.heldBy(group.id()), now);
    }
}
