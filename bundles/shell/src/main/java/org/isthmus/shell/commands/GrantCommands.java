// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Action;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Grants.HolderView;
import org.isthmus.api.identity.Grants.PeriodView;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.Roles;
import org.isthmus.api.identity.Roles.ChangeRole;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.Roles.DeleteRole;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.organization.Organizations;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Roles, and who has them. */
public final class GrantCommands {
    private GrantCommands() {}

    @Service
    @Command(scope = "isthmus", name = "role-list", description = "Lists the roles there are")
    public static final class ListRoles extends OrganizationCommand {
        @Override
        protected void run() {
            Ref in = organization();
            List<RoleView> roles = with(Roles.class, (all, caller) -> all.all(caller, in));
            print("name shipped actions", roles, Optional.empty());
        }
    }

    @Service
    @Command(scope = "isthmus", name = "role-show", description = "Shows a role")
    public static final class ShowRole extends OrganizationCommand {
        @Argument(index = 0, name = "role", required = true, description = "Its id or name")
        @Completion(Names.Roles.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            print(with(Roles.class, (all, caller) -> all.get(caller, in, new Ref(which))));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "role-create", description = "Makes a role of the organization's own")
    public static final class NewRole extends OrganizationSubmit<CreateRole, RoleView> {
        @Argument(index = 0, name = "name", required = true, description = "Its name")
        @Completion(Anything.class)
        private String name;

        @Option(name = "--actions", required = true, description = "All that it allows, with commas")
        @Completion(Names.Actions.class)
        private String actions;

        @Override
        protected CreateRole command() {
            return new CreateRole(organization(), new Name(name), Words.actions(actions));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "role-change", description = "Changes a role of the organization's own")
    public static final class ChangeARole extends OrganizationSubmit<ChangeRole, RoleView> {
        @Argument(index = 0, name = "role", required = true, description = "Its id or name")
        @Completion(Names.Roles.class)
        private String which;

        @Option(name = "--name", description = "Its new name")
        private String name;

        @Option(name = "--actions", description = "All that it allows from now on, with commas")
        @Completion(Names.Actions.class)
        private String actions;

        @Override
        protected ChangeRole command() {
            Ref in = organization();
            Ref ref = new Ref(which);
            long version =
                    with(Roles.class, (all, caller) -> all.get(caller, in, ref)).version();
            return new ChangeRole(
                    in,
                    ref,
                    version,
                    Optional.ofNullable(name).map(Name::new),
                    Optional.ofNullable(actions).map(Words::actions));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "role-delete", description = "Deletes a role that nobody holds")
    public static final class RemoveRole extends OrganizationSubmit<DeleteRole, RoleView> {
        @Argument(index = 0, name = "role", required = true, description = "Its id or name")
        @Completion(Names.Roles.class)
        private String which;

        @Override
        protected DeleteRole command() {
            return new DeleteRole(organization(), new Ref(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "grant-list", description = "Lists who has which role")
    public static final class ListGrants extends OrganizationList.Of<GrantView> {
        public ListGrants() {
            super(Grants.class, "subject role scope from until id");
        }
    }

    @Service
    @Command(scope = "isthmus", name = "grant-create", description = "Gives a role to a user, a department or a group")
    public static final class NewGrant extends OrganizationSubmit<CreateGrant, GrantView> {
        @Argument(index = 0, name = "role", required = true, description = "The role")
        @Completion(Names.Roles.class)
        private String role;

        @Option(name = "--user", description = "To this user")
        @Completion(Names.Users.class)
        private String user;

        @Option(name = "--department", description = "To everybody in this department")
        @Completion(Names.Departments.class)
        private String department;

        @Option(name = "--group", description = "To everybody in this group of a directory")
        @Completion(Names.Groups.class)
        private String group;

        @Option(
                name = "--on",
                description = "Only on this part of the organization: department:NAME, network:NAME, server:NAME,"
                        + " image:NAME or tag:KEY:VALUE")
        @Completion(Anything.class)
        private String on;

        @Option(name = "--from", description = "From this moment on, as 2026-12-24T08:00:00Z")
        private String from;

        @Option(name = "--until", description = "Up to this moment")
        private String until;

        @Override
        protected CreateGrant command() {
            Ref in = organization();
            Subject scope = on != null
                    ? Words.thing("--on", on)
                    : Subject.of(
                            "organization",
                            with(Organizations.class, (all, caller) -> all.get(caller, in))
                                    .id());
            return new CreateGrant(in, subject(in), role, scope, instant(from), instant(until));
        }

        private Subject subject(Ref in) {
            if (Stream.of(user, department, group).filter(Objects::nonNull).count() != 1) {
                throw new IllegalArgumentException("Say --user, --department or --group.");
            }
            if (user != null) {
                return Subject.of(
                        "user",
                        with(Users.class, (all, caller) -> all.get(caller, in, new Ref(user)))
                                .id());
            }
            return department != null
                    ? Subject.of(
                            "department",
                            with(Departments.class, (all, caller) -> all.get(caller, in, new Ref(department)))
                                    .id())
                    : Subject.of(
                            "group",
                            with(Groups.class, (all, caller) -> all.get(caller, in, new Ref(group)))
                                    .id());
        }

        private static Optional<Instant> instant(String text) {
            return Optional.ofNullable(text).map(Instant::parse);
        }
    }

    @Service
    @Command(scope = "isthmus", name = "grant-delete", description = "Takes a role away")
    public static final class RemoveGrant extends OrganizationSubmit<DeleteGrant, GrantView> {
        @Argument(index = 0, name = "grant", required = true, description = "Its id")
        @Completion(Names.Grants.class)
        private String which;

        @Override
        protected DeleteGrant command() {
            return new DeleteGrant(organization(), new GrantId(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "access-explain", description = "Says why a user may or may not do something")
    public static final class Explain extends OrganizationCommand {
        @Argument(index = 0, name = "user", required = true, description = "Its id or username")
        @Completion(Names.Users.class)
        private String user;

        @Argument(index = 1, name = "action", required = true, description = "Such as server.deploy")
        @Completion(Names.Actions.class)
        private String action;

        @Option(name = "--on", description = "With this thing: server:NAME, network:NAME, image:NAME")
        @Completion(Anything.class)
        private String on;

        @Override
        protected void run() {
            Ref in = organization();
            Optional<Subject> thing = Optional.ofNullable(on).map(text -> Words.thing("--on", text));
            Action asked = Words.action(action);
            print(with(Grants.class, (all, caller) -> all.explain(caller, in, new Ref(user), asked, thing)));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "access-holders",
            description = "Lists who may do something, now or at an earlier moment, and by which grants")
    public static final class Holders extends OrganizationList<HolderView> {
        @Argument(index = 0, name = "action", required = true, description = "Such as server.deploy")
        @Completion(Names.Actions.class)
        private String action;

        @Option(name = "--on", description = "With this thing too: server:NAME, network:NAME, department:NAME")
        @Completion(Anything.class)
        private String on;

        @Option(name = "--at", description = "At this moment, as 2026-12-24T08:00:00Z; now unless said")
        private String at;

        public Holders() {
            super("username kind department because user");
        }

        @Override
        protected Page<HolderView> page(Ref in, Query query) {
            Action asked = Words.action(action);
            Optional<Subject> thing = Optional.ofNullable(on).map(text -> Words.thing("--on", text));
            Optional<Instant> moment = Optional.ofNullable(at).map(Instant::parse);
            return with(Grants.class, (all, caller) -> all.holders(caller, in, asked, thing, moment, query.page()));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "access-history",
            description = "Lists what a user held and when, and who began and ended it")
    public static final class History extends OrganizationList<PeriodView> {
        @Argument(index = 0, name = "user", required = true, description = "Its id or username")
        @Completion(Names.Users.class)
        private String user;

        @Option(name = "--from", description = "What was so from this moment on, as 2026-12-24T08:00:00Z")
        private String from;

        @Option(name = "--to", description = "And before this one")
        private String to;

        public History() {
            super("from to role subject scope begunBy endedBy grant");
        }

        @Override
        protected Page<PeriodView> page(Ref in, Query query) {
            Optional<Instant> start = Optional.ofNullable(from).map(Instant::parse);
            Optional<Instant> end = Optional.ofNullable(to).map(Instant::parse);
            return with(
                    Grants.class, (all, caller) -> all.history(caller, in, new Ref(user), start, end, query.page()));
        }
    }
}
