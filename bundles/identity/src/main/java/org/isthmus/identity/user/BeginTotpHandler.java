// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.BeginTotp;
import org.isthmus.api.identity.Users.TotpBegun;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.factor.Factors;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** A secret for one's own second factor; it counts once a code has confirmed it. */
@Component(service = CommandHandler.class)
public final class BeginTotpHandler implements CommandHandler<BeginTotp, TotpBegun> {
    private static final Duration FRESH = Duration.ofMinutes(10);

    private final UserStore users;
    private final SessionStore sessions;
    private final FactorStore store;
    private final Factors factors;
    private final Clock clock;

    @Activate
    public BeginTotpHandler(
            @Reference UserStore users,
            @Reference SessionStore sessions,
            @Reference FactorStore store,
            @Reference Factors factors,
            @Reference Clock clock) {
        this.users = users;
        this.sessions = sessions;
        this.clock = clock;
        this.store = store;
        this.factors = factors;
    }

    @Override
    public Class<BeginTotp> handles() {
        return BeginTotp.class;
    }

    @Override
    public Plan<TotpBegun> plan(Caller caller, OrganizationView organization, BeginTotp command) {
        UserView self = OwnFactor.of(users, caller, organization, command.user());
        if (self.secondFactor()) {
            throw taken();
        }
        requireFreshLogin(caller);
        Factors.Made made = factors.make(self.id(), caller.username());
        Subject subject = Subject.of("user", self.id());
        return Plan.of(subject, change -> {
            if (!store.begin(organization.id(), self.id(), made.sealed())) {
                throw taken();
            }
            change.event("user.second-factor-begun", subject, Map.of("username", self.username()));
            return new TotpBegun(UserRefs.need(users, organization.id(), Ref.of(self.id())), made.secret(), made.uri());
        });
    }

    /** Else who has found a session gives it a second factor of their own, and then proves that. */
    private void requireFreshLogin(Caller caller) {
        boolean old = caller.session()
                .flatMap(sessions::find)
                .filter(session -> !session.createdAt().plus(FRESH).isAfter(clock.instant()))
                .isPresent();
        if (old) {
            throw IdentityProblem.FRESH_LOGIN_NEEDED.because(
                    "Log in again with your password, and begin within ten minutes of that.");
        }
    }

    private static RuntimeException taken() {
        return Problem.CONFLICT.because(
                "You have a second factor. To have another, take it away first: DELETE …/totp with a code.");
    }
}
