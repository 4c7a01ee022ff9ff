// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.http.Table.BASE;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.api.identity.Sessions;
import org.isthmus.api.identity.Sessions.EndSession;
import org.isthmus.api.identity.Sessions.OpenSessionView;
import org.isthmus.api.identity.Sessions.StepUp;
import org.isthmus.api.identity.UserView;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Secret;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Bound;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Parameter;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.Route.Answer;
import org.isthmus.rest.http.Route.Trait;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Logging in and out, and what is open. */
public final class SessionRoutes {
    private static final String SESSIONS = OrganizationRoutes.ONE + "/sessions";
    private static final String SESSION = SESSIONS + "/{session}";

    private final Services services;

    private SessionRoutes(Services services) {
        this.services = services;
    }

    record Login(
            @Field(value = "name@organization", most = 200, example = "\"admin@platform\"") String username,
            @Field(value = "the password", most = 1024) Secret password,
            @Field(
                            value =
                                    "for users who have a second factor: its six digits of the moment, or a recovery code",
                            most = 64,
                            example = "\"123456\"")
                    Optional<Secret> totp) {}

    record Session(String token, Instant expiresAt, UserView user, boolean mustChangePassword) {}

    record Myself(
            String username,
            OrganizationId organization,
            Optional<UserId> user,
            boolean mustChangePassword,
            Optional<Set<Action>> onlyActions) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        SessionRoutes here = new SessionRoutes(services);
        Table.Group on = table.group("Sessions");
        on.raw(
                        Verb.POST,
                        BASE + "/sessions",
                        "logIn",
                        Guard.OPEN,
                        "Opens a session: its token goes as Bearer into every other request.")
                .body(Login.class)
                .answers(201, "logged in; the token is shown this once", Session.class, Answer.JSON)
                .handledBy(here::logIn);
        on.get(
                BASE + "/sessions/current",
                "getSession",
                Guard.LOGGED_IN,
                "Who is logged in with this token.",
                Myself.class,
                List.of(),
                SessionRoutes::myself);
        on.raw(Verb.DELETE, BASE + "/sessions/current", "logOut", Guard.LOGGED_IN, "Ends the session of this token.")
                .trait(Trait.BEFORE_PASSWORD_CHANGE)
                .trait(Trait.WITHOUT_VPN)
                .answers(204, "ended")
                .handledBy(here::logOut);
        on.change(
                        Verb.POST,
                        BASE + "/sessions/current/step-up",
                        "stepUp",
                        Action.OWN_ACCOUNT,
                        "Proves the second factor anew in this session, for what the policy guards by that: good for 5 minutes.")
                .withoutVpn()
                .body(UserRoutes.Code.class)
                .command(
                        StepUp.class,
                        (call, body) -> new StepUp(Ref.of(call.caller().organization()), body.totp()))
                .shown(OpenSessionView.class);
        open(on, services);
    }

    private static void open(Table.Group on, Services services) {
        Guard own = Guard.may(Action.OWN_ACCOUNT);
        on.list(
                SESSIONS,
                "listSessions",
                own.whenGiven("user", Action.USER_READ),
                "The caller's open sessions, or those of a user.",
                OpenSessionView.class,
                Filters.by().ref("user").only(),
                call -> services.call(
                        Sessions.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.get(
                SESSION,
                "getOpenSession",
                own,
                "One of the caller's open sessions.",
                OpenSessionView.class,
                List.of(),
                call -> services.call(
                        Sessions.class, all -> all.get(call.caller(), call.organization(), call.ref("session"))));
        on.change(Verb.DELETE, SESSION, "endSession", Action.OWN_ACCOUNT, "Ends a session: refused from then on.")
                .whenGiven("user", Action.USER_CHANGE)
                .with(Parameter.optional("user", Ref.class, "whose it is, if not the caller's"))
                .command(
                        EndSession.class,
                        call -> new EndSession(
                                call.organization(),
                                call.id("session", SessionId.class),
                                call.parameter("user").map(Ref::new)))
                .gone();
    }

    private Reply logIn(Call call) throws IOException {
        Login login = Bound.body(call, Login.class);
        call.reachedGate();
        SessionOpened opened = services.call(
                Logins.class, logins -> logins.login(login.username(), login.password(), login.totp(), call.origin()));
        return Reply.json(
                201,
                new Session(opened.token().reveal(), opened.expiresAt(), opened.user(), opened.mustChangePassword()));
    }

    private static Myself myself(Call call) {
        Caller caller = call.caller();
        return new Myself(
                caller.username(),
                caller.organization(),
                caller.user(),
                caller.mustChangePassword(),
                caller.onlyActions());
    }

    private Reply logOut(Call call) {
        services.call(Logins.class, logins -> {
            logins.logout(call.bearer().orElseThrow(), call.origin());
            return null;
        });
        return Reply.empty(204);
    }
}
