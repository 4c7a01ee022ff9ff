// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.role.Role;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.Micros;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/**
 * The rights within one organization. Departments hand their grants down the tree. What would be after a change is another
 * such value, made by {@code without…} and {@code with…}.
 */
public final class Rights {
    private static final String DEPARTMENT = "department";
    private static final List<ShippedRole> IN_CHARGE = List.of(ShippedRole.ORGANIZATION_ADMIN, ShippedRole.OPERATOR);

    private final OrganizationView organization;
    private final Facts facts;
    /** What each user holds, by action: worked out when first asked. */
    private final Map<UserId, Map<Action, List<Held>>> byAction = new ConcurrentHashMap<>();
    /** Departments as scopes, with all below. */
    private final Map<Subject, List<Subject>> below = new ConcurrentHashMap<>();

    Rights(OrganizationView organization, Facts facts) {
        this.organization = organization;
        this.facts = facts;
    }

    public OrganizationView organization() {
        return organization;
    }

    /** True when this organization is meant, by id or name. */
    boolean named(Ref ref) {
        return ref.text().equals(organization.id().value())
                || ref.text().equals(organization.name().value());
    }

    public Optional<Member> member(UserId user) {
        return facts.member(user);
    }

    /** The department and all above it, nearest first; empty when it is not there. */
    public List<DepartmentId> upwards(DepartmentId department) {
        List<DepartmentId> path = new ArrayList<>();
        Map<DepartmentId, Optional<DepartmentId>> parents = facts.parents();
        Optional<DepartmentId> next = Optional.of(department);
        // the tree has no loops; a damaged one must not hang every decision
        while (next.isPresent() && parents.containsKey(next.get()) && !path.contains(next.get())) {
            path.add(next.get());
            next = parents.get(next.get());
        }
        return path;
    }

    /** What a department's people hold by being in it. */
    public List<Held> heldBy(DepartmentId department) {
        List<Held> held = new ArrayList<>();
        upwards(department).forEach(each -> held.addAll(facts.givenTo(each.value())));
        return held;
    }

    /** What a user holds, also what is not valid yet or no more. */
    public List<Held> heldBy(UserId user) {
        List<Held> held = new ArrayList<>(facts.givenTo(user.value()));
        member(user).flatMap(Member::department).ifPresent(department -> held.addAll(heldBy(department)));
        member(user).stream()
                .flatMap(member -> member.groups().stream())
                .forEach(group -> held.addAll(facts.givenTo(group.value())));
        return held;
    }

    /** What a group's people hold by being in it. */
    public List<Held> heldBy(GroupId group) {
        return facts.givenTo(group.value());
    }

    /** The roles that this organization made itself, by name. */
    public List<Role> ownRoles() {
        return facts.ownRoles().stream()
                .sorted(Comparator.comparing(Role::name))
                .toList();
    }

    /** The role of this name, or of this id; one that ships before one of the organization's own. */
    public Optional<Role> role(String named) {
        return facts.role(named).or(() -> facts.ownRoles().stream()
                .filter(role -> role.name().equals(named))
                .findFirst());
    }

    /** What people call the role that grants name so. */
    public String roleName(String key) {
        return facts.role(key).map(Role::name).orElse(key);
    }

    /** All grants of a role. */
    public List<Held> grantsOf(Role role) {
        return facts.of(role);
    }

    /** Grants to exactly this user or department. */
    public List<Held> givenTo(String subject) {
        return facts.givenTo(subject);
    }

    /** The grants on the whole organization by which an active user may do this now: at most {@code most} of them. */
    List<Held> allowing(UserId user, Action action, Instant now, int most) {
        List<Held> having = byAction(user).getOrDefault(action, List.of());
        if (having.isEmpty()) {
            return List.of();
        }
        long moment = Micros.of(now);
        List<Held> valid = new ArrayList<>(Math.min(having.size(), most));
        for (Held held : having) {
            if (held.everywhere() && held.window().contains(moment)) {
                valid.add(held);
                if (valid.size() == most) {
                    break;
                }
            }
        }
        return valid;
    }

    /** The parts of the organization in which a user may do this now, and by which grant; departments with all below. */
    Map<Subject, String> parts(UserId user, Action action, Instant now) {
        Map<Subject, String> parts = new HashMap<>();
        for (Held held : partly(user, action, now)) {
            below(held.scope()).forEach(part -> parts.putIfAbsent(part, held.because()));
        }
        return parts;
    }

    /** The grants on parts of the organization by which a user may do this now. */
    List<Held> partly(UserId user, Action action, Instant now) {
        long moment = Micros.of(now);
        return byAction(user).getOrDefault(action, List.of()).stream()
                .filter(held -> !held.everywhere() && held.window().contains(moment))
                .toList();
    }

    /** Those of them that reach one thing. */
    List<Held> allowing(UserId user, Action action, Resource thing, Instant now) {
        return partly(user, action, now).stream()
                .filter(held -> below(held.scope()).stream().anyMatch(thing.within()::contains))
                .toList();
    }

    /** Until when a user may do this to all of these by what allows it now; empty without an end, and now when nothing does. */
    Optional<Instant> until(UserId user, Action action, Collection<Resource> things, Instant now) {
        long moment = Micros.of(now);
        List<Held> valid = byAction(user).getOrDefault(action, List.of()).stream()
                .filter(held -> held.window().contains(moment))
                .toList();
        long whole = latest(valid.stream().filter(Held::everywhere), moment);
        long end = things.stream()
                .mapToLong(thing -> Math.max(
                        whole,
                        latest(
                                valid.stream()
                                        .filter(held -> !held.everywhere()
                                                && below(held.scope()).stream().anyMatch(thing.within()::contains)),
                                moment)))
                .min()
                .orElse(whole);
        return end == Long.MAX_VALUE ? Optional.empty() : Optional.of(Micros.toInstant(end));
    }

    private static long latest(Stream<Held> held, long otherwise) {
        return held.mapToLong(one -> one.window().until()).max().orElse(otherwise);
    }

    /** Who is reached by a grant to this: its id, of a department those below it too. */
    public Set<String> reached(Subject subject) {
        return below(subject).stream().map(Subject::id).collect(Collectors.toSet());
    }

    /** A department and all below it, as scopes. */
    public List<Subject> below(DepartmentId department) {
        return below(Subject.of(DEPARTMENT, department));
    }

    /** A part, and the departments below when it is one. */
    private List<Subject> below(Subject part) {
        if (!part.kind().equals(DEPARTMENT)) {
            return List.of(part);
        }
        return below.computeIfAbsent(part, top -> {
            DepartmentId id = new DepartmentId(top.id());
            return facts.parents().keySet().stream()
                    .filter(department -> upwards(department).contains(id))
                    .map(department -> Subject.of(DEPARTMENT, department))
                    .toList();
        });
    }

    /** Whether who holds one grant has, of an action, all the places of the other. */
    private boolean reaches(Held own, Held given, Action action) {
        if (given.scope().kind().equals("network") && action.key().startsWith("server.")) {
            // the servers on a network are not where the network is: they can be of any department
            return own.everywhere() || own.scope().equals(given.scope());
        }
        return own.everywhere()
                || given.within().stream().anyMatch(part -> below(own.scope()).contains(part));
    }

    /** Whether an active user holds this role now, in the whole organization. */
    public boolean holds(UserId user, ShippedRole role, Instant now) {
        long moment = Micros.of(now);
        return member(user).filter(Member::active).isPresent()
                && heldBy(user).stream()
                        .anyMatch(held -> held.role().is(role)
                                && held.everywhere()
                                && held.window().contains(moment));
    }

    /** Whether an active person holds this role now, in the whole organization and without an end. */
    private boolean anybodyHolds(ShippedRole role, Instant now) {
        long moment = Micros.of(now);
        return facts.of(role.role()).stream()
                .filter(held -> held.everywhere()
                        && held.window().contains(moment)
                        && held.window().until() == Long.MAX_VALUE)
                .anyMatch(held -> anybody(held.subject()));
    }

    /** Whether a grant to this reaches an active person. */
    private boolean anybody(Subject subject) {
        return switch (subject.kind()) {
            case DEPARTMENT -> anybodyBelow(new DepartmentId(subject.id()));
            case "group" -> !facts.somePersonsIn(new GroupId(subject.id())).isEmpty();
            default -> member(new UserId(subject.id()))
                    .filter(member -> member.active() && member.person())
                    .isPresent();
        };
    }

    /** Whether an active person is in both groups. */
    boolean anybodyIn(GroupId one, GroupId other) {
        return !facts.somePersonsIn(one, other).isEmpty();
    }

    /** Whether an active person of a group is in this department or below. */
    boolean anybodyIn(GroupId group, DepartmentId top) {
        Set<DepartmentId> reached = facts.parents().keySet().stream()
                .filter(department -> upwards(department).contains(top))
                .collect(Collectors.toSet());
        return !facts.somePersonsIn(group, reached).isEmpty();
    }

    /** Whether an active person is in this department or below. */
    boolean anybodyBelow(DepartmentId top) {
        return facts.parents().keySet().stream()
                .filter(department -> upwards(department).contains(top))
                .anyMatch(department -> !facts.somePersonsIn(department).isEmpty());
    }

    /** The roles of which somebody is in charge: an active person, in the whole organization and without an end. */
    public Set<ShippedRole> inCharge(Instant now) {
        return IN_CHARGE.stream().filter(role -> anybodyHolds(role, now)).collect(Collectors.toSet());
    }

    /** The role whose last holder would be gone if {@code after} came to be. */
    public Optional<ShippedRole> orphaned(Rights after, Instant now) {
        for (ShippedRole role : IN_CHARGE) {
            if (anybodyHolds(role, now) && !after.anybodyHolds(role, now)) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }

    /**
     * The actions of a grant that a user does not hold themselves, where it holds and for as long as it would last.
     *
     * @param only what else limits the user, such as a token
     * @param wanted what of the grant is asked for
     */
    Set<Action> missing(UserId user, Optional<Set<Action>> only, Held grant, Set<Action> wanted, Instant now) {
        long moment = Micros.of(now);
        if (grant.window().over(moment)) {
            return Set.of();
        }
        Map<Action, List<Held>> having = byAction(user);
        Set<Action> missing = new java.util.TreeSet<>();
        for (Action action : grant.role().actions()) {
            boolean held = only.map(set -> set.contains(action)).orElse(true)
                    && having.getOrDefault(action, List.of()).stream()
                            .anyMatch(
                                    own -> own.window().covers(grant.window(), moment) && reaches(own, grant, action));
            if (wanted.contains(action) && !held) {
                missing.add(action);
            }
        }
        return missing;
    }

    /** Whether the same was given before. */
    public boolean has(Held wish) {
        return facts.givenTo(wish.subject().id()).stream().anyMatch(wish::sameAs);
    }

    /** Grants on departments that will reach this one in its new place, as if they were on it alone. */
    public List<Held> gaining(DepartmentId moved, DepartmentId above) {
        List<DepartmentId> had = upwards(moved);
        return upwards(above).stream()
                .filter(department -> !had.contains(department))
                .flatMap(department -> facts.on(Subject.of(DEPARTMENT, department)).stream())
                .map(held -> held.on(Subject.of(DEPARTMENT, moved)))
                .toList();
    }

    public Rights withoutUser(UserId user) {
        return new Rights(organization, new Supposed.User(facts, user, Optional.empty()));
    }

    /** With a user in another department, or disabled. */
    public Rights withUser(UserId user, Optional<DepartmentId> department, boolean active) {
        Optional<Member> instead = member(user).map(member -> member.as(department, active));
        return new Rights(organization, new Supposed.User(facts, user, instead));
    }

    /** With a user in other groups. */
    public Rights withGroups(UserId user, Set<GroupId> groups) {
        return new Rights(
                organization, new Supposed.User(facts, user, member(user).map(member -> member.in(groups))));
    }

    public Rights withParent(DepartmentId department, Optional<DepartmentId> parent) {
        return new Rights(organization, new Supposed.Parent(facts, department, parent));
    }

    public Rights withoutGrant(GrantId grant) {
        return new Rights(organization, new Supposed.WithoutGrant(facts, grant));
    }

    private Map<Action, List<Held>> byAction(UserId user) {
        Map<Action, List<Held>> known = byAction.get(user);
        if (known != null) {
            return known;
        }
        Map<Action, List<Held>> map = new EnumMap<>(Action.class);
        List<Held> all = new ArrayList<>(heldBy(user));
        // first, so that whatever is done under it says so
        all.sort(Comparator.comparing(held -> !held.emergency()));
        for (Held held : all) {
            for (Action action : held.role().actions()) {
                map.computeIfAbsent(action, any -> new ArrayList<>(2)).add(held);
            }
        }
        // else something of it was read in a transaction, or too late: it is read again the next time
        if (facts instanceof StoredFacts stored && stored.keeps(user, heldFrom(user))) {
            byAction.put(user, map);
        }
        return map;
    }

    /** Whose grants a user holds: their own, their departments' and their groups'. */
    private List<String> heldFrom(UserId user) {
        List<String> subjects = new ArrayList<>(List.of(user.value()));
        member(user).flatMap(Member::department).ifPresent(department -> upwards(department)
                .forEach(each -> subjects.add(each.value())));
        member(user).ifPresent(member -> member.groups().forEach(group -> subjects.add(group.value())));
        return subjects;
    }
}
