// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
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
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.Groups.ChangeGroup;
import org.isthmus.api.identity.Groups.CreateGroup;
import org.isthmus.api.identity.Groups.DeleteGroup;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.model.Name;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** The directories that know an organization's people, and their groups. */
public final class DirectoryCommands {
    private DirectoryCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "directory-list",
            description = "Lists the directories that know an organization's people")
    public static final class ListDirectories extends OrganizationList.Of<DirectoryView> {
        public ListDirectories() {
            super(Directories.class, "name kind enabled settings id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "directory-create", description = "Links a directory: OIDC, LDAP or SCIM")
    public static final class NewDirectory extends OrganizationSubmit<CreateDirectory, DirectoryView> {
        @Argument(index = 0, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Argument(index = 1, name = "kind", required = true, description = "OIDC, LDAP or SCIM")
        @Completion(Anything.class)
        private String kind;

        @Argument(index = 2, name = "settings", multiValued = true, description = "name=value …, as its kind has them")
        @Completion(Anything.class)
        private List<String> settings = List.of();

        @Option(name = "--secret", multiValued = true, description = "Ask for this secret")
        private List<String> secrets = List.of();

        @Option(
                name = "--secret-file",
                multiValued = true,
                description = "name=path: read this secret from a file of the controller's machine")
        private List<String> secretFiles = List.of();

        @Option(name = "--disabled", description = "Not to be used yet")
        private boolean disabled;

        @Override
        protected CreateDirectory command() throws IOException {
            return new CreateDirectory(
                    organization(),
                    new Name(name),
                    Words.constant(Kind.class, kind),
                    !disabled,
                    Words.pairs("A setting", settings),
                    SecretWords.read(session(), secrets, secretFiles));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "directory-change",
            description = "Changes what is said of a directory's settings and secrets; an empty value removes one")
    public static final class ChangeADirectory extends OrganizationSubmit<ChangeDirectory, DirectoryView> {
        @Argument(index = 0, name = "directory", required = true, description = "Its id or name")
        @Completion(Names.Directories.class)
        private String which;

        @Argument(index = 1, name = "settings", multiValued = true, description = "name=value …, as its kind has them")
        @Completion(Anything.class)
        private List<String> settings;

        @Option(name = "--name", description = "Its new name")
        private String name;

        @Option(name = "--secret", multiValued = true, description = "Ask for this secret")
        private List<String> secrets = List.of();

        @Option(
                name = "--secret-file",
                multiValued = true,
                description = "name=path: read this secret from a file of the controller's machine")
        private List<String> secretFiles = List.of();

        @Option(name = "--enable", description = "Its people log in, what it tells is taken")
        private boolean enable;

        @Option(name = "--disable", description = "Not any more; ends the sessions of its people")
        private boolean disable;

        @Override
        protected ChangeDirectory command() throws IOException {
            if (enable && disable) {
                throw new IllegalArgumentException("Say --enable or --disable.");
            }
            Ref in = organization();
            DirectoryView present = with(Directories.class, (all, caller) -> all.get(caller, in, new Ref(which)));
            return new ChangeDirectory(
                    in,
                    new Ref(which),
                    present.version(),
                    Optional.ofNullable(name).map(Name::new),
                    enable || disable ? Optional.of(enable) : Optional.empty(),
                    Optional.ofNullable(settings).map(typed -> merged(present.settings(), typed)),
                    SecretWords.read(session(), secrets, secretFiles));
        }

        private static Map<String, String> merged(Map<String, String> present, List<String> typed) {
            Map<String, String> all = new HashMap<>(present);
            all.putAll(Words.pairs("A setting", typed));
            all.values().removeIf(String::isEmpty);
            return all;
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "directory-delete",
            description = "Unlinks a directory: its groups go, its people stay, kept here and without a password")
    public static final class RemoveDirectory extends OrganizationSubmit<DeleteDirectory, DirectoryView> {
        @Argument(index = 0, name = "directory", required = true, description = "Its id or name")
        @Completion(Names.Directories.class)
        private String which;

        @Override
        protected DeleteDirectory command() {
            return new DeleteDirectory(organization(), new Ref(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "directory-token-list", description = "Lists a directory's own tokens (SCIM)")
    public static final class ListTokens extends OrganizationCommand {
        @Argument(index = 0, name = "directory", required = true, description = "Its id or name")
        @Completion(Names.Directories.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            print(
                    "name expiresAt createdBy createdAt id",
                    with(
                                    Directories.class,
                                    (all, caller) ->
                                            all.tokens(caller, in, new Ref(which), org.isthmus.api.Query.all()))
                            .items(),
                    Optional.empty());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "directory-token-create",
            description = "Makes a token with which a directory tells who is there (SCIM); shows its secret this once")
    public static final class NewToken extends OrganizationSubmit<CreateDirectoryToken, DirectoryTokenCreated> {
        @Argument(index = 0, name = "directory", required = true, description = "Its id or name")
        @Completion(Names.Directories.class)
        private String which;

        @Argument(index = 1, name = "name", required = true, description = "The token's name")
        @Completion(Anything.class)
        private String name;

        @Argument(
                index = 2,
                name = "expires-at",
                required = true,
                description = "When it ends, at most a year from now, as 2027-01-31T00:00:00Z")
        @Completion(Anything.class)
        private String expiresAt;

        @Override
        protected CreateDirectoryToken command() {
            return new CreateDirectoryToken(organization(), new Ref(which), new Name(name), Instant.parse(expiresAt));
        }

        @Override
        protected Object shown(DirectoryTokenCreated created) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("token", created.token());
            all.put("secret", created.secret().reveal());
            return all;
        }
    }

    @Service
    @Command(scope = "isthmus", name = "directory-token-delete", description = "Ends a directory's token at once")
    public static final class RemoveToken extends OrganizationSubmit<DeleteDirectoryToken, DirectoryTokenView> {
        @Argument(index = 0, name = "directory", required = true, description = "Its id or name")
        @Completion(Names.Directories.class)
        private String which;

        @Argument(index = 1, name = "token", required = true, description = "Its id or name")
        @Completion(Anything.class)
        private String token;

        @Override
        protected DeleteDirectoryToken command() {
            return new DeleteDirectoryToken(organization(), new Ref(which), new Ref(token));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "group-list",
            description = "Lists the groups of directories that roles can be granted to")
    public static final class ListGroups extends OrganizationList.Of<GroupView> {
        public ListGroups() {
            super(Groups.class, "name directory externalId id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "group-show", description = "Shows who is in a group, as its directory says")
    public static final class ShowGroup extends OrganizationCommand {
        @Argument(index = 0, name = "group", required = true, description = "Its id or name")
        @Completion(Names.Groups.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            print(
                    "username displayName email state id",
                    with(
                                    Groups.class,
                                    (all, caller) ->
                                            all.members(caller, in, new Ref(which), org.isthmus.api.Query.all()))
                            .items(),
                    Optional.empty());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "group-create",
            description = "Declares a group of a directory, whose members are followed from then on")
    public static final class NewGroup extends OrganizationSubmit<CreateGroup, GroupView> {
        @Argument(index = 0, name = "directory", required = true, description = "The directory that says who is in it")
        @Completion(Names.Directories.class)
        private String directory;

        @Argument(index = 1, name = "name", required = true, description = "Its name here")
        @Completion(Anything.class)
        private String name;

        @Option(name = "--external-id", description = "What its directory calls it; its name unless said")
        private String externalId;

        @Override
        protected CreateGroup command() {
            return new CreateGroup(organization(), name, new Ref(directory), Optional.ofNullable(externalId));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "group-change",
            description = "Renames a group that was declared here, or says what its directory calls it")
    public static final class ChangeAGroup extends OrganizationSubmit<ChangeGroup, GroupView> {
        @Argument(index = 0, name = "group", required = true, description = "Its id or name")
        @Completion(Names.Groups.class)
        private String which;

        @Option(name = "--name", description = "Its new name")
        private String name;

        @Option(name = "--external-id", description = "What its directory calls it; empty: its name")
        private String externalId;

        @Override
        protected ChangeGroup command() {
            Ref in = organization();
            long version = with(Groups.class, (all, caller) -> all.get(caller, in, new Ref(which)))
                    .version();
            return new ChangeGroup(
                    in, new Ref(which), version, Optional.ofNullable(name), Words.textOrNone(externalId));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "group-delete",
            description = "Deletes a group that was declared here and to which nothing is granted")
    public static final class RemoveGroup extends OrganizationSubmit<DeleteGroup, GroupView> {
        @Argument(index = 0, name = "group", required = true, description = "Its id or name")
        @Completion(Names.Groups.class)
        private String which;

        @Override
        protected DeleteGroup command() {
            return new DeleteGroup(organization(), new Ref(which));
        }
    }
}
