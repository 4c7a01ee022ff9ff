// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Roles;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.RoleStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.RoleId;
import org.isthmus.model.Name;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Makes a role of the organization's own. */
@Component(service = CommandHandler.class)
public final class CreateRoleHandler implements CommandHandler<CreateRole, RoleView> {
    private final RoleStore roles;
    private final RightsCache rights;
    private final Ids ids;

    @Activate
    public CreateRoleHandler(@Reference RoleStore roles, @Reference RightsCache rights, @Reference Ids ids) {
        this.roles = roles;
        this.rights = rights;
        this.ids = ids;
    }

    @Override
    public Class<CreateRole> handles() {
        return CreateRole.class;
    }

    @Override
    public Plan<RoleView> plan(Caller caller, OrganizationView organization, CreateRole command) {
        check(organization, command);
        RoleId id = ids.role();
        Subject subject = Subject.of("role", id);
        return Plan.of(subject, change -> {
            rights.change(organization.id(), change);
            check(organization, command);
            RoleView made = roles.insert(new RoleView(
                    id.value(),
                    command.name().value(),
                    organization.id(),
                    command.actions(),
                    false,
                    Optional.of(change.now()),
                    Optional.of(change.caller().username()),
                    0));
            change.event("role.created", subject, Map.of("name", made.name()));
            return made;
        });
    }

    private void check(OrganizationView organization, CreateRole command) {
        requireFree(roles, organization.id(), command.name(), Optional.empty());
        if (roles.all(organization.id(), Roles.MOST).size() >= Roles.MOST) {
            throw Problem.CONFLICT.because(
                    "An organization makes at most %d roles; delete those that nobody holds.", Roles.MOST);
        }
    }

    /** NAME_TAKEN when another role has it. */
    static void requireFree(RoleStore roles, OrganizationId organization, Name name, Optional<String> but) {
        boolean taken = ShippedRole.byKey(name.value()).isPresent()
                || roles.resolve(organization, Ref.of(name))
                        .filter(other -> but.filter(other.id()::equals).isEmpty())
                        .isPresent();
        if (taken) {
            throw Problem.NAME_TAKEN.because("There is a role %s already.", name);
        }
    }
}
