// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.session;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Sessions.EndSession;
import org.isthmus.api.identity.Sessions.OpenSessionView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.store.Session;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Ends a session: its bearer token is refused from the commit on. */
@Component(service = CommandHandler.class)
public final class EndSessionHandler implements CommandHandler<EndSession, OpenSessionView> {
    private final SessionStore sessions;
    private final UserStore users;
    private final Bearers bearers;
    private final Clock clock;

    @Activate
    public EndSessionHandler(
            @Reference SessionStore sessions,
            @Reference UserStore users,
            @Reference Bearers bearers,
            @Reference Clock clock) {
        this.sessions = sessions;
        this.users = users;
        this.bearers = bearers;
        this.clock = clock;
    }

    @Override
    public Class<EndSession> handles() {
        return EndSession.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, EndSession command, Optional<DepartmentId> department) {
        return Places.named(users, organization.id(), command.user());
    }

    @Override
    public Plan<OpenSessionView> plan(Caller caller, OrganizationView organization, EndSession command) {
        IdentityAccess.requireOwnPassword(caller);
        UserId user = IdentitySessions.user(users, caller, organization.id(), command.user());
        Session gone = sessions.open(organization.id(), user, command.session(), clock.instant())
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no session %s.", command.session()));
        Subject subject = Subject.of("session", gone.id());
        return Plan.of(subject, change -> {
            sessions.delete(gone.id());
            bearers.forgetAfterCommit(gone.id());
            change.event("session.ended", subject, Map.of("user", user.value()));
            return IdentitySessions.view(gone, caller);
        });
    }
}
