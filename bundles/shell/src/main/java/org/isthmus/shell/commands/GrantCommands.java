// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Grants.RoleView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.organization.Organizations;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
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
            List<RoleView> roles = with(Grants.class, (all, caller) -> all.roles(caller, in));
            print("name shipped actions", roles, Optional.empty());
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
    @Command(scope = "isthmus", name = "grant-create", description = "Gives a role to a user or a department")
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

        @Option(name = "--from", description = "From this moment on, as 2026-12-24T08:00:00Z")
        private String from;

        @Option(name = "--until", description = "Up to this moment")
        private String until;

        @Override
        protected CreateGrant command() {
            Ref in = organization();
            Subject scope = Subject.of(
                    "organization",
                    with(Organizations.class, (all, caller) -> all.get(caller, in))
                            .id());
            return new CreateGrant(in, subject(in), role, scope, instant(from), instant(until));
        }

        private Subject subject(Ref in) {
            if ((user == null) == (department == null)) {
                throw new IllegalArgumentException("Say --user or --department.");
            }
            return user != null
                    ? Subject.of(
                            "user",
                            with(Users.class, (all, caller) -> all.get(caller, in, new Ref(user)))
                                    .id())
                    : Subject.of(
                            "department",
                            with(Departments.class, (all, caller) -> all.get(caller, in, new Ref(department)))
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

        @Override
        protected void run() {
            Ref in = organization();
            Action asked = Action.byKey(action)
                    .orElseThrow(() -> new IllegalArgumentException("There is no action " + action + "."));
            print(with(Grants.class, (all, caller) -> all.explain(caller, in, new Ref(user), asked, Optional.empty())));
        }
    }
}
