// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.organization;

import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations.DeleteOrganization;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.BreakGlassStore;
import org.isthmus.identity.store.ChangeCounter;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.OrganizationStore;
import org.isthmus.identity.store.ReviewStore;
import org.isthmus.identity.store.RoleStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.TokenStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Deletes an organization that owns nothing any more, with its users, departments, grants, sessions and tokens. */
@Component(service = CommandHandler.class)
public final class DeleteOrganizationHandler implements CommandHandler<DeleteOrganization, OrganizationView> {
    private final OrganizationStore organizations;
    private final UserStore users;
    private final DepartmentStore departments;
    private final GrantStore grants;
    private final GroupStore groups;
    private final DirectoryStore directories;
    private final RoleStore roles;
    private final SessionStore sessions;
    private final TokenStore tokens;
    private final FactorStore factors;
    private final ReviewStore reviews;
    private final BreakGlassStore emergencies;
    private final ChangeCounter counter;
    private final RightsCache rights;
    private final Bearers bearers;
    private final Owners owners;
    private final OrganizationId platform;

    @Activate
    public DeleteOrganizationHandler(
            @Reference OrganizationStore organizations,
            @Reference UserStore users,
            @Reference DepartmentStore departments,
            @Reference GrantStore grants,
            @Reference GroupStore groups,
            @Reference DirectoryStore directories,
            @Reference RoleStore roles,
            @Reference SessionStore sessions,
            @Reference TokenStore tokens,
            @Reference FactorStore factors,
            @Reference ReviewStore reviews,
            @Reference BreakGlassStore emergencies,
            @Reference ChangeCounter counter,
            @Reference RightsCache rights,
            @Reference Bearers bearers,
            @Reference Owners owners,
            @Reference IdentityAccess access) {
        this.organizations = organizations;
        this.users = users;
        this.departments = departments;
        this.grants = grants;
        this.groups = groups;
        this.directories = directories;
        this.roles = roles;
        this.sessions = sessions;
        this.tokens = tokens;
        this.factors = factors;
        this.reviews = reviews;
        this.emergencies = emergencies;
        this.counter = counter;
        this.rights = rights;
        this.bearers = bearers;
        this.owners = owners;
        this.platform = access.platform();
    }

    @Override
    public Class<DeleteOrganization> handles() {
        return DeleteOrganization.class;
    }

    @Override
    public Plan<OrganizationView> plan(Caller caller, OrganizationView organization, DeleteOrganization command) {
        OrganizationView gone = organizations
                .resolve(command.which())
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no organization %s.", command.which()));
        if (gone.id().equals(platform)) {
            throw Problem.CONFLICT.because("The platform's own organization cannot be deleted.");
        }
        requireEmpty(gone);
        Subject subject = Subject.of("organization", gone.id());
        return Plan.<OrganizationView>of(subject, change -> {
                    // always the platform first: two such changes never wait for each other
                    rights.change(platform, change);
                    rights.change(gone.id(), change);
                    requireEmpty(gone);
                    bearers.forgetAfterCommit(gone.id());
                    sessions.deleteAll(gone.id());
                    tokens.deleteAll(gone.id());
                    factors.deleteAll(gone.id());
                    groups.deleteAll(gone.id());
                    directories.deleteAll(gone.id());
                    reviews.deleteAll(gone.id());
                    emergencies.deleteAll(gone.id());
                    grants.deleteAll(gone.id());
                    roles.deleteAll(gone.id());
                    users.deleteAll(gone.id());
                    departments.deleteAll(gone.id());
                    organizations.delete(gone.id());
                    counter.delete(gone.id());
                    change.event(
                            "organization.deleted",
                            subject,
                            Map.of("name", gone.name().value()));
                    return gone;
                })
                .destroying();
    }

    private void requireEmpty(OrganizationView gone) {
        owners.stillOwned(gone.id()).ifPresent(things -> {
            throw Problem.IN_USE.because("The organization %s still owns %s; delete those first.", gone.name(), things);
        });
        organizations.firstChild(gone.id()).ifPresent(child -> {
            throw Problem.IN_USE.because(
                    "The organization %s is the parent of %s; delete that first.", gone.name(), child.name());
        });
    }
}
