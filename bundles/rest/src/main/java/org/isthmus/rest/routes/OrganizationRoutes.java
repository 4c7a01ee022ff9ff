// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.http.Table.BASE;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Users.FirstAdministrator;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.organization.Organizations.ChangeOrganization;
import org.isthmus.api.organization.Organizations.CreateOrganization;
import org.isthmus.api.organization.Organizations.DeleteOrganization;
import org.isthmus.api.organization.Organizations.OrganizationCreated;
import org.isthmus.api.organization.Organizations.SetPolicy;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;
import org.isthmus.rest.json.Flat;
import org.isthmus.rest.routes.UserRoutes.UserWithPassword;

/** Organizations and their policies. */
public final class OrganizationRoutes {
    static final String ALL = BASE + "/organizations";
    static final String ONE = ALL + "/{organization}";

    private OrganizationRoutes() {}

    record NewOrganization(
            @Field("unique, also a DNS label") Name name,
            @Field(value = "for people", most = 200) Optional<String> displayName,
            @Field("the reseller it belongs to") Optional<Ref> parent,
            Optional<PolicyWish> policy,
            @Field("who administers it; gets a one-time password") Optional<Administrator> administrator) {
        CreateOrganization command() {
            return new CreateOrganization(
                    name,
                    displayName,
                    parent,
                    policy.map(PolicyWish::policy),
                    administrator.map(wish -> new FirstAdministrator(wish.username(), wish.email())));
        }
    }

    record Administrator(
            @Field(value = "without the organization", most = 64, example = "\"ada\"") String username,
            @Field(value = "e-mail address", most = 254, example = "\"ada@example.org\"") String email) {
        Administrator {
            new FirstAdministrator(username, email);
        }
    }

    record OrganizationChange(@Field(value = "for people", most = 200) Optional<String> displayName) {}

    record Pair(
            @Field(value = "a role's id or name", most = 100, example = "\"user-admin\"") String one,
            @Field(value = "another's", most = 100, example = "\"auditor\"") String other) {}

    record PolicyWish(
            @Field(value = "for each user and UTC day", min = 0, max = 100_000) Optional<Integer> deploymentsPerDay,
            @Field("how long a deleted server can be recovered, at most P30D") Optional<Duration> deletionGrace,
            @Field(value = "the only locations anything may be made at; absent: all", most = 1000)
                    Optional<List<Ref>> allowedLocations,
            @Field(value = "tag keys every server must carry", most = 20) Optional<List<String>> requiredTags,
            @Field(
                            value =
                                    "pairs of roles that no person holds at the same time; absent: as in a new organization",
                            most = 50)
                    Optional<List<Pair>> conflictingRoles,
            @Field("when a second factor is asked for: at the login of those who have one (NONE), besides before"
                            + " anything is destroyed (STEP_UP), of everybody (ALL); absent: NONE")
                    Optional<Policy.Mfa> requireMfa,
            @Field("what costs more than this in a month (730 hours) a second person must approve; absent: nothing")
                    Optional<Amount> approvalAbove,
            @Field(
                            value =
                                    "more than this many deletions by one person within ten minutes a second person must"
                                            + " approve; 0: none",
                            min = 0,
                            max = 1000)
                    Optional<Integer> bulkDeleteThreshold,
            @Field("whether a second person must approve the raising of a limit") Optional<Boolean> approveRaisedLimits,
            @Field("whether anything may be made reachable from outside; false: no public address ever; absent: true")
                    Optional<Boolean> exposureAllowed,
            @Field("whether the API is used through the organization's VPN only; true is refused where no VPN answers;"
                            + " absent: false")
                    Optional<Boolean> requireVpnForApi,
            @Field("every server that is made has an end at most this far off, PT1H to P3650D; absent: none needs one")
                    Optional<Duration> maxLease) {
        PolicyWish {
            deletionGrace.ifPresent(grace -> new Policy(0, grace, Optional.empty(), List.of()));
            Policy.DEFAULT.leasing(maxLease);
        }

        Policy policy() {
            return new Policy(
                    deploymentsPerDay.orElse(Policy.DEFAULT.deploymentsPerDay()),
                    deletionGrace.orElse(Policy.DEFAULT.deletionGrace()),
                    allowedLocations.map(all -> all.stream().map(Ref::text).toList()),
                    requiredTags.orElse(List.of()),
                    conflictingRoles
                            .map(all -> all.stream()
                                    .map(pair -> new Policy.Conflict(pair.one(), pair.other()))
                                    .toList())
                            .orElse(Policy.DEFAULT.conflictingRoles()),
                    requireMfa.orElse(Policy.DEFAULT.requireMfa()),
                    approvalAbove.map(Amount::money),
                    bulkDeleteThreshold.orElse(Policy.DEFAULT.bulkDeleteThreshold()),
                    approveRaisedLimits.orElse(Policy.DEFAULT.approveRaisedLimits()),
                    exposureAllowed.orElse(Policy.DEFAULT.exposureAllowed()),
                    requireVpnForApi.orElse(Policy.DEFAULT.requireVpnForApi()),
                    maxLease);
        }
    }

    /** An organization that was made, with its first administrator. */
    record OrganizationMade(@Flat OrganizationView organization, Optional<UserWithPassword> administrator) {
        static OrganizationMade of(OrganizationCreated made, boolean secrets) {
            return new OrganizationMade(
                    made.organization(), made.administrator().map(user -> UserWithPassword.of(user, secrets)));
        }
    }

    /**
     * An organization as its members see it.
     *
     * @param policy absent for who lacks policy.read there
     */
    record OrganizationSeen(
            OrganizationId id,
            Name name,
            String displayName,
            Optional<OrganizationId> parent,
            Optional<Policy> policy,
            Instant createdAt,
            String createdBy,
            long version) {
        static OrganizationSeen of(OrganizationView is, boolean withPolicy) {
            return new OrganizationSeen(
                    is.id(),
                    is.name(),
                    is.displayName(),
                    is.parent(),
                    Optional.of(is.policy()).filter(policy -> withPolicy),
                    is.createdAt(),
                    is.createdBy(),
                    is.version());
        }

        static OrganizationSeen by(Services services, Caller caller, OrganizationView is) {
            return of(
                    is,
                    services.call(Access.class, access -> access.decide(caller, Action.POLICY_READ, Ref.of(is.id())))
                                    .verdict()
                            == Access.Verdict.ALLOWED);
        }
    }

    /** The policy, with the version of its organization. */
    record OrganizationPolicy(@Flat Policy policy, long version) {
        static OrganizationPolicy of(OrganizationView organization) {
            return new OrganizationPolicy(organization.policy(), organization.version());
        }
    }

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Organizations");
        Guard read = Guard.may(Action.ORGANIZATION_READ);
        on.list(
                ALL,
                "listOrganizations",
                read,
                "The organizations the caller may see, with the policy of those where they have policy.read.",
                OrganizationSeen.class,
                Filters.by().text("name").ref("parent").only(),
                call -> services.call(Organizations.class, all -> all.list(call.caller(), call.query()))
                        .map(one -> OrganizationSeen.by(services, call.caller(), one)));
        on.change(Verb.POST, ALL, "createOrganization", Action.ORGANIZATION_CREATE, "Makes an organization.")
                .body(NewOrganization.class)
                .command(CreateOrganization.class, (call, body) -> body.command())
                .created(OrganizationMade.class, OrganizationMade::of);
        on.get(
                ONE,
                "getOrganization",
                read,
                "An organization, with its policy for who has policy.read.",
                OrganizationSeen.class,
                List.of(),
                call -> OrganizationSeen.by(
                        services,
                        call.caller(),
                        services.call(Organizations.class, all -> all.get(call.caller(), call.organization()))));
        on.change(
                        Verb.PATCH,
                        ONE,
                        "changeOrganization",
                        Action.ORGANIZATION_CHANGE,
                        "Changes its display name; the answer is without the policy.")
                .body(OrganizationChange.class)
                .command(
                        ChangeOrganization.class,
                        (call, body) -> new ChangeOrganization(call.organization(), call.version(), body.displayName()))
                .shown(OrganizationSeen.class, (changed, secrets) -> OrganizationSeen.of(changed, false));
        on.change(
                        Verb.DELETE,
                        ONE,
                        "deleteOrganization",
                        Action.ORGANIZATION_DELETE,
                        "Deletes an organization that owns nothing any more, with its users.")
                .command(DeleteOrganization.class, call -> new DeleteOrganization(call.organization()))
                .gone();
        on.get(
                ONE + "/policy",
                "getPolicy",
                Guard.may(Action.POLICY_READ),
                "What the organization has decided for itself.",
                OrganizationPolicy.class,
                List.of(),
                call -> {
                    // the organization itself is shown to every member, and to operators
                    services.call(
                            Access.class,
                            access -> access.require(call.caller(), Action.POLICY_READ, call.organization()));
                    return OrganizationPolicy.of(
                            services.call(Organizations.class, all -> all.get(call.caller(), call.organization())));
                });
        on.change(
                        Verb.PUT,
                        ONE + "/policy",
                        "setPolicy",
                        Action.POLICY_SET,
                        "Replaces the whole policy; what is absent has its default.")
                .versioned()
                .body(PolicyWish.class)
                .command(
                        SetPolicy.class,
                        (call, body) -> new SetPolicy(call.organization(), call.version(), body.policy()))
                .shown(OrganizationPolicy.class, (organization, secrets) -> OrganizationPolicy.of(organization));
    }
}
