// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.TokenStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Deletes a user with their grants, sessions and tokens; never the last administrator. */
@Component(service = CommandHandler.class)
public final class DeleteUserHandler implements CommandHandler<DeleteUser, UserView> {
    private final UserStore users;
    private final GrantStore grants;
    private final SessionStore sessions;
    private final TokenStore tokens;
    private final FactorStore factors;
    private final RightsCache rights;
    private final Bearers bearers;
    private final Clock clock;

    @Activate
    public DeleteUserHandler(
            @Reference UserStore users,
            @Reference GrantStore grants,
            @Reference SessionStore sessions,
            @Reference TokenStore tokens,
            @Reference FactorStore factors,
            @Reference RightsCache rights,
            @Reference Bearers bearers,
            @Reference Clock clock) {
        this.users = users;
        this.grants = grants;
        this.sessions = sessions;
        this.tokens = tokens;
        this.factors = factors;
        this.rights = rights;
        this.bearers = bearers;
        this.clock = clock;
    }

    @Override
    public Class<DeleteUser> handles() {
        return DeleteUser.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, DeleteUser command, Optional<DepartmentId> department) {
        return UserRefs.touched(users, organization.id(), command.user());
    }

    @Override
    public Plan<UserView> plan(Caller caller, OrganizationView organization, DeleteUser command) {
        UserView user = UserRefs.need(users, organization.id(), command.user());
        Rights current = rights.current(organization.id());
        UserRefs.refuseOrphan(current.orphaned(current.withoutUser(user.id()), clock.instant()));
        Subject subject = Subject.of("user", user.id());
        return Plan.<UserView>of(subject, change -> {
                    Rights before = rights.change(organization.id());
                    UserView gone = UserRefs.need(users, organization.id(), Ref.of(user.id()));
                    UserRefs.refuseOrphan(before.orphaned(before.withoutUser(user.id()), change.now()));
                    // the user first: a login at this moment waits for this row, and then finds it gone
                    users.delete(organization.id(), user.id());
                    sessions.deleteOf(organization.id(), user.id(), Optional.empty());
                    tokens.deleteOf(organization.id(), user.id());
                    factors.deleteRecovery(organization.id(), user.id());
                    grants.deleteOf(organization.id(), user.id().value());
                    bearers.forgetAfterCommit(organization.id(), user.id());
                    change.event("user.deleted", subject, Map.of("username", gone.username()));
                    return gone;
                })
                .destroying();
    }
}
