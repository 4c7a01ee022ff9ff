// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.organization;

import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations.ChangeOrganization;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.identity.store.Versions;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Changes what an organization is called by people. */
@Component(service = CommandHandler.class)
public final class ChangeOrganizationHandler implements CommandHandler<ChangeOrganization, OrganizationView> {
    private final OrganizationStore organizations;
    private final RightsCache rights;

    @Activate
    public ChangeOrganizationHandler(@Reference OrganizationStore organizations, @Reference RightsCache rights) {
        this.organizations = organizations;
        this.rights = rights;
    }

    @Override
    public Class<ChangeOrganization> handles() {
        return ChangeOrganization.class;
    }

    @Override
    public Plan<OrganizationView> plan(Caller caller, OrganizationView organization, ChangeOrganization command) {
        Versions.check(command.version(), organization.version());
        Subject subject = Subject.of("organization", organization.id());
        return Plan.of(subject, change -> {
            rights.change(organization.id(), change);
            OrganizationView changed = organizations.rename(
                    organization.id(), command.version(), command.displayName().orElse(organization.displayName()));
            change.event("organization.changed", subject, Map.of("displayName", changed.displayName()));
            return changed;
        });
    }
}
