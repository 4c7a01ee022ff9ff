// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.session;

import java.time.Clock;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.Sessions;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.store.Session;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Sessions}: one's own, and somebody else's for those who may see users. */
@Component(service = Sessions.class)
public final class IdentitySessions implements Sessions {
    private final IdentityAccess access;
    private final SessionStore store;
    private final UserStore users;
    private final Clock clock;

    @Activate
    public IdentitySessions(
            @Reference IdentityAccess access,
            @Reference SessionStore store,
            @Reference UserStore users,
            @Reference Clock clock) {
        this.access = access;
        this.store = store;
        this.users = users;
        this.clock = clock;
    }

    @Override
    public Page<OpenSessionView> list(Caller caller, Ref organization, Query query) {
        Optional<Ref> whose = Optional.ofNullable(query.equal().get("user")).map(IdentitySessions::ref);
        Reach reach = access.reach(caller, whose.isPresent() ? Action.USER_READ : Action.OWN_ACCOUNT, organization);
        OrganizationView in = reach.organization();
        Places.require(reach, users, whose);
        IdentityAccess.requireOwnPassword(caller);
        UserId user = user(users, caller, in.id(), whose);
        return store.open(in.id(), user, clock.instant(), query).map(session -> view(session, caller));
    }

    @Override
    public OpenSessionView get(Caller caller, Ref organization, Ref session) {
        OrganizationView in = access.require(caller, Action.OWN_ACCOUNT, organization);
        IdentityAccess.requireOwnPassword(caller);
        UserId own = user(users, caller, in.id(), Optional.empty());
        return Optional.of(session)
                .filter(ref -> ref.isId(SessionId.PREFIX))
                .flatMap(ref -> store.open(in.id(), own, new SessionId(ref.text()), clock.instant()))
                .map(found -> view(found, caller))
                .orElseThrow(() -> Problem.NOT_FOUND.because("You have no session %s.", session));
    }

    static OpenSessionView view(Session session, Caller caller) {
        return new OpenSessionView(
                session.id(),
                session.user(),
                session.address(),
                caller.session().filter(session.id()::equals).isPresent(),
                session.createdAt(),
                session.expiresAt(),
                session.provedAt());
    }

    /** Whose sessions are meant: the caller's own, or those of somebody named. */
    static UserId user(UserStore users, Caller caller, OrganizationId organization, Optional<Ref> named) {
        if (named.isPresent()) {
            return users.resolve(organization, named.get())
                    .map(UserView::id)
                    .orElseThrow(
                            () -> Problem.NOT_FOUND.because("There is no user %s in this organization.", named.get()));
        }
        return caller.user()
                .filter(own -> caller.organization().equals(organization))
                .orElseThrow(() -> Problem.MALFORMED.at("user", "You have no account here: name a user."));
    }

    private static Ref ref(String text) {
        try {
            return new Ref(text);
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("user", e.getMessage());
        }
    }
}
