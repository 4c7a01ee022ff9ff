// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.organization.Owners;
import org.isthmus.identity.right.Held;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Grants} for those who may read grants. */
@Component(service = Grants.class)
public final class IdentityGrants implements Grants {
    private final IdentityAccess access;
    private final GrantStore store;
    private final UserStore users;
    private final RightsCache rights;
    private final DepartmentStore departments;
    private final Owners owners;
    private final Clock clock;

    @Activate
    public IdentityGrants(
            @Reference IdentityAccess access,
            @Reference GrantStore store,
            @Reference UserStore users,
            @Reference RightsCache rights,
            @Reference DepartmentStore departments,
            @Reference Owners owners,
            @Reference Clock clock) {
        this.access = access;
        this.store = store;
        this.users = users;
        this.rights = rights;
        this.departments = departments;
        this.owners = owners;
        this.clock = clock;
    }

    @Override
    public Page<GrantView> list(Caller caller, Ref organization, Query query) {
        Reach reach = access.reach(caller, Action.GRANT_READ, organization);
        Rights known = rights.current(reach.organization().id());
        Map<String, String> equal = new HashMap<>(query.equal());
        equal.computeIfPresent(
                "role", (field, named) -> known.role(named).map(Role::key).orElse(named));
        return store.list(reach, new Query(equal, query.tag(), query.page())).map(grant -> named(grant, known));
    }

    @Override
    public GrantView get(Caller caller, Ref organization, Ref grant) {
        Reach reach = access.reach(caller, Action.GRANT_READ, organization);
        OrganizationId in = reach.organization().id();
        return Optional.of(grant)
                .filter(ref -> ref.isId(GrantId.PREFIX))
                .flatMap(ref -> store.find(in, new GrantId(ref.text())))
                .filter(found -> reach.everything() || reach.covers(place(users, in, found.subject())))
                .map(found -> named(found, rights.current(in)))
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no grant %s in this organization.", grant));
    }

    /** A user, department or group a role is given to, as grants see them. */
    static Resource place(UserStore users, OrganizationId organization, Subject subject) {
        return switch (subject.kind()) {
            case "department" -> Places.of(new DepartmentId(subject.id()));
                // its people can be of any department
            case "group" -> Resource.WHOLE_ORGANIZATION;
            default -> users.resolve(organization, new Ref(subject.id()))
                    .map(user -> Places.of(user, subject.id()))
                    .orElse(Resource.WHOLE_ORGANIZATION);
        };
    }

    @Override
    public AccessView explain(Caller caller, Ref organization, Ref user, Action action, Optional<Subject> resource) {
        Reach reach = access.reach(caller, Action.GRANT_READ, organization);
        OrganizationView in = reach.organization();
        UserView who = users.resolve(in.id(), user)
                .filter(found -> reach.covers(Places.of(found, user.text())))
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no user %s in this organization.", user));
        Optional<Resource> thing = resource.map(named -> thing(caller, reach, named));
        Caller asking = as(who, in);
        Access.Decision decision = access.decide(asking, action, Ref.of(in.id()));
        List<Held> allowing =
                switch (decision.verdict()) {
                    case ALLOWED -> access.allowing(asking, action);
                    case FORBIDDEN -> thing.map(one -> access.allowing(asking, action, one))
                            .orElse(List.of());
                    case ABSENT, PASSWORD_CHANGE_NEEDED, SECOND_FACTOR_NEEDED, NOBODY_RESPONSIBLE -> List.of();
                };
        boolean allowed = decision.verdict() == Access.Verdict.ALLOWED || !allowing.isEmpty();
        List<Reason> because = new ArrayList<>();
        if (who.state() == UserView.State.DISABLED) {
            because.add(Reason.of("the user is disabled"));
        } else if (allowed) {
            allowing.forEach(held -> because.add(new Reason(
                    Optional.of(held.grant()),
                    Optional.of(held.role().name()),
                    Optional.of(held.subject()),
                    held.because())));
        }
        if (because.isEmpty()) {
            decision.because().forEach(text -> because.add(Reason.of(text)));
        }
        if (!allowed && decision.verdict() == Access.Verdict.FORBIDDEN) {
            because.add(Reason.of("roles that have it: " + rolesWith(action, in.id())));
            access.parts(asking, action).stream()
                    .filter(held -> who.state() == UserView.State.ACTIVE)
                    .map(held -> Reason.of("only in part of the organization: " + held.because()))
                    .forEach(because::add);
        }
        return new AccessView(allowed, because);
    }

    private Resource thing(Caller caller, Reach reach, Subject named) {
        OrganizationId in = reach.organization().id();
        Optional<Resource> found =
                switch (named.kind()) {
                    case "organization" -> Optional.of(Resource.WHOLE_ORGANIZATION);
                    case "user" -> users.resolve(in, new Ref(named.id())).map(user -> Places.of(user, named.id()));
                    case "department" -> departments
                            .resolve(in, new Ref(named.id()))
                            .map(department -> Places.of(department.id()));
                    default -> owners.find(in, named);
                };
        return found.filter(there -> reach.covers(there) || seen(caller, in, there))
                .orElseThrow(() ->
                        Problem.NOT_FOUND.because("There is no %s %s in this organization.", named.kind(), named.id()));
    }

    /** Whether they see it anyway; what they do not see is not there for them. */
    private boolean seen(Caller caller, OrganizationId in, Resource thing) {
        try {
            // who sees any part of an organization sees how it is divided
            return thing.seenWith().isEmpty()
                    || access.reach(caller, thing.seenWith().get(), Ref.of(in)).covers(thing)
                    || thing.thing().kind().equals("department");
        } catch (ProblemException e) {
            if (e.type() == Problem.FORBIDDEN) {
                return false;
            }
            throw e;
        }
    }

    private String rolesWith(Action action, OrganizationId in) {
        Stream<Role> shipped = Arrays.stream(ShippedRole.values())
                .filter(role -> !role.platformOnly() || in.equals(access.platform()))
                .map(ShippedRole::role);
        String names = Stream.concat(shipped, rights.current(in).ownRoles().stream())
                .filter(role -> role.actions().contains(action))
                .map(Role::name)
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "none" : names;
    }

    /** A grant as it is shown: its role by the name it has now. */
    static GrantView named(GrantView kept, Rights known) {
        return kept.withRole(known.roleName(kept.role()));
    }

    /** That user as if they asked now, in a session. */
    private Caller as(UserView who, OrganizationView in) {
        return new Caller(
                Caller.Kind.USER,
                Optional.of(who.id()),
                who.username() + "@" + in.name(),
                in.id(),
                Caller.Door.SYSTEM,
                "local",
                "explain-" + clock.millis(),
                Optional.empty(),
                who.mustChangePassword());
    }
}
