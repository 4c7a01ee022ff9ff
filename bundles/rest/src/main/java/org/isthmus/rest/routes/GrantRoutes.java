// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Grants.AccessView;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Grants.HolderView;
import org.isthmus.api.identity.Grants.PeriodView;
import org.isthmus.api.identity.Roles;
import org.isthmus.api.identity.Roles.ChangeRole;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.Roles.DeleteRole;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.identity.Tokens;
import org.isthmus.api.identity.Tokens.CreateToken;
import org.isthmus.api.identity.Tokens.DeleteToken;
import org.isthmus.api.identity.Tokens.TokenCreated;
import org.isthmus.api.identity.Tokens.TokenView;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Parameter;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;
import org.isthmus.rest.json.Flat;

/** Roles, grants, why somebody may, and tokens. */
public final class GrantRoutes {
    private static final String ROLES = ONE + "/roles";
    private static final String ROLE = ROLES + "/{role}";
    private static final String GRANTS = ONE + "/grants";
    private static final String GRANT = GRANTS + "/{grant}";
    private static final String TOKENS = ONE + "/tokens";
    private static final String TOKEN = TOKENS + "/{token}";
    private static final Map<String, String> KINDS = Map.of(
            "org", "organization",
            "dep", "department",
            "usr", "user",
            "rol", "role",
            "net", "network",
            "srv", "server",
            "img", "image",
            "loc", "location",
            "opr", "operation");

    private GrantRoutes() {}

    record Thing(
            @Field(value = "user, department, organization …", pattern = "[a-z][a-z-]{0,39}", example = "\"user\"")
                    String kind,
            @Field("its id or name") Ref id) {
        Subject subject() {
            return Subject.of(kind, id);
        }
    }

    record NewGrant(
            @Field("a user, a department or a group") Thing subject,
            @Field(value = "a role's name", most = 100, example = "\"server-deployer\"") String role,
            @Field(
                            "where: the organization unless said otherwise; a department and all below, a network and what is on it,"
                                    + " a server, an image, or a tag as key:value")
                    Optional<Thing> scope,
            @Field("from when; at once unless said otherwise") Optional<Instant> from,
            @Field(value = "until when; for good unless said otherwise", example = "\"2027-11-23T08:00:00Z\"")
                    Optional<Instant> until) {
        CreateGrant command(Ref organization) {
            Subject where = scope.map(Thing::subject).orElse(Subject.of("organization", organization));
            return new CreateGrant(organization, subject.subject(), role, where, from, until);
        }
    }

    record NewRole(
            Name name,
            @Field(value = "what it allows: no actions of the platform's", most = 200) Set<Action> actions) {}

    record RoleChange(
            Optional<Name> name,
            @Field(value = "all that it allows from now on", most = 200) Optional<Set<Action>> actions) {}

    record NewToken(
            Name name,
            @Field(value = "the only actions it may be used for; absent: all its owner may", most = 200)
                    Optional<Set<Action>> actions,
            @Field("at most 366 days from now") Instant expiresAt,
            @Field("a service account it is for; absent: the caller") Optional<Ref> user,
            @Field(
                            "it may destroy things where the policy asks for a second factor before; needs one that was just proved")
                    Optional<Boolean> destructive) {}

    /** A token, and the secret that is shown this once. */
    record TokenWithSecret(@Flat TokenView token, Optional<String> secret) {
        static TokenWithSecret of(TokenCreated made, boolean secrets) {
            return new TokenWithSecret(
                    made.token(),
                    Optional.of(made.secret()).filter(any -> secrets).map(Secret::reveal));
        }
    }

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        roles(table.group("Roles"), services);
        grants(table.group("Grants"), services);
        tokens(table.group("Tokens"), services);
    }

    private static void roles(Table.Group on, Services services) {
        Guard read = Guard.may(Action.ROLE_READ);
        on.all(
                ROLES,
                "listRoles",
                read,
                "The roles there are, with what they allow.",
                RoleView.class,
                RoleView::id,
                call -> services.call(Roles.class, all -> all.all(call.caller(), call.organization())));
        on.change(Verb.POST, ROLES, "createRole", Action.ROLE_CREATE, "Makes a role of the organization's own.")
                .body(NewRole.class)
                .command(
                        CreateRole.class,
                        (call, body) -> new CreateRole(call.organization(), body.name(), body.actions()))
                .created(RoleView.class);
        on.get(
                ROLE,
                "getRole",
                read,
                "A role.",
                RoleView.class,
                List.of(),
                call -> services.call(
                        Roles.class, all -> all.get(call.caller(), call.organization(), call.ref("role"))));
        on.change(
                        Verb.PATCH,
                        ROLE,
                        "changeRole",
                        Action.ROLE_CHANGE,
                        "Changes a role of the organization's own, for all who hold it; adds only what the caller holds.")
                .body(RoleChange.class)
                .command(
                        ChangeRole.class,
                        (call, body) -> new ChangeRole(
                                call.organization(), call.ref("role"), call.version(), body.name(), body.actions()))
                .shown(RoleView.class);
        on.change(Verb.DELETE, ROLE, "deleteRole", Action.ROLE_DELETE, "Deletes a role that nobody holds.")
                .command(DeleteRole.class, call -> new DeleteRole(call.organization(), call.ref("role")))
                .gone();
    }

    private static void grants(Table.Group on, Services services) {
        Guard read = Guard.may(Action.GRANT_READ);
        on.list(
                GRANTS,
                "listGrants",
                read,
                "Who has which role.",
                GrantView.class,
                Filters.by().ref("subject").text("role").only(),
                call -> services.call(Grants.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(Verb.POST, GRANTS, "createGrant", Action.GRANT_CREATE, "Gives a role that the caller holds too.")
                .body(NewGrant.class)
                .command(CreateGrant.class, (call, body) -> body.command(call.organization()))
                .created(GrantView.class);
        on.get(
                GRANT,
                "getGrant",
                read,
                "A grant.",
                GrantView.class,
                List.of(),
                call -> services.call(
                        Grants.class, all -> all.get(call.caller(), call.organization(), call.ref("grant"))));
        on.change(Verb.DELETE, GRANT, "deleteGrant", Action.GRANT_DELETE, "Takes a role back.")
                .command(
                        DeleteGrant.class,
                        call -> new DeleteGrant(call.organization(), call.id("grant", GrantId.class)))
                .gone();
        on.get(
                ONE + "/access",
                "explainAccess",
                read,
                "Why a user may or may not do something.",
                AccessView.class,
                List.of(
                        Parameter.needed("user", Ref.class, "the user's id or name"),
                        Parameter.needed("action", Action.class, "such as server.deploy"),
                        Parameter.optional("resource", String.class, "an id, or kind:name as in server:web-1")),
                call -> explain(services, call));
        on.list(
                ONE + "/access/holders",
                "listHolders",
                read,
                "Who may do something, now or at an earlier moment, and by which grants; by username.",
                HolderView.class,
                List.of(
                        Parameter.needed("action", Action.class, "such as server.deploy"),
                        Parameter.optional("resource", String.class, "on this too: an id, or kind:name"),
                        Parameter.optional("at", Instant.class, "the moment; now unless said otherwise")),
                call -> services.call(
                        Grants.class,
                        grants -> grants.holders(
                                call.caller(),
                                call.organization(),
                                call.parameter("action").flatMap(Action::byKey).orElseThrow(),
                                call.parameter("resource").map(GrantRoutes::resource),
                                call.parameter("at").map(Instant::parse),
                                call.query().page())));
        on.list(
                ONE + "/access/history",
                "listAccessHistory",
                read,
                "What a user held and when, with who began and ended it; by beginning.",
                PeriodView.class,
                List.of(
                        Parameter.needed("user", Ref.class, "the user's id or name; by id also one who is gone"),
                        Parameter.optional("from", Instant.class, "what was so from this moment on"),
                        Parameter.optional("to", Instant.class, "and before this one")),
                call -> services.call(
                        Grants.class,
                        grants -> grants.history(
                                call.caller(),
                                call.organization(),
                                new Ref(call.parameter("user").orElseThrow()),
                                call.parameter("from").map(Instant::parse),
                                call.parameter("to").map(Instant::parse),
                                call.query().page())));
    }

    private static AccessView explain(Services services, Call call) {
        Ref user = new Ref(call.parameter("user").orElseThrow());
        Action action = call.parameter("action").flatMap(Action::byKey).orElseThrow();
        Optional<Subject> resource = call.parameter("resource").map(GrantRoutes::resource);
        return services.call(
                Grants.class, grants -> grants.explain(call.caller(), call.organization(), user, action, resource));
    }

    private static Subject resource(String text) {
        int colon = text.indexOf(':');
        if (colon > 0 && colon < text.length() - 1) {
            return new Subject(text.substring(0, colon), text.substring(colon + 1));
        }
        String kind = Id.FORM.matcher(text).matches() ? KINDS.get(text.substring(0, 3)) : null;
        if (kind == null) {
            throw Problem.MALFORMED.at("resource", "This is an id, or kind:name as in server:web-1.");
        }
        return new Subject(kind, text);
    }

    private static void tokens(Table.Group on, Services services) {
        Guard own = Guard.may(Action.OWN_ACCOUNT);
        on.list(
                TOKENS,
                "listTokens",
                own.whenGiven("user", Action.USER_READ),
                "The caller's own tokens, or those of a service account.",
                TokenView.class,
                Filters.by().text("name").ref("user").only(),
                call -> services.call(Tokens.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(Verb.POST, TOKENS, "createToken", Action.OWN_ACCOUNT, "Makes a token; its secret is shown this once.")
                .whenGiven("user", Action.USER_CHANGE)
                .body(NewToken.class)
                .command(
                        CreateToken.class,
                        (call, body) -> new CreateToken(
                                call.organization(),
                                body.name(),
                                body.actions(),
                                body.expiresAt(),
                                body.user(),
                                body.destructive().orElse(false)))
                .created(TokenWithSecret.class, TokenWithSecret::of);
        on.get(
                TOKEN,
                "getToken",
                own,
                "A token, without its secret.",
                TokenView.class,
                List.of(),
                call -> services.call(
                        Tokens.class, all -> all.get(call.caller(), call.organization(), call.ref("token"))));
        on.change(Verb.DELETE, TOKEN, "deleteToken", Action.OWN_ACCOUNT, "Revokes a token.")
                .whenGiven("user", Action.USER_CHANGE)
                .with(Parameter.optional("user", Ref.class, "the service account whose it is"))
                .command(
                        DeleteToken.class,
                        call -> new DeleteToken(
                                call.organization(),
                                call.ref("token"),
                                call.parameter("user").map(Ref::new)))
                .gone();
    }
}
