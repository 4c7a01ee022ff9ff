// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.Held;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.right.Segregation;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Gives a role to a user or a department, for good or for a time; never more than the caller holds. */
@Component(service = CommandHandler.class)
public final class CreateGrantHandler implements CommandHandler<CreateGrant, GrantView> {
    private static final int MOST_OF_ONE_SUBJECT = 500;

    private final GrantStore grants;
    private final UserStore users;
    private final DepartmentStore departments;
    private final RightsCache rights;
    private final OrganizationId platform;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public CreateGrantHandler(
            @Reference GrantStore grants,
            @Reference UserStore users,
            @Reference DepartmentStore departments,
            @Reference RightsCache rights,
            @Reference IdentityAccess access,
            @Reference Clock clock,
            @Reference Ids ids) {
        this.grants = grants;
        this.users = users;
        this.departments = departments;
        this.rights = rights;
        this.platform = access.platform();
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public Class<CreateGrant> handles() {
        return CreateGrant.class;
    }

    @Override
    public Plan<GrantView> plan(Caller caller, OrganizationView organization, CreateGrant command) {
        requireOrganization(organization, command.scope());
        GrantId id = ids.grant();
        check(caller, organization, command, id, rights.current(organization.id()), clock.instant());
        return Plan.of(Subject.of("grant", id), change -> {
            Rights before = rights.change(organization.id());
            Held wish = check(caller, organization, command, id, before, change.now());
            Subject subject = wish.subject();
            Role role = wish.role();
            GrantView made = grants.insert(new GrantView(
                    id,
                    organization.id(),
                    subject,
                    role.key(),
                    Subject.of("organization", organization.id()),
                    command.from(),
                    command.until(),
                    change.now(),
                    change.caller().username(),
                    0));
            change.event(
                    "grant.created",
                    Subject.of("grant", id),
                    Map.of("role", role.name(), "subject", subject.kind() + " " + subject.id()));
            return IdentityGrants.named(made, before);
        });
    }

    /** The grant, when nothing speaks against it. */
    private Held check(
            Caller caller, OrganizationView organization, CreateGrant command, GrantId id, Rights before, Instant now) {
        Role role = role(organization, command, before);
        Subject subject = subject(organization, command.subject());
        if (command.until().filter(until -> !until.isAfter(now)).isPresent()) {
            throw Problem.MALFORMED.at("/until", "until is in the past.");
        }
        Held wish = Held.wished(id, subject, role, command.from(), command.until());
        Holdings.require(caller, before, List.of(wish), now);
        Segregation.requireApart(before, wish, now);
        if (before.has(wish)) {
            throw Problem.CONFLICT.because("This %s holds %s for that time already.", subject.kind(), role.name());
        }
        if (before.givenTo(subject.id()).size() >= MOST_OF_ONE_SUBJECT) {
            throw Problem.CONFLICT.because(
                    "This %s has %d grants; delete those that are over.", subject.kind(), MOST_OF_ONE_SUBJECT);
        }
        return wish;
    }

    private Role role(OrganizationView organization, CreateGrant command, Rights before) {
        return before.role(command.role())
                .filter(role ->
                        !role.is(ShippedRole.OPERATOR) || organization.id().equals(platform))
                .orElseThrow(() -> IdentityProblem.ROLE_UNKNOWN.at(
                        "/role", "There is no such role in this organization; see GET …/roles."));
    }

    private Subject subject(OrganizationView organization, Subject named) {
        Optional<Subject> found =
                switch (named.kind()) {
                    case "user" -> users.resolve(organization.id(), ref(named))
                            .map(UserView::id)
                            .map(id -> Subject.of("user", id));
                    case "department" -> departments
                            .resolve(organization.id(), ref(named))
                            .map(DepartmentView::id)
                            .map(id -> Subject.of("department", id));
                    default -> throw Problem.MALFORMED.at(
                            "/subject/kind", "A role is given to a user or a department.");
                };
        return found.orElseThrow(() -> Problem.MALFORMED.at(
                "/subject/id", "There is no " + named.kind() + " " + named.id() + " in this organization."));
    }

    private static void requireOrganization(OrganizationView organization, Subject scope) {
        if (!scope.kind().equals("organization")) {
            throw Problem.MALFORMED.at(
                    "/scope/kind",
                    "In this version a grant holds in its whole organization: the kind is \"organization\".");
        }
        if (!scope.id().equals(organization.id().value())
                && !scope.id().equals(organization.name().value())) {
            throw Problem.MALFORMED.at("/scope/id", "A grant holds in the organization it is made in.");
        }
    }

    private static Ref ref(Subject named) {
        try {
            return new Ref(named.id());
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("/subject/id", e.getMessage());
        }
    }
}
