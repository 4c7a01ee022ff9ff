// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.util.List;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Roles.DeleteRole;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Held;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.store.RoleStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Deletes a role of the organization's own that nobody holds. */
@Component(service = CommandHandler.class)
public final class DeleteRoleHandler implements CommandHandler<DeleteRole, RoleView> {
    private final RoleStore roles;
    private final RightsCache rights;

    @Activate
    public DeleteRoleHandler(@Reference RoleStore roles, @Reference RightsCache rights) {
        this.roles = roles;
        this.rights = rights;
    }

    @Override
    public Class<DeleteRole> handles() {
        return DeleteRole.class;
    }

    @Override
    public Plan<RoleView> plan(Caller caller, OrganizationView organization, DeleteRole command) {
        RoleView gone = IdentityRoles.own(roles, organization.id(), command.role());
        requireUnused(gone, rights.current(organization.id()));
        Subject subject = new Subject("role", gone.id());
        return Plan.<RoleView>of(subject, change -> {
                    requireUnused(gone, rights.change(organization.id(), change));
                    roles.delete(organization.id(), gone.id());
                    change.event("role.deleted", subject, Map.of("name", gone.name()));
                    return gone;
                })
                .destroying();
    }

    private static void requireUnused(RoleView gone, Rights before) {
        if (before.organization().policy().conflictingRoles().stream()
                .anyMatch(pair -> pair.one().equals(gone.id()) || pair.other().equals(gone.id()))) {
            throw Problem.IN_USE.because(
                    "The policy keeps the role %s apart from another (conflictingRoles); change the policy first.",
                    gone.name());
        }
        List<Held> grants = before.grantsOf(new Role(gone.id(), gone.name(), gone.actions(), false));
        if (!grants.isEmpty()) {
            throw Problem.IN_USE.because(
                    "The role %s is still granted (grants: %d), such as to %s %s by grant %s; delete those grants first.",
                    gone.name(),
                    grants.size(),
                    grants.get(0).subject().kind(),
                    grants.get(0).subject().id(),
                    grants.get(0).grant());
        }
    }
}
