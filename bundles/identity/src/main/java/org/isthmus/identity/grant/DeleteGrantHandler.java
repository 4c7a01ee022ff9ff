// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Takes a role back; never the one that leaves the organization without an administrator. */
@Component(service = {CommandHandler.class, DeleteGrantHandler.class})
public final class DeleteGrantHandler implements CommandHandler<DeleteGrant, GrantView> {
    private final GrantStore grants;
    private final UserStore users;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public DeleteGrantHandler(
            @Reference GrantStore grants,
            @Reference UserStore users,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.grants = grants;
        this.users = users;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<DeleteGrant> handles() {
        return DeleteGrant.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, DeleteGrant command, Optional<DepartmentId> department) {
        // by its own name: whose it is is not told to those it is not there for
        Subject named = Subject.of("grant", command.grant());
        return grants.find(organization.id(), command.grant()).stream()
                .map(grant -> IdentityGrants.place(users, organization.id(), grant.subject()))
                .map(place -> new Resource(named, place.within(), place.seenWith()))
                .toList();
    }

    @Override
    public Plan<GrantView> plan(Caller caller, OrganizationView organization, DeleteGrant command) {
        GrantView gone = grants.find(organization.id(), command.grant())
                .orElseThrow(
                        () -> Problem.NOT_FOUND.because("There is no grant %s in this organization.", command.grant()));
        check(gone, rights.current(organization.id()), clock.instant());
        Subject subject = Subject.of("grant", gone.id());
        return Plan.<GrantView>of(subject, change -> {
                    Rights before = rights.change(organization.id(), change);
                    check(gone, before, change.now());
                    grants.delete(organization.id(), gone.id());
                    change.event(
                            "grant.deleted",
                            subject,
                            Map.of(
                                    "role",
                                    before.roleName(gone.role()),
                                    "subject",
                                    gone.subject().kind() + " " + gone.subject().id()));
                    return IdentityGrants.named(gone, before);
                })
                .destroying();
    }

    private static void check(GrantView gone, Rights before, Instant now) {
        gone.breakGlass().ifPresent(breakGlass -> {
            throw Problem.CONFLICT.because(
                    "This is held by break-glass: end that (POST …/break-glass/%s/end).", breakGlass);
        });
        before.orphaned(before.withoutGrant(gone.id()), now).ifPresent(role -> {
            throw IdentityProblem.LAST_ADMINISTRATOR.because(
                    "Afterwards no active person would hold %s for good. Give that role to somebody else first.",
                    role.key());
        });
    }
}
