// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.grant;

import java.time.Clock;
import java.time.Instant;
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
import org.isthmus.identity.right.Histories;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Member;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.Cursor;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.Micros;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
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
    private final Histories histories;
    private final Clock clock;

    @Activate
    public IdentityGrants(
            @Reference IdentityAccess access,
            @Reference GrantStore store,
            @Reference UserStore users,
            @Reference RightsCache rights,
            @Reference DepartmentStore departments,
            @Reference Owners owners,
            @Reference Histories histories,
            @Reference Clock clock) {
        this.access = access;
        this.store = store;
        this.users = users;
        this.rights = rights;
        this.departments = departments;
        this.owners = owners;
        this.histories = histories;
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
                    case ABSENT,
                            PASSWORD_CHANGE_NEEDED,
                            SECOND_FACTOR_NEEDED,
                            STEP_UP_NEEDED,
                            NOBODY_RESPONSIBLE -> List.of();
                };
        boolean allowed = decision.verdict() == Access.Verdict.ALLOWED || !allowing.isEmpty();
        List<Reason> because = new ArrayList<>();
        if (who.state() == UserView.State.DISABLED) {
            because.add(Reason.of("the user is disabled"));
        } else if (allowed) {
            allowing.forEach(held -> because.add(reason(held)));
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

    @Override
    public Page<HolderView> holders(
            Caller caller,
            Ref organization,
            Action action,
            Optional<Subject> resource,
            Optional<Instant> at,
            Page.Request page) {
        Reach reach = access.reach(caller, Action.GRANT_READ, organization);
        Histories.Moment moment = histories.at(reach.organization(), at);
        Optional<Resource> thing = resource.map(named -> thing(caller, reach, moment, named));
        String after = Cursor.key(page).orElse("");
        List<HolderView> shown = moment
                .holders(action, thing, member -> reach.everything() || reach.covers(Places.of(member.department())))
                .stream()
                .filter(holder -> holder.member().username().compareTo(after) > 0)
                .limit(page.limit() + 1L)
                .map(IdentityGrants::holder)
                .toList();
        return Page.of(shown, page.limit(), view -> Cursor.after(view.username()));
    }

    private static HolderView holder(Histories.Holder holder) {
        Member member = holder.member();
        return new HolderView(
                member.id(),
                member.username(),
                member.department(),
                member.person() ? UserView.Kind.PERSON : UserView.Kind.SERVICE,
                holder.by().stream().map(IdentityGrants::reason).toList());
    }

    private static Reason reason(Held held) {
        return new Reason(
                Optional.of(held.grant()),
                Optional.of(held.role().name()),
                Optional.of(held.subject()),
                held.because());
    }

    /** People and departments of then; everything else as it lies now. */
    private Resource thing(Caller caller, Reach reach, Histories.Moment moment, Subject named) {
        return switch (named.kind()) {
            case "user" -> moment.user(named.id())
                    .map(member -> Places.newUser(named.id(), member.department()))
                    .filter(reach::covers)
                    .orElseThrow(() -> absent(named));
            case "department" -> moment.department(named.id())
                    .filter(reach::covers)
                    .orElseThrow(() -> absent(named));
            default -> thing(caller, reach, named);
        };
    }

    @Override
    public Page<PeriodView> history(
            Caller caller,
            Ref organization,
            Ref user,
            Optional<Instant> from,
            Optional<Instant> to,
            Page.Request page) {
        Reach reach = access.reach(caller, Action.GRANT_READ, organization);
        Instant start = from.orElse(Instant.EPOCH);
        if (to.filter(end -> !end.isAfter(start)).isPresent()) {
            throw Problem.MALFORMED.at("to", "to is after from.");
        }
        String after = Cursor.key(page).orElse("");
        List<PeriodView> shown = histories.periods(reach.organization(), whoever(reach, user), start, to).stream()
                .map(IdentityGrants::period)
                .filter(period -> key(period).compareTo(after) > 0)
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(shown, page.limit(), view -> Cursor.after(key(view)));
    }

    /** Somebody who is there; by id, and for those who see all, also somebody who is not any more. */
    private UserId whoever(Reach reach, Ref named) {
        return users.resolve(reach.organization().id(), named)
                .filter(found -> reach.covers(Places.of(found, named.text())))
                .map(UserView::id)
                .or(() -> Optional.of(named)
                        .filter(ref -> reach.everything() && ref.isId(UserId.PREFIX))
                        .map(ref -> new UserId(ref.text()))
                        .filter(gone -> histories.known(reach.organization(), gone)))
                .orElseThrow(() -> absent(Subject.of("user", named)));
    }

    private static PeriodView period(Histories.Period period) {
        Held held = period.held();
        return new PeriodView(
                held.grant(),
                held.role().name(),
                held.role().actions(),
                held.subject(),
                held.scope(),
                period.from(),
                period.to(),
                period.begunBy(),
                period.endedBy());
    }

    /** In the order of lists. */
    private static String key(PeriodView period) {
        return String.format("%020d %s", Micros.of(period.from()), period.grant());
    }

    private static ProblemException absent(Subject named) {
        return Problem.NOT_FOUND.because("There is no %s %s in this organization.", named.kind(), named.id());
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
                .orElseThrow(() -> absent(named));
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
