// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.organization.Owners;
import org.isthmus.identity.right.Held;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.right.Segregation;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Gives a role to a user, a department or a group, for good or for a time; never more than the caller holds. */
@Component(service = {CommandHandler.class, CreateGrantHandler.class})
public final class CreateGrantHandler implements CommandHandler<CreateGrant, GrantView> {
    private static final int MOST_OF_ONE_SUBJECT = 500;
    /** What the column has room for. */
    private static final int MOST_TAG = 200;

    private static final String ORGANIZATION = "organization";

    private final GrantStore grants;
    private final UserStore users;
    private final DepartmentStore departments;
    private final GroupStore groups;
    private final RightsCache rights;
    private final Owners owners;
    private final OrganizationId platform;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public CreateGrantHandler(
            @Reference GrantStore grants,
            @Reference UserStore users,
            @Reference DepartmentStore departments,
            @Reference GroupStore groups,
            @Reference RightsCache rights,
            @Reference IdentityAccess access,
            @Reference Owners owners,
            @Reference Clock clock,
            @Reference Ids ids) {
        this.grants = grants;
        this.users = users;
        this.departments = departments;
        this.groups = groups;
        this.rights = rights;
        this.owners = owners;
        this.platform = access.platform();
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public Class<CreateGrant> handles() {
        return CreateGrant.class;
    }

    @Override
    public List<Resource> touches(
            OrganizationView organization, CreateGrant command, Optional<DepartmentId> department) {
        Subject named = command.subject();
        // only asked for callers with a part of the organization: to them, who is elsewhere is nowhere
        Subject found = found(organization, named)
                .orElseThrow(() ->
                        Problem.NOT_FOUND.because("There is no %s %s in this organization.", named.kind(), named.id()));
        Resource place = IdentityGrants.place(users, organization.id(), found);
        return List.of(new Resource(named, place.within(), place.seenWith()));
    }

    @Override
    public Plan<GrantView> plan(Caller caller, OrganizationView organization, CreateGrant command) {
        GrantId id = ids.grant();
        check(caller, organization, command, id, rights.current(organization.id()), clock.instant());
        return Plan.of(Subject.of("grant", id), change -> {
            Rights before = rights.change(organization.id(), change);
            Held wish = check(caller, organization, command, id, before, change.now());
            Subject subject = wish.subject();
            Role role = wish.role();
            GrantView made = grants.insert(new GrantView(
                    id,
                    organization.id(),
                    subject,
                    role.key(),
                    wish.scope(),
                    command.from(),
                    command.until(),
                    change.now(),
                    change.caller().username(),
                    0));
            change.event(
                    "grant.created",
                    Subject.of("grant", id),
                    Map.of(
                            "role",
                            role.name(),
                            "subject",
                            subject.kind() + " " + subject.id(),
                            "scope",
                            wish.scope().kind() + " " + wish.scope().id()));
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
        Resource scope = scope(organization, command.scope());
        if (role.is(ShippedRole.OPERATOR) && !scope.thing().kind().equals(ORGANIZATION)) {
            throw Problem.MALFORMED.at("/scope/kind", "An operator is one of the whole platform.");
        }
        Held wish = Held.wished(id, subject, role, scope.thing(), scope.within(), command.from(), command.until());
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
        return found(organization, named)
                .orElseThrow(() -> Problem.MALFORMED.at(
                        "/subject/id", "There is no " + named.kind() + " " + named.id() + " in this organization."));
    }

    private Optional<Subject> found(OrganizationView organization, Subject named) {
        return switch (named.kind()) {
            case "user" -> users.resolve(organization.id(), ref(named, "/subject/id"))
                    .map(UserView::id)
                    .map(id -> Subject.of("user", id));
            case "department" -> departments
                    .resolve(organization.id(), ref(named, "/subject/id"))
                    .map(DepartmentView::id)
                    .map(id -> Subject.of("department", id));
            case "group" -> groups.resolve(organization.id(), ref(named, "/subject/id"))
                    .map(GroupView::id)
                    .map(id -> Subject.of("group", id));
            default -> throw Problem.MALFORMED.at(
                    "/subject/kind", "A role is given to a user, a department or a group.");
        };
    }

    /** Where a grant is to hold: the part by its id, and what that lies in. */
    public Resource scope(OrganizationView organization, Subject named) {
        return switch (named.kind()) {
            case ORGANIZATION -> whole(organization, named);
            case "department" -> departments
                    .resolve(organization.id(), ref(named, "/scope/id"))
                    .map(department -> Places.of(department.id()))
                    .orElseThrow(() -> absentScope(named));
            case "tag" -> tag(named);
            case "network", "server", "image" -> owners.find(organization.id(), checked(named))
                    .map(CreateGrantHandler::byId)
                    .orElseThrow(() -> absentScope(named));
            default -> throw Problem.MALFORMED.at(
                    "/scope/kind",
                    "A grant holds in the organization, or in a department, network, server, image or tag of it.");
        };
    }

    private static Resource whole(OrganizationView organization, Subject named) {
        if (!named.id().equals(organization.id().value())
                && !named.id().equals(organization.name().value())) {
            throw Problem.MALFORMED.at("/scope/id", "A grant holds in the organization it is made in.");
        }
        return new Resource(Subject.of(ORGANIZATION, organization.id()), Set.of(), Optional.empty());
    }

    private static Resource tag(Subject named) {
        int colon = named.id().indexOf(':');
        if (colon < 1 || colon == named.id().length() - 1 || named.id().length() > MOST_TAG) {
            throw Problem.MALFORMED.at("/scope/id", "A tag is written key:value.");
        }
        return new Resource(named, Set.of(named), Optional.empty());
    }

    private static Subject checked(Subject named) {
        return Subject.of(named.kind(), ref(named, "/scope/id"));
    }

    /** Called by its id, whatever it was named by. */
    private static Resource byId(Resource found) {
        Subject self = found.within().stream()
                .filter(part -> part.kind().equals(found.thing().kind()))
                .findFirst()
                .orElseThrow();
        return new Resource(self, found.within(), found.seenWith());
    }

    private static ProblemException absentScope(Subject named) {
        return Problem.MALFORMED.at(
                "/scope/id", "There is no " + named.kind() + " " + named.id() + " in this organization.");
    }

    private static Ref ref(Subject named, String pointer) {
        try {
            return new Ref(named.id());
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at(pointer, e.getMessage());
        }
    }
}
