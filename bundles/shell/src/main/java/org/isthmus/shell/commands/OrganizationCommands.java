// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Users.FirstAdministrator;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.organization.Organizations.ChangeOrganization;
import org.isthmus.api.organization.Organizations.CreateOrganization;
import org.isthmus.api.organization.Organizations.DeleteOrganization;
import org.isthmus.api.organization.Organizations.OrganizationCreated;
import org.isthmus.api.organization.Organizations.SetPolicy;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.shell.command.ListCommand;
import org.isthmus.shell.command.ShellCommand;
import org.isthmus.shell.command.SubmitCommand;
import org.isthmus.shell.command.Words;
import org.isthmus.shell.complete.Anything;
import org.isthmus.shell.complete.Names;

/** Organizations and their policies. */
public final class OrganizationCommands {
    private OrganizationCommands() {}

    @Service
    @Command(scope = "isthmus", name = "organization-list", description = "Lists the organizations")
    public static final class ListOrganizations extends ListCommand<OrganizationView> {
        public ListOrganizations() {
            super("name displayName id createdAt");
        }

        @Override
        protected Page<OrganizationView> page(Query query) {
            return with(Organizations.class, (all, caller) -> all.list(caller, query));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "organization-show", description = "Shows an organization")
    public static final class ShowOrganization extends ShellCommand {
        @Argument(index = 0, name = "organization", required = true, description = "Its id or name")
        @Completion(Names.Organizations.class)
        private String which;

        @Override
        protected void run() {
            print(with(Organizations.class, (all, caller) -> all.get(caller, new Ref(which))));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "organization-create",
            description = "Makes an organization, and its first administrator with a password shown this once")
    public static final class NewOrganization extends SubmitCommand<CreateOrganization, OrganizationCreated> {
        @Argument(
                index = 0,
                name = "name",
                required = true,
                description = "Its name: lower-case letters, digits and hyphens")
        @Completion(Anything.class)
        private String name;

        @Option(name = "--display-name", description = "What people call it")
        private String displayName;

        @Option(name = "--parent", description = "The reseller's organization")
        @Completion(Names.Organizations.class)
        private String parent;

        @Option(name = "--administrator", description = "Username of its first administrator; needs --email")
        private String administrator;

        @Option(name = "--email", description = "The administrator's e-mail address")
        private String email;

        @Override
        protected CreateOrganization command() {
            if ((administrator == null) != (email == null)) {
                throw new IllegalArgumentException("--administrator and --email belong together.");
            }
            return new CreateOrganization(
                    new Name(name),
                    Optional.ofNullable(displayName),
                    Words.ref(parent),
                    Optional.empty(),
                    Optional.ofNullable(administrator).map(username -> new FirstAdministrator(username, email)));
        }

        @Override
        protected Object shown(OrganizationCreated created) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("organization", created.organization());
            created.administrator().ifPresent(user -> all.put("administrator", UserCommands.withPassword(user)));
            return all;
        }
    }

    @Service
    @Command(scope = "isthmus", name = "organization-change", description = "Changes an organization's display name")
    public static final class ChangeAnOrganization extends SubmitCommand<ChangeOrganization, OrganizationView> {
        @Argument(index = 0, name = "organization", required = true, description = "Its id or name")
        @Completion(Names.Organizations.class)
        private String which;

        @Option(name = "--display-name", required = true, description = "What people call it")
        private String displayName;

        @Override
        protected ChangeOrganization command() {
            Ref ref = new Ref(which);
            long version = with(Organizations.class, (all, caller) -> all.get(caller, ref))
                    .version();
            return new ChangeOrganization(ref, version, Optional.of(displayName));
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "organization-delete",
            description = "Deletes an organization that owns nothing any more, with its users")
    public static final class RemoveOrganization extends SubmitCommand<DeleteOrganization, OrganizationView> {
        @Argument(index = 0, name = "organization", required = true, description = "Its id or name")
        @Completion(Names.Organizations.class)
        private String which;

        @Override
        protected DeleteOrganization command() {
            return new DeleteOrganization(new Ref(which));
        }
    }

    @Service
    @Command(scope = "isthmus", name = "organization-policy", description = "Shows an organization's policy")
    public static final class ShowPolicy extends ShellCommand {
        @Argument(index = 0, name = "organization", required = true, description = "Its id or name")
        @Completion(Names.Organizations.class)
        private String which;

        @Override
        protected void run() {
            print(with(Organizations.class, (all, caller) -> all.get(caller, new Ref(which)))
                    .policy());
        }
    }

    @Service
    @Command(
            scope = "isthmus",
            name = "organization-policy-set",
            description = "Changes what is said of an organization's policy, and leaves the rest")
    public static final class ChangePolicy extends SubmitCommand<SetPolicy, OrganizationView> {
        @Argument(index = 0, name = "organization", required = true, description = "Its id or name")
        @Completion(Names.Organizations.class)
        private String which;

        @Option(name = "--deployments-per-day", description = "How often each user may deploy in a UTC day")
        private Integer deploymentsPerDay;

        @Option(name = "--deletion-grace", description = "How long a deleted server can be recovered, as PT24H")
        private String deletionGrace;

        @Option(
                name = "--allowed-locations",
                description = "The only locations where anything may be made, with commas; any: all of them")
        private String allowedLocations;

        @Option(name = "--required-tags", description = "Keys every server must carry, with commas; none: no such keys")
        private String requiredTags;

        @Option(
                name = "--conflicting-roles",
                description =
                        "Roles that no person holds at the same time, as user-admin+auditor, with commas; none: no such roles")
        private String conflictingRoles;

        @Option(
                name = "--require-mfa",
                description =
                        "When a second factor is asked for. none: at the login of those who have one; step_up: besides"
                                + " before anything is destroyed; all: of everybody")
        private String requireMfa;

        @Option(
                name = "--approval-above",
                description =
                        "A second person approves what costs more in a month, in US dollars; none: no such amount")
        private String approvalAbove;

        @Option(
                name = "--bulk-delete-threshold",
                description = "A second person approves more deletions by one person in ten minutes; 0: none")
        private Integer bulkDeleteThreshold;

        @Option(
                name = "--approve-raised-limits",
                description = "A second person approves raising a limit: true or false")
        @Completion(
                value = StringsCompleter.class,
                values = {"true", "false"})
        private String approveRaisedLimits;

        @Option(
                name = "--exposure-allowed",
                description = "Whether anything may be made reachable from outside: true or false")
        @Completion(
                value = StringsCompleter.class,
                values = {"true", "false"})
        private String exposureAllowed;

        @Option(
                name = "--require-vpn-for-api",
                description = "The API is used through the organization's VPN only: true or false")
        @Completion(
                value = StringsCompleter.class,
                values = {"true", "false"})
        private String requireVpnForApi;

        @Option(
                name = "--max-lease",
                description =
                        "Every server that is made has an end at most this far off, as P90D; none: none needs one")
        private String maxLease;

        @Override
        protected SetPolicy command() {
            Ref ref = new Ref(which);
            OrganizationView now = with(Organizations.class, (all, caller) -> all.get(caller, ref));
            return new SetPolicy(ref, now.version(), changed(now.policy()));
        }

        private Policy changed(Policy now) {
            return new Policy(
                    deploymentsPerDay == null ? now.deploymentsPerDay() : deploymentsPerDay,
                    deletionGrace == null ? now.deletionGrace() : Duration.parse(deletionGrace),
                    allowedLocations == null ? now.allowedLocations() : locations(allowedLocations),
                    requiredTags == null ? now.requiredTags() : Words.list(requiredTags),
                    conflictingRoles == null ? now.conflictingRoles() : conflicts(conflictingRoles),
                    requireMfa == null ? now.requireMfa() : Words.constant(Policy.Mfa.class, requireMfa),
                    approvalAbove == null ? now.approvalAbove() : amount(approvalAbove),
                    bulkDeleteThreshold == null ? now.bulkDeleteThreshold() : bulkDeleteThreshold,
                    approveRaisedLimits == null ? now.approveRaisedLimits() : Boolean.parseBoolean(approveRaisedLimits),
                    exposureAllowed == null ? now.exposureAllowed() : Boolean.parseBoolean(exposureAllowed),
                    requireVpnForApi == null ? now.requireVpnForApi() : Boolean.parseBoolean(requireVpnForApi),
                    maxLease == null ? now.maxLease() : lease(maxLease));
        }

        private static Optional<Duration> lease(String text) {
            return text.equals("none") ? Optional.empty() : Optional.of(Duration.parse(text));
        }

        private static Optional<Money> amount(String text) {
            return text.equals("none") ? Optional.empty() : Optional.of(Money.usd(text));
        }

        private static List<Policy.Conflict> conflicts(String text) {
            return Words.list(text).stream()
                    .map(pair -> pair.split("\\+", -1))
                    .map(pair -> {
                        if (pair.length != 2) {
                            throw new IllegalArgumentException("Two roles are written as user-admin+auditor.");
                        }
                        return new Policy.Conflict(pair[0], pair[1]);
                    })
                    .toList();
        }

        private static Optional<List<String>> locations(String text) {
            return text.equals("any") ? Optional.empty() : Optional.of(Words.list(text));
        }

        @Override
        protected Object shown(OrganizationView organization) {
            return organization.policy();
        }
    }
}
