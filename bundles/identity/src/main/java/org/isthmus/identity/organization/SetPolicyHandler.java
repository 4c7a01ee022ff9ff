// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.organization;

import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations.SetPolicy;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.right.InstalledTunnels;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.identity.store.Versions;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Replaces an organization's policy. In force from the commit on. */
@Component(service = CommandHandler.class)
public final class SetPolicyHandler implements CommandHandler<SetPolicy, OrganizationView> {
    private final OrganizationStore organizations;
    private final RightsCache rights;
    private final InstalledTunnels tunnels;

    @Activate
    public SetPolicyHandler(
            @Reference OrganizationStore organizations,
            @Reference RightsCache rights,
            @Reference InstalledTunnels tunnels) {
        this.organizations = organizations;
        this.rights = rights;
        this.tunnels = tunnels;
    }

    @Override
    public Class<SetPolicy> handles() {
        return SetPolicy.class;
    }

    @Override
    public Plan<OrganizationView> plan(Caller caller, OrganizationView organization, SetPolicy command) {
        Versions.check(command.version(), organization.version());
        Policy wanted = checked(command, rights.current(organization.id()));
        requireReachable(organization, wanted);
        Subject subject = Subject.of("organization", organization.id());
        return Plan.<OrganizationView>of(subject, change -> {
                    Policy policy = checked(command, rights.change(organization.id(), change));
                    requireReachable(organization, policy);
                    OrganizationView changed = organizations.setPolicy(organization.id(), command.version(), policy);
                    change.event(
                            "organization.policy-set",
                            subject,
                            Map.of(
                                    "deploymentsPerDay", String.valueOf(policy.deploymentsPerDay()),
                                    "deletionGrace", policy.deletionGrace().toString(),
                                    "requireMfa", policy.requireMfa().name(),
                                    "exposureAllowed", String.valueOf(policy.exposureAllowed()),
                                    "requireVpnForApi", String.valueOf(policy.requireVpnForApi())));
                    return changed;
                })
                .approvedFor(Policies.loosened(organization, wanted));
    }

    private void requireReachable(OrganizationView organization, Policy policy) {
        Policies.requireReachable(policy, organization.name().value(), tunnels.answer(organization.id()));
    }

    private static Policy checked(SetPolicy command, Rights present) {
        return Policies.checked(command.policy(), role -> present.role(role).map(Role::key));
    }
}
