// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.session;

import java.time.Clock;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Sessions.OpenSessionView;
import org.isthmus.api.identity.Sessions.StepUp;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.factor.Factors;
import org.isthmus.identity.factor.Proof;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.Session;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Proves the second factor anew in the session that asks. */
@Component(service = CommandHandler.class)
public final class StepUpHandler implements CommandHandler<StepUp, OpenSessionView> {
    private final SessionStore sessions;
    private final Factors factors;
    private final Bearers bearers;
    private final Clock clock;

    @Activate
    public StepUpHandler(
            @Reference SessionStore sessions,
            @Reference Factors factors,
            @Reference Bearers bearers,
            @Reference Clock clock) {
        this.sessions = sessions;
        this.factors = factors;
        this.bearers = bearers;
        this.clock = clock;
    }

    @Override
    public Class<StepUp> handles() {
        return StepUp.class;
    }

    @Override
    public Plan<OpenSessionView> plan(Caller caller, OrganizationView organization, StepUp command) {
        IdentityAccess.requireOwnPassword(caller);
        SessionId session = caller.session()
                .orElseThrow(() -> Problem.FORBIDDEN.because(
                        "Only a session can prove a second factor: log in with the password."));
        UserId user = caller.user().orElseThrow();
        Session open = sessions.open(organization.id(), user, session, clock.instant())
                .orElseThrow(() -> Problem.NOT_FOUND.because("The session is over."));
        FactorStore.Kept factor = factors.of(organization.id(), user)
                .filter(FactorStore.Kept::confirmed)
                .orElseThrow(() -> Problem.CONFLICT.because(
                        "You have no second factor to prove; make one: POST …/users/{user}/totp."));
        Proof proof = factors.required(caller, factor, command.code());
        Subject subject = Subject.of("session", session);
        return Plan.of(subject, change -> {
            factors.mustTake(organization.id(), user, proof);
            sessions.proved(session, change.now());
            bearers.forgetAfterCommit(session);
            change.event("session.stepped-up", subject, Map.of("user", user.value()));
            return IdentitySessions.view(open.proved(change.now()), caller);
        });
    }
}
