// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Roles.ChangeRole;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Held;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.store.RoleStore;
import org.isthmus.identity.store.Versions;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Changes a role of the organization's own, for all who hold it: never to more than the caller holds. */
@Component(service = CommandHandler.class)
public final class ChangeRoleHandler implements CommandHandler<ChangeRole, RoleView> {
    private final RoleStore roles;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public ChangeRoleHandler(@Reference RoleStore roles, @Reference RightsCache rights, @Reference Clock clock) {
        this.roles = roles;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<ChangeRole> handles() {
        return ChangeRole.class;
    }

    @Override
    public Plan<RoleView> plan(Caller caller, OrganizationView organization, ChangeRole command) {
        RoleView present = IdentityRoles.own(roles, organization.id(), command.role());
        Versions.check(command.version(), present.version());
        check(caller, present, command, rights.current(organization.id()), clock.instant());
        Subject subject = new Subject("role", present.id());
        return Plan.of(subject, change -> {
            check(caller, present, command, rights.change(organization.id(), change), change.now());
            RoleView changed =
                    roles.change(organization.id(), present.id(), command.version(), command.name(), command.actions());
            change.event("role.changed", subject, Map.of("name", changed.name()));
            return changed;
        });
    }

    private void check(Caller caller, RoleView present, ChangeRole command, Rights before, Instant now) {
        command.name()
                .ifPresent(name ->
                        CreateRoleHandler.requireFree(roles, present.organization(), name, Optional.of(present.id())));
        Set<Action> added = new HashSet<>(command.actions().orElse(Set.of()));
        added.removeAll(present.actions());
        if (!added.isEmpty()) {
            Role then = new Role(present.id(), present.name(), command.actions().orElseThrow(), false);
            List<Held> given =
                    before.grantsOf(then).stream().map(held -> held.with(then)).toList();
            Holdings.require(caller, before, given, added, now);
        }
    }
}
