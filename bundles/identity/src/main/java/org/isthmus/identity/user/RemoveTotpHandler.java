// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.RemoveTotp;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.factor.Factors;
import org.isthmus.identity.factor.Proof;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Secret;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Takes a second factor away: one's own by a code of it, somebody else's only when they hold nothing that the caller does
 * not, for with a new password besides the caller could be them.
 */
@Component(service = CommandHandler.class)
public final class RemoveTotpHandler implements CommandHandler<RemoveTotp, UserView> {
    private final UserStore users;
    private final SessionStore sessions;
    private final FactorStore store;
    private final Factors factors;
    private final RightsCache rights;
    private final KeyStore keys;
    private final Bearers bearers;
    private final Clock clock;

    @Activate
    public RemoveTotpHandler(
            @Reference UserStore users,
            @Reference SessionStore sessions,
            @Reference FactorStore store,
            @Reference Factors factors,
            @Reference RightsCache rights,
            @Reference KeyStore keys,
            @Reference Bearers bearers,
            @Reference Clock clock) {
        this.users = users;
        this.sessions = sessions;
        this.store = store;
        this.factors = factors;
        this.rights = rights;
        this.keys = keys;
        this.bearers = bearers;
        this.clock = clock;
    }

    @Override
    public Class<RemoveTotp> handles() {
        return RemoveTotp.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, RemoveTotp command, Optional<DepartmentId> department) {
        return Places.named(users, organization.id(), Optional.of(command.user()));
    }

    @Override
    public Plan<UserView> plan(Caller caller, OrganizationView organization, RemoveTotp command) {
        return command.code().isPresent()
                ? own(caller, organization, command.user(), command.code().get())
                : others(caller, organization, command.user());
    }

    private Plan<UserView> own(Caller caller, OrganizationView organization, Ref user, Secret code) {
        UserView self = OwnFactor.of(users, caller, organization, user);
        FactorStore.Kept factor = store.find(organization.id(), self.id())
                .filter(FactorStore.Kept::confirmed)
                .orElseThrow(RemoveTotpHandler::none);
        Proof proof = factors.required(caller, factor, code);
        Subject subject = Subject.of("user", self.id());
        return Plan.of(subject, change -> {
            rights.change(organization.id(), change);
            factors.mustTake(organization.id(), self.id(), proof);
            remove(organization, self, change.now());
            sessions.unproved(organization.id(), self.id());
            bearers.forgetAfterCommit(organization.id(), self.id());
            change.event("user.second-factor-removed", subject, Map.of("username", self.username()));
            return UserRefs.need(users, organization.id(), Ref.of(self.id()));
        });
    }

    private Plan<UserView> others(Caller caller, OrganizationView organization, Ref named) {
        UserView user = UserRefs.need(users, organization.id(), named);
        if (UserRefs.isSelf(caller, Ref.of(user.id()))) {
            throw Problem.CONFLICT.because("This is your own second factor: give a code of it, or a recovery code.");
        }
        if (!user.secondFactor()) {
            throw none();
        }
        Rights current = rights.current(organization.id());
        Holdings.require(caller, current, current.heldBy(user.id()), clock.instant());
        Subject subject = Subject.of("user", user.id());
        return Plan.<UserView>of(subject, change -> {
                    Rights before = rights.change(organization.id(), change);
                    Holdings.require(caller, before, before.heldBy(user.id()), change.now());
                    // the row first: a login at this moment waits for it, and its session is deleted below or never
                    // made
                    remove(organization, user, change.now());
                    keys.had(user.id(), change.caller().user(), change.now());
                    sessions.deleteOf(organization.id(), user.id(), Optional.empty());
                    bearers.forgetAfterCommit(organization.id(), user.id());
                    change.event("user.second-factor-removed", subject, Map.of("username", user.username()));
                    return UserRefs.need(users, organization.id(), Ref.of(user.id()));
                })
                .destroying();
    }

    private void remove(OrganizationView organization, UserView user, Instant now) {
        if (!store.remove(organization.id(), user.id(), now)) {
            throw none();
        }
    }

    private static RuntimeException none() {
        return Problem.CONFLICT.because("There is no second factor to take away.");
    }
}
