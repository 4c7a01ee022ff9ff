// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Duration;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.identity.BreakGlass.AskBreakGlass;
import org.isthmus.api.identity.BreakGlass.BreakGlassView;
import org.isthmus.api.identity.BreakGlass.ConfirmBreakGlass;
import org.isthmus.api.identity.BreakGlass.EndBreakGlass;
import org.isthmus.api.identity.BreakGlass.Report;
import org.isthmus.api.organization.Organizations;
import org.isthmus.model.Ids.BreakGlassId;
import org.isthmus.shell.command.OrganizationCommand;
import org.isthmus.shell.command.OrganizationList;
import org.isthmus.shell.command.OrganizationSubmit;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Roles in an emergency. */
public final class BreakGlassCommands {
    private BreakGlassCommands() {}

    @Service
    @Command(
            scope = "isthmus",
            name = "break-glass-list",
            description = "Lists who had a role in an emergency, and who confirmed it")
    public static final class ListAll extends OrganizationList.Of<BreakGlassView> {
        public ListAll() {
            super(BreakGlass.class, "state role scope askedBy reason confirmedBy begunAt until endedAt endedBy id");
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "break-glass-ask",
            description = "Asks for a role for some hours in an emergency")
    public static final class Ask extends OrganizationSubmit<AskBreakGlass, BreakGlassView> {
        @Argument(index = 0, name = "role", required = true, description = "The role")
        @Completion(Names.Roles.class)
        private String role;

        @Argument(index = 1, name = "reason", required = true, description = "Why")
        @Completion(Anything.class)
        private String reason;

        @Option(name = "--for", description = "For how long, as PT1H; an hour unless said, four at most")
        private String lasts;

        @Option(name = "--on", description = "Only on this part of the organization, as in grant-create")
        @Completion(Anything.class)
        private String on;

        @Override
        protected AskBreakGlass command() {
            Ref in = organization();
            Subject scope = on != null
                    ? Words.thing("--on", on)
                    : Subject.of(
                            "organization",
                            with(Organizations.class, (all, caller) -> all.get(caller, in))
                                    .id());
            return new AskBreakGlass(
                    in, role, scope, reason, lasts == null ? Duration.ofHours(1) : Duration.parse(lasts));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "break-glass-confirm",
            description = "Lets somebody else hold a role for some hours, who asked for it")
    public static final class Confirm extends OrganizationSubmit<ConfirmBreakGlass, BreakGlassView> {
        @Argument(index = 0, name = "break-glass", required = true, description = "Its id")
        @Completion(Anything.class)
        private String which;

        @Override
        protected ConfirmBreakGlass command() {
            return new ConfirmBreakGlass(organization(), new BreakGlassId(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "break-glass-end", description = "Ends it at once, or takes the request back")
    public static final class End extends OrganizationSubmit<EndBreakGlass, BreakGlassView> {
        @Argument(index = 0, name = "break-glass", required = true, description = "Its id")
        @Completion(Anything.class)
        private String which;

        @Override
        protected EndBreakGlass command() {
            return new EndBreakGlass(organization(), new BreakGlassId(which));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "break-glass-report",
            description =
                    "Shows what somebody did while they held a role in an emergency, and what of it under that role")
    public static final class ShowReport extends OrganizationCommand {
        @Argument(index = 0, name = "break-glass", required = true, description = "Its id")
        @Completion(Anything.class)
        private String which;

        @Override
        protected void run() {
            Ref in = organization();
            BreakGlassView held = with(BreakGlass.class, (all, caller) -> all.get(caller, in, new Ref(which)));
            Report report =
                    Report.of(held, query -> with(AuditTrail.class, (log, caller) -> log.entries(caller, in, query)));
            if (json()) {
                print(report);
                return;
            }
            print(held);
            print(
                    "underIt entry.at entry.kind entry.action entry.subject.kind entry.subject.id entry.outcome entry.index",
                    report.done(),
                    Optional.empty());
            if (!report.complete()) {
                say("There is more than is shown: isthmus:audit-list.");
            }
        }
    }
}
