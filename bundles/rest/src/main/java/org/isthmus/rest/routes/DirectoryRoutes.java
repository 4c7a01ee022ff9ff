// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Directories;
import org.isthmus.api.identity.Directories.ChangeDirectory;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.CreateDirectoryToken;
import org.isthmus.api.identity.Directories.DeleteDirectory;
import org.isthmus.api.identity.Directories.DeleteDirectoryToken;
import org.isthmus.api.identity.Directories.DirectoryTokenCreated;
import org.isthmus.api.identity.Directories.DirectoryTokenView;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.Groups.ChangeGroup;
import org.isthmus.api.identity.Groups.CreateGroup;
import org.isthmus.api.identity.Groups.DeleteGroup;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.UserView;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;
import org.isthmus.rest.json.Flat;

/** Directories, their tokens, and their groups. */
public final class DirectoryRoutes {
    private static final String DIRECTORIES = ONE + "/directories";
    private static final String DIRECTORY = DIRECTORIES + "/{directory}";
    private static final String TOKENS = DIRECTORY + "/tokens";
    private static final String GROUPS = ONE + "/groups";
    private static final String GROUP = GROUPS + "/{group}";

    private DirectoryRoutes() {}

    record NewDirectory(
            Name name,
            Directories.Kind kind,
            @Field("unless it is false, its people log in and what it tells is taken") Optional<Boolean> enabled,
            @Field(value = "as its kind has them", most = 100, example = "{}") Optional<Map<String, String>> settings,
            @Field(value = "write-only", most = 20, example = "{}") Optional<Map<String, Secret>> secrets) {}

    record DirectoryChange(
            Optional<Name> name,
            @Field("false ends the sessions of its people") Optional<Boolean> enabled,
            @Field(value = "null removes a setting", most = 100) Optional<Map<String, Optional<String>>> settings,
            @Field(value = "null removes a secret", most = 20) Optional<Map<String, Optional<Secret>>> secrets) {
        /** As it will be set up, given how it is. */
        Optional<Map<String, String>> settings(Map<String, String> present) {
            return settings.map(given -> {
                Map<String, String> all = new HashMap<>(present);
                given.forEach(
                        (name, value) -> value.ifPresentOrElse(text -> all.put(name, text), () -> all.remove(name)));
                return all;
            });
        }

        Map<String, Secret> secretsGiven() {
            Map<String, Secret> given = new HashMap<>();
            secrets.orElse(Map.of()).forEach((name, secret) -> given.put(name, secret.orElse(new Secret(""))));
            return given;
        }
    }

    record NewDirectoryToken(Name name, @Field("at most 366 days from now") Instant expiresAt) {}

    /** A token, and the secret that is shown this once. */
    record DirectoryTokenWithSecret(@Flat DirectoryTokenView token, Optional<String> secret) {
        static DirectoryTokenWithSecret of(DirectoryTokenCreated made, boolean secrets) {
            return new DirectoryTokenWithSecret(
                    made.token(),
                    Optional.of(made.secret()).filter(any -> secrets).map(Secret::reveal));
        }
    }

    record NewGroup(
            @Field(value = "one of a kind in the organization", most = Groups.MOST_NAME, example = "\"Cloud Team\"")
                    String name,
            @Field("the directory that says who is in it") Ref directory,
            @Field(
                            value = "what the directory calls it; its name unless said otherwise",
                            most = Groups.MOST_EXTERNAL_ID,
                            example = "\"cn=cloud,ou=groups,dc=example,dc=org\"")
                    Optional<String> externalId) {}

    record GroupChange(
            @Field(value = "its new name", most = Groups.MOST_NAME, example = "\"Cloud Team\"") Optional<String> name,
            @Field(
                            value = "what the directory calls it; null: its name",
                            most = Groups.MOST_EXTERNAL_ID,
                            example = "\"cloud\"")
                    Optional<Optional<String>> externalId) {}

    /** A group; servers have groups of another kind. */
    record DirectoryGroup(@Flat GroupView group) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        directories(table.group("Directories"), services);
        tokens(table.group("Directories"), services);
        groups(table.group("Groups"), services);
    }

    private static void directories(Table.Group on, Services services) {
        Guard read = Guard.may(Action.DIRECTORY_READ);
        on.list(
                DIRECTORIES,
                "listDirectories",
                read,
                "The directories that know the organization's people.",
                DirectoryView.class,
                Filters.by().text("name").of("kind", Directories.Kind.class).only(),
                call -> services.call(
                        Directories.class, all -> all.list(call.caller(), call.organization(), call.query())));
        on.change(
                        Verb.POST,
                        DIRECTORIES,
                        "createDirectory",
                        Action.DIRECTORY_MANAGE,
                        "Links a directory; only for who holds what an organization-admin holds.")
                .body(NewDirectory.class)
                .command(
                        CreateDirectory.class,
                        (call, body) -> new CreateDirectory(
                                call.organization(),
                                body.name(),
                                body.kind(),
                                body.enabled().orElse(true),
                                body.settings().orElse(Map.of()),
                                body.secrets().orElse(Map.of())))
                .created(DirectoryView.class);
        on.get(
                DIRECTORY,
                "getDirectory",
                read,
                "A directory, without its secrets.",
                DirectoryView.class,
                List.of(),
                call -> services.call(
                        Directories.class, all -> all.get(call.caller(), call.organization(), call.ref("directory"))));
        on.change(
                        Verb.PATCH,
                        DIRECTORY,
                        "changeDirectory",
                        Action.DIRECTORY_MANAGE,
                        "Changes its name and those settings and secrets that are given; enables or disables it.")
                .body(DirectoryChange.class)
                .command(
                        ChangeDirectory.class,
                        (call, body) -> new ChangeDirectory(
                                call.organization(),
                                call.ref("directory"),
                                call.version(),
                                body.name(),
                                body.enabled(),
                                body.settings().isEmpty()
                                        ? Optional.empty()
                                        : body.settings(services.call(Directories.class, all -> all.get(
                                                        call.caller(), call.organization(), call.ref("directory"))
                                                .settings())),
                                body.secretsGiven()))
                .shown(DirectoryView.class);
        on.change(
                        Verb.DELETE,
                        DIRECTORY,
                        "deleteDirectory",
                        Action.DIRECTORY_MANAGE,
                        "Unlinks a directory: its groups go with what was granted to them, its people stay, kept here and"
                                + " without a password.")
                .command(DeleteDirectory.class, call -> new DeleteDirectory(call.organization(), call.ref("directory")))
                .gone();
    }

    private static void tokens(Table.Group on, Services services) {
        on.list(
                TOKENS,
                "listDirectoryTokens",
                Guard.may(Action.DIRECTORY_READ),
                "The tokens with which a directory tells who is there.",
                DirectoryTokenView.class,
                Filters.by().only(),
                call -> services.call(
                        Directories.class,
                        all -> all.tokens(call.caller(), call.organization(), call.ref("directory"), call.query())));
        on.change(
                        Verb.POST,
                        TOKENS,
                        "createDirectoryToken",
                        Action.DIRECTORY_MANAGE,
                        "Makes such a token (SCIM); its secret is shown this once.")
                .body(NewDirectoryToken.class)
                .command(
                        CreateDirectoryToken.class,
                        (call, body) -> new CreateDirectoryToken(
                                call.organization(), call.ref("directory"), body.name(), body.expiresAt()))
                .created(DirectoryTokenWithSecret.class, DirectoryTokenWithSecret::of);
        on.change(
                        Verb.DELETE,
                        TOKENS + "/{directoryToken}",
                        "deleteDirectoryToken",
                        Action.DIRECTORY_MANAGE,
                        "Revokes such a token.")
                .command(
                        DeleteDirectoryToken.class,
                        call -> new DeleteDirectoryToken(
                                call.organization(), call.ref("directory"), call.ref("directoryToken")))
                .gone();
    }

    private static void groups(Table.Group on, Services services) {
        Guard read = Guard.may(Action.DIRECTORY_READ);
        on.list(
                GROUPS,
                "listGroups",
                read,
                "The groups of directories that roles can be granted to.",
                DirectoryGroup.class,
                Filters.by().text("name").ref("directory").text("externalId").only(),
                call -> services.call(Groups.class, all -> all.list(call.caller(), call.organization(), call.query()))
                        .map(DirectoryGroup::new));
        on.change(
                        Verb.POST,
                        GROUPS,
                        "createGroup",
                        Action.DIRECTORY_MANAGE,
                        "Declares a group of a directory, whose members are followed from then on.")
                .body(NewGroup.class)
                .command(
                        CreateGroup.class,
                        (call, body) ->
                                new CreateGroup(call.organization(), body.name(), body.directory(), body.externalId()))
                .created(DirectoryGroup.class, (group, secrets) -> new DirectoryGroup(group));
        on.get(
                GROUP,
                "getGroup",
                read,
                "A group.",
                DirectoryGroup.class,
                List.of(),
                call -> new DirectoryGroup(services.call(
                        Groups.class, all -> all.get(call.caller(), call.organization(), call.ref("group")))));
        on.change(Verb.PATCH, GROUP, "changeGroup", Action.DIRECTORY_MANAGE, "Renames a group that was declared here.")
                .body(GroupChange.class)
                .command(
                        ChangeGroup.class,
                        (call, body) -> new ChangeGroup(
                                call.organization(), call.ref("group"), call.version(), body.name(), body.externalId()))
                .shown(DirectoryGroup.class, (group, secrets) -> new DirectoryGroup(group));
        on.change(
                        Verb.DELETE,
                        GROUP,
                        "deleteGroup",
                        Action.DIRECTORY_MANAGE,
                        "Deletes a group that was declared here and to which nothing is granted.")
                .command(DeleteGroup.class, call -> new DeleteGroup(call.organization(), call.ref("group")))
                .gone();
        on.list(
                GROUP + "/members",
                "listMembers",
                read,
                "Who is in a group, as its directory says.",
                UserView.class,
                Filters.by().only(),
                call -> services.call(
                        Groups.class,
                        all -> all.members(call.caller(), call.organization(), call.ref("group"), call.query())));
    }
}
