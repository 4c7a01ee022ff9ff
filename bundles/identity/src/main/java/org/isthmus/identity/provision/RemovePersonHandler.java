// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.provision;

import java.util.Map;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Provisioning.RemovePerson;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.Versions;
import org.isthmus.identity.user.Removal;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Deletes a person whom their directory has no more. */
@Component(service = CommandHandler.class)
public final class RemovePersonHandler implements CommandHandler<RemovePerson, UserView> {
    private final Told told;
    private final Removal removal;
    private final RightsCache rights;

    @Activate
    public RemovePersonHandler(@Reference Told told, @Reference Removal removal, @Reference RightsCache rights) {
        this.told = told;
        this.removal = removal;
        this.rights = rights;
    }

    @Override
    public Class<RemovePerson> handles() {
        return RemovePerson.class;
    }

    @Override
    public Plan<UserView> plan(Caller caller, OrganizationView organization, RemovePerson command) {
        find(caller, organization, command);
        Subject subject = Subject.of("user", command.user());
        return Plan.of(subject, change -> {
            Rights before = rights.change(organization.id(), change);
            UserView gone = find(caller, organization, command);
            Set<ShippedRole> inCharge = before.inCharge(change.now());
            removal.remove(organization.id(), gone.id());
            Told.tellOrphan(change, organization, inCharge, rights.current(organization.id()));
            change.event("user.deleted", subject, Map.of("username", gone.username()));
            return gone;
        });
    }

    private UserView find(Caller caller, OrganizationView organization, RemovePerson command) {
        UserView found = told.person(told.directory(caller, organization.id(), command.directory()), command.user());
        command.version().ifPresent(version -> Versions.check(version, found.version()));
        return found;
    }
}
