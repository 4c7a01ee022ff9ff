// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.provision;

import java.util.Map;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning.RemoveGroup;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.group.GroupChanges;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.GroupStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Deletes a group that its directory has no more, with what was granted to it. */
@Component(service = CommandHandler.class)
public final class RemoveGroupHandler implements CommandHandler<RemoveGroup, GroupView> {
    private final Told told;
    private final GroupStore groups;
    private final GrantStore grants;
    private final RightsCache rights;

    @Activate
    public RemoveGroupHandler(
            @Reference Told told,
            @Reference GroupStore groups,
            @Reference GrantStore grants,
            @Reference RightsCache rights) {
        this.told = told;
        this.groups = groups;
        this.grants = grants;
        this.rights = rights;
    }

    @Override
    public Class<RemoveGroup> handles() {
        return RemoveGroup.class;
    }

    @Override
    public Plan<GroupView> plan(Caller caller, OrganizationView organization, RemoveGroup command) {
        find(caller, organization, command);
        return Plan.of(GroupChanges.subject(command.group()), change -> {
            Rights before = rights.change(organization.id(), change);
            GroupView gone = find(caller, organization, command);
            Set<ShippedRole> inCharge = before.inCharge(change.now());
            grants.deleteOf(organization.id(), gone.id().value());
            groups.delete(gone.id());
            Told.tellOrphan(change, organization, inCharge, rights.current(organization.id()));
            change.event("group.deleted", GroupChanges.subject(gone.id()), Map.of("name", gone.name()));
            return gone;
        });
    }

    private GroupView find(Caller caller, OrganizationView organization, RemoveGroup command) {
        return told.group(
                told.directory(caller, organization.id(), command.directory()), command.group(), command.version());
    }
}
