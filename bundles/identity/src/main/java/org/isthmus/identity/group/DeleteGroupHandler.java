// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.group;

import java.util.List;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Groups.DeleteGroup;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Held;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GroupStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Deletes a group that was declared here and to which nothing is granted any more. */
@Component(service = CommandHandler.class)
public final class DeleteGroupHandler implements CommandHandler<DeleteGroup, GroupView> {
    private final GroupStore groups;
    private final DirectoryStore directories;
    private final RightsCache rights;

    @Activate
    public DeleteGroupHandler(
            @Reference GroupStore groups, @Reference DirectoryStore directories, @Reference RightsCache rights) {
        this.groups = groups;
        this.directories = directories;
        this.rights = rights;
    }

    @Override
    public Class<DeleteGroup> handles() {
        return DeleteGroup.class;
    }

    @Override
    public Plan<GroupView> plan(Caller caller, OrganizationView organization, DeleteGroup command) {
        GroupView gone = GroupChanges.need(groups, organization, command.group());
        GroupChanges.requireDeclaredHere(directories, gone);
        requireNothing(rights.current(organization.id()), gone);
        return Plan.<GroupView>of(GroupChanges.subject(gone.id()), change -> {
                    requireNothing(rights.change(organization.id(), change), gone);
                    GroupChanges.need(groups, organization, org.isthmus.api.Ref.of(gone.id()));
                    groups.delete(gone.id());
                    change.event("group.deleted", GroupChanges.subject(gone.id()), Map.of("name", gone.name()));
                    return gone;
                })
                .destroying();
    }

    private static void requireNothing(Rights rights, GroupView gone) {
        List<Held> held = rights.heldBy(gone.id());
        if (!held.isEmpty()) {
            throw Problem.IN_USE.because(
                    "The group %s still has roles (grants: %d), such as grant %s; delete those grants first.",
                    gone.name(), held.size(), held.get(0).grant());
        }
    }
}
