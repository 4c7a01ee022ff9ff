// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.AuthorizationRequest;
import com.cedarpolicy.model.AuthorizationResponse;
import com.cedarpolicy.model.entity.Entity;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.exception.CacheException;
import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import com.cedarpolicy.value.CedarList;
import com.cedarpolicy.value.EntityTypeName;
import com.cedarpolicy.value.EntityUID;
import com.cedarpolicy.value.PrimBool;
import com.cedarpolicy.value.PrimLong;
import com.cedarpolicy.value.PrimString;
import com.cedarpolicy.value.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Provisioning.SetGroupsOf;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.organization.Organizations.Owned;
import org.isthmus.api.organization.Organizations.SetPolicy;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Cedar, which knows nothing of ours but the grants as its own policies, judges the same random questions. A sample; with
 * {@code isthmus.whole} 100,000 of them. {@code isthmus.seed} repeats one.
 */
final class CedarTest {
    private static final int DEPARTMENTS = 14;
    private static final int USERS = 24;
    private static final int GROUPS = 6;
    private static final int GRANTS = 140;
    private static final int THINGS = 12;
    private static final int MOMENTS = 50;
    private static final int QUESTIONS = Boolean.getBoolean("isthmus.whole") ? 100_000 : 4_000;
    private static final Duration TICK = Duration.ofMinutes(7);

    private final long seed = Long.getLong("isthmus.seed", 20_261_123L);
    private final Random random = new Random(seed);
    private final Estate estate = Estate.open(CedarTest.class);
    private final Estate.Customer customer = estate.customer();
    private final List<DepartmentView> departments = new ArrayList<>();
    private final List<UserView> users = new ArrayList<>();
    private final List<GroupView> groups = new ArrayList<>();
    private DirectoryView directory;
    private Caller telling;
    private final List<Subject> things = new ArrayList<>();
    private final Map<String, Set<Action>> roles = new HashMap<>();
    private final Set<Policy> policies = new HashSet<>();
    private final Set<Entity> entities = new HashSet<>();
    private PolicySet cedar;

    @BeforeEach
    void anEstateAndTheSameInCedar() throws CacheException {
        org.isthmus.api.organization.Policy is = customer.organization().policy();
        estate.submit(
                estate.root(),
                new SetPolicy(
                        customer.ref(),
                        customer.organization().version(),
                        new org.isthmus.api.organization.Policy(
                                is.deploymentsPerDay(),
                                is.deletionGrace(),
                                is.allowedLocations(),
                                is.requiredTags(),
                                List.of())));
        for (String kind : List.of("server", "network", "image")) {
            for (int i = 0; i < THINGS; i++) {
                things.add(new Subject(kind, kind + "-" + i));
            }
        }
        estate.identity().ask(new Owned() {
            @Override
            public Optional<String> stillOwned(OrganizationId organization) {
                return Optional.empty();
            }

            @Override
            public Optional<Resource> find(OrganizationId organization, Subject thing) {
                return things.contains(thing)
                        ? Optional.of(new Resource(thing, Set.of(thing), Optional.empty()))
                        : Optional.empty();
            }
        });
        for (ShippedRole role : ShippedRole.values()) {
            if (!role.platformOnly()) {
                roles.put(role.key(), role.actions());
            }
        }
        for (int i = 0; i < 3; i++) {
            Set<Action> actions = EnumSet.of(Action.SERVER_READ);
            for (Action action : Action.values()) {
                if (!action.platform()
                        && action != Action.OWN_ACCOUNT
                        && action != Action.DIRECTORY_PROVISION
                        && random.nextInt(4) == 0) {
                    actions.add(action);
                }
            }
            roles.put("own-" + i, actions);
            estate.submit(estate.root(), new CreateRole(customer.ref(), new Name("own-" + i), actions));
        }
        for (int i = 0; i < DEPARTMENTS; i++) {
            makeDepartment(i);
        }
        makeGroups();
        for (int i = 0; i < USERS; i++) {
            makeUser(i);
        }
        for (int i = 0; i < GRANTS; i++) {
            makeGrant(i);
        }
        policies.add(new Policy(
                "permit(principal, action == Action::\"own.account\", resource in Organization::\"it\");", "own"));
        policies.add(new Policy("forbid(principal, action, resource) unless { principal.active };", "disabled"));
        policies.add(new Policy(
                "forbid(principal, action, resource) when { principal.mustChange && context.name != \"own.account\" };",
                "password"));
        policies.add(new Policy(
                "forbid(principal, action, resource) when { context has only && !context.only.contains(context.name) };",
                "token"));
        cedar = new PolicySet(policies);
        cedar.cache();
    }

    @AfterEach
    void close() {
        estate.close();
    }

    private static EntityUID uid(String type, String id) {
        return new EntityUID(EntityTypeName.parse(type).orElseThrow(), id);
    }

    private static EntityUID uid(Subject part) {
        return uid(Character.toUpperCase(part.kind().charAt(0)) + part.kind().substring(1), part.id());
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private Optional<DepartmentView> perhaps(List<DepartmentView> of) {
        return of.isEmpty() || random.nextInt(4) == 0 ? Optional.empty() : Optional.of(any(of));
    }

    private void makeDepartment(int number) {
        Optional<DepartmentView> parent = perhaps(departments);
        DepartmentView made = estate.submit(
                estate.root(),
                new CreateDepartment(
                        customer.ref(), new Name("dep-" + number), parent.map(above -> Ref.of(above.id()))));
        departments.add(made);
        entities.add(new Entity(
                uid("Department", made.id().value()),
                parent.map(above -> Set.of(uid("Department", above.id().value())))
                        .orElse(Set.of())));
    }

    private void makeGroups() {
        directory = estate.submit(
                customer.administrator(),
                new CreateDirectory(customer.ref(), new Name("hr"), Kind.SCIM, true, Map.of(), Map.of()));
        telling = Caller.directory(
                directory.id(), "hr", customer.id(), customer.ref().text(), Caller.Door.SCIM, "192.0.2.9", "req-1");
        for (int i = 0; i < GROUPS; i++) {
            groups.add(estate.submit(
                    telling,
                    new PutGroup(
                            customer.ref(),
                            directory.id(),
                            Optional.empty(),
                            Optional.empty(),
                            "Group " + i,
                            Optional.empty())));
        }
    }

    /** A person of the directory, who is in some groups and may be in a department. */
    private void tellPerson(int number) {
        Optional<DepartmentView> home = perhaps(departments);
        UserView made = estate.submit(
                telling,
                new PutPerson(
                        customer.ref(),
                        directory.id(),
                        Optional.empty(),
                        Optional.empty(),
                        new PersonData(
                                Optional.empty(),
                                "user-" + number,
                                "user@example.org",
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                true,
                                Optional.empty())));
        made = estate.submit(
                estate.root(),
                new ChangeUser(
                        customer.ref(),
                        Ref.of(made.id()),
                        made.version(),
                        Optional.empty(),
                        Optional.of(home.map(one -> Ref.of(one.id()))),
                        Optional.empty()));
        Set<GroupId> in = new HashSet<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            in.add(any(groups).id());
        }
        estate.submit(telling, new SetGroupsOf(customer.ref(), directory.id(), made.id(), in));
        users.add(made);
        Set<EntityUID> parents =
                in.stream().map(group -> uid("Group", group.value())).collect(Collectors.toSet());
        home.ifPresent(one -> parents.add(uid("Department", one.id().value())));
        entities.add(new Entity(
                uid("User", made.id().value()),
                Map.of("active", new PrimBool(true), "mustChange", new PrimBool(false)),
                parents));
    }

    private void makeUser(int number) {
        if (number % 3 == 1) {
            tellPerson(number);
            return;
        }
        Optional<DepartmentView> home = perhaps(departments);
        // who is a person has a one-time password that must be changed first
        UserView.Kind kind = number % 8 == 0 ? UserView.Kind.PERSON : UserView.Kind.SERVICE;
        UserView made = estate.submit(
                        customer.administrator(),
                        new CreateUser(
                                customer.ref(),
                                "user-" + number,
                                "user@example.org",
                                home.map(one -> Ref.of(one.id())),
                                kind))
                .user();
        boolean active = number % 7 != 0;
        if (!active) {
            estate.submit(
                    estate.root(),
                    new ChangeUser(
                            customer.ref(),
                            Ref.of(made.id()),
                            made.version(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(UserView.State.DISABLED)));
        }
        users.add(made);
        entities.add(new Entity(
                uid("User", made.id().value()),
                Map.of("active", new PrimBool(active), "mustChange", new PrimBool(kind == UserView.Kind.PERSON)),
                home.map(one -> Set.of(uid("Department", one.id().value()))).orElse(Set.of())));
    }

    private void makeGrant(int number) {
        Subject subject =
                switch (random.nextInt(4)) {
                    case 0 -> Subject.of("department", any(departments).id());
                    case 1 -> Subject.of("group", any(groups).id());
                    default -> Subject.of("user", any(users).id());
                };
        boolean toUser = subject.kind().equals("user");
        String role = any(roles.keySet().stream().sorted().toList());
        Subject scope = scope();
        Instant now = estate.clock().instant();
        Optional<Instant> from = random.nextInt(3) > 0
                ? Optional.empty()
                : Optional.of(now.plus(TICK.multipliedBy(random.nextInt(MOMENTS))));
        Optional<Instant> until = random.nextInt(3) > 0
                ? Optional.empty()
                : Optional.of(from.orElse(now).plus(TICK.multipliedBy(1 + random.nextInt(MOMENTS))));
        try {
            estate.submit(estate.root(), new CreateGrant(customer.ref(), subject, role, scope, from, until));
        } catch (ProblemException e) {
            // the same once more
            assertEquals(Problem.CONFLICT, e.type(), e.getMessage());
            return;
        }
        String actions = roles.get(role).stream()
                .map(action -> "Action::\"" + action.key() + "\"")
                .collect(Collectors.joining(", "));
        String where = scope.kind().equals("organization")
                ? "Organization::\"it\""
                : uid(scope).toCedarExpr();
        policies.add(new Policy(
                "permit(principal " + (toUser ? "== " : "in ") + uid(subject).toCedarExpr() + ", action in [" + actions
                        + "], resource in " + where + ") when { context.now >= "
                        + from.map(Instant::toEpochMilli).orElse(Long.MIN_VALUE + 1) + " && context.now < "
                        + until.map(Instant::toEpochMilli).orElse(Long.MAX_VALUE) + " };",
                "grant-" + number));
    }

    private Subject scope() {
        return switch (random.nextInt(5)) {
            case 0 -> Subject.of("organization", customer.id());
            case 1, 2 -> Subject.of("department", any(departments).id());
            case 3 -> tag();
            default -> any(things);
        };
    }

    private Subject tag() {
        return Resource.tag("k" + random.nextInt(3), "v" + random.nextInt(3));
    }

    /** A server with its networks, a network or an image; or what only reaches who may everywhere. */
    private Set<Subject> lying() {
        Set<Subject> within = new HashSet<>();
        if (random.nextInt(20) > 0) {
            within.add(any(things));
            for (int i = random.nextInt(3); i > 0; i--) {
                within.add(new Subject("network", "network-" + random.nextInt(THINGS)));
                within.add(tag());
            }
            perhaps(departments).ifPresent(of -> within.add(Subject.of("department", of.id())));
        }
        return within;
    }

    @Test
    void cedarAnswersTheSameQuestionsTheSameWay() throws AuthException {
        BasicAuthorizationEngine engine = new BasicAuthorizationEngine();
        List<Action> actions = List.of(Action.values());
        int allowed = 0;
        int inParts = 0;
        for (int i = 0; i < QUESTIONS; i++) {
            if (i % (QUESTIONS / MOMENTS) == QUESTIONS / MOMENTS - 1) {
                estate.clock().pass(TICK);
            }
            UserView user = any(users);
            Action action = any(actions);
            Optional<Set<Action>> only = random.nextInt(5) == 0 ? Optional.of(some(actions)) : Optional.empty();
            Set<Subject> within = lying();
            Caller caller = caller(user, only);

            boolean ours = ours(caller, action, within);
            boolean theirs = theirs(engine, user, action, only, within);

            assertEquals(
                    theirs,
                    ours,
                    () -> "seed " + seed + ": " + user.username() + " " + action.key() + " on " + within + " at "
                            + estate.clock().instant() + (only.isPresent() ? " with " + only.get() : ""));
            boolean everywhere = estate.identity()
                            .access()
                            .decide(caller, action, customer.ref())
                            .verdict()
                    == Verdict.ALLOWED;
            assertTrue(!everywhere || ours, "who may everywhere may here");
            allowed += ours ? 1 : 0;
            inParts += ours && !everywhere ? 1 : 0;
        }
        // else the questions were too easy
        assertTrue(allowed > QUESTIONS / 20 && allowed < QUESTIONS * 3 / 4, "allowed " + allowed);
        assertTrue(inParts > QUESTIONS / 100, "allowed in parts only " + inParts);
    }

    private Set<Action> some(List<Action> actions) {
        Set<Action> some = EnumSet.of(any(actions));
        some.add(any(actions));
        return some;
    }

    private Caller caller(UserView user, Optional<Set<Action>> only) {
        return new Caller(
                Caller.Kind.USER,
                Optional.of(user.id()),
                user.username() + "@" + customer.ref(),
                customer.id(),
                Caller.Door.REST,
                "192.0.2.7",
                "req-1",
                only,
                false);
    }

    private boolean ours(Caller caller, Action action, Set<Subject> within) {
        Resource thing = new Resource(new Subject("thing", "any"), within, Optional.empty());
        try {
            return estate.identity()
                    .access()
                    .reach(caller, action, customer.ref())
                    .covers(thing);
        } catch (ProblemException e) {
            return false;
        }
    }

    private boolean theirs(
            BasicAuthorizationEngine engine,
            UserView user,
            Action action,
            Optional<Set<Action>> only,
            Set<Subject> within)
            throws AuthException {
        Set<EntityUID> parents = within.stream().map(CedarTest::uid).collect(Collectors.toSet());
        parents.add(uid("Organization", "it"));
        Entity thing = new Entity(uid("Thing", "asked"), parents);
        Set<Entity> all = new HashSet<>(entities);
        all.add(thing);
        Map<String, Value> context = new HashMap<>();
        context.put("now", new PrimLong(estate.clock().instant().toEpochMilli()));
        context.put("name", new PrimString(action.key()));
        only.ifPresent(actions -> {
            CedarList list = new CedarList();
            actions.forEach(each -> list.add(new PrimString(each.key())));
            context.put("only", list);
        });
        AuthorizationResponse response = engine.isAuthorized(
                new AuthorizationRequest(
                        uid("User", user.id().value()), uid("Action", action.key()), thing.getEUID(), context),
                cedar,
                all);
        return response.success
                .orElseThrow(() -> new AssertionError(response.errors.toString()))
                .isAllowed();
    }
}
