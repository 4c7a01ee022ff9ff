// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DeleteDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Grants.HolderView;
import org.isthmus.api.identity.Grants.PeriodView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Provisioning.RemoveGroup;
import org.isthmus.api.identity.Provisioning.RemovePerson;
import org.isthmus.api.identity.Provisioning.SetMembers;
import org.isthmus.api.identity.Roles.ChangeRole;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.organization.Organizations.DeleteOrganization;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who could do what, as of any moment. */
final class HistoryTest {
    private static final Map<String, String> FOLLOWED = Map.of(
            "user", "id, username, department, kind, state, responsible",
            "grant", "id, subject_kind, subject_id, role, scope_kind, scope_id, from_at, until_at, break_glass",
            "member", "group_id, user_id",
            "department", "id, name, parent",
            "group", "id, name",
            "role", "id, name, actions");

    private static Estate estate;

    private Estate.Customer customer;
    private Caller boss;
    private DirectoryView hr;
    private Caller telling;

    @BeforeAll
    static void open() {
        estate = Estate.open(HistoryTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @BeforeEach
    void anOrganizationWithADirectory() {
        customer = estate.customer();
        boss = customer.administrator();
        hr = estate.submit(
                boss, new CreateDirectory(customer.ref(), new Name("hr"), Kind.SCIM, true, Map.of(), Map.of()));
        telling = Caller.directory(
                hr.id(),
                "hr",
                customer.id(),
                customer.organization().name().value(),
                Caller.Door.SCIM,
                "192.0.2.9",
                "req-1");
    }

    private Instant pass() {
        estate.clock().pass(Duration.ofHours(1));
        return estate.clock().instant();
    }

    private DepartmentView department(String name, Optional<DepartmentId> parent) {
        return estate.submit(boss, new CreateDepartment(customer.ref(), new Name(name), parent.map(Ref::of)));
    }

    private UserView user(String name, Optional<DepartmentId> department, UserView.Kind kind) {
        return estate.submit(
                        boss,
                        new CreateUser(customer.ref(), name, name + "@example.org", department.map(Ref::of), kind))
                .user();
    }

    private void change(UserView user, Optional<Optional<Ref>> department, Optional<UserView.State> state) {
        UserView now = estate.identity().users().get(boss, customer.ref(), Ref.of(user.id()));
        estate.submit(
                boss,
                new ChangeUser(
                        customer.ref(),
                        Ref.of(user.id()),
                        now.version(),
                        Optional.empty(),
                        department,
                        state,
                        Optional.empty()));
    }

    private List<HolderView> holders(Action action, Optional<Subject> on, Optional<Instant> at) {
        return estate.identity()
                .grants()
                .holders(boss, customer.ref(), action, on, at, Page.Request.all())
                .items();
    }

    private Set<String> names(Action action, Optional<Instant> at) {
        Set<String> names = new TreeSet<>();
        holders(action, Optional.empty(), at).forEach(holder -> names.add(holder.username()));
        return names;
    }

    private List<PeriodView> periods(Ref user) {
        return estate.identity()
                .grants()
                .history(boss, customer.ref(), user, Optional.empty(), Optional.empty(), Page.Request.all())
                .items();
    }

    @Test
    void whoHeldWhatIsKnownAfterTheyMovedAndAfterTheyAreGone() {
        DepartmentView all = department("all", Optional.empty());
        DepartmentView sales = department("sales", Optional.of(all.id()));
        UserView anna = user("anna", Optional.of(sales.id()), UserView.Kind.PERSON);
        GrantView given = estate.grant(customer, Subject.of("department", all.id()), "network-admin");
        Instant held = pass();
        pass();
        change(anna, Optional.of(Optional.empty()), Optional.empty());
        Instant moved = pass();
        estate.submit(boss, new DeleteUser(customer.ref(), Ref.of(anna.id())));
        pass();

        assertEquals(Set.of("anna", "boss"), names(Action.NETWORK_CREATE, Optional.of(held)));
        assertEquals(Set.of("boss"), names(Action.NETWORK_CREATE, Optional.of(moved)));
        HolderView then = holders(Action.NETWORK_CREATE, Optional.empty(), Optional.of(held))
                .get(0);
        assertEquals(Optional.of(given.id()), then.because().get(0).grant());
        assertEquals(
                Optional.of(Subject.of("department", all.id())),
                then.because().get(0).subject());
        List<PeriodView> periods = periods(Ref.of(anna.id()));
        assertEquals(1, periods.size());
        assertEquals(Optional.of(boss.username()), periods.get(0).endedBy());
        assertEquals(Optional.of("root"), periods.get(0).begunBy());
        assertEquals("network-admin", periods.get(0).role());
    }

    @Test
    void ofATimeInWhichTheClockWasSetBackNobodyIsToldWhatWasSo() {
        UserView anna = user("anna", Optional.empty(), UserView.Kind.PERSON);
        estate.clock().pass(Duration.ofHours(10));
        user("bert", Optional.empty(), UserView.Kind.PERSON);
        estate.clock().pass(Duration.ofHours(-9));
        Instant before = estate.clock().instant().minusSeconds(60);
        long told = told();

        estate.grant(customer, Subject.of("user", anna.id()), "network-admin");
        assertEquals(told + 1, told());
        Instant between = pass();
        user("carl", Optional.empty(), UserView.Kind.PERSON);
        pass();

        assertEquals(told + 1, told());
        assertEquals(Set.of("anna", "boss"), names(Action.NETWORK_CREATE, Optional.empty()));
        assertEquals(Set.of("boss"), names(Action.NETWORK_CREATE, Optional.of(before)));
        Refused.with(Problem.MALFORMED, () -> names(Action.NETWORK_CREATE, Optional.of(between)));
        estate.clock().pass(Duration.ofDays(1));
        assertEquals(
                Set.of("anna", "boss"),
                names(Action.NETWORK_CREATE, Optional.of(estate.clock().instant())));
        Refused.with(Problem.MALFORMED, () -> names(Action.NETWORK_CREATE, Optional.of(between)));
    }

    private static long told() {
        return estate.events().stream().filter("access-history.clock"::equals).count();
    }

    @Test
    void aTimeBoundGrantEndsByItselfAlsoInThePast() {
        UserView anna = user("anna", Optional.empty(), UserView.Kind.PERSON);
        Instant start = estate.clock().instant();
        Instant from = start.plus(Duration.ofHours(1));
        Instant until = start.plus(Duration.ofHours(2));
        estate.grant(customer, Subject.of("user", anna.id()), "network-admin", Optional.of(from), Optional.of(until));
        estate.clock().pass(Duration.ofHours(5));

        assertEquals(Set.of("boss"), names(Action.NETWORK_CREATE, Optional.of(from.minusMillis(1))));
        assertEquals(Set.of("anna", "boss"), names(Action.NETWORK_CREATE, Optional.of(from)));
        assertEquals(Set.of("boss"), names(Action.NETWORK_CREATE, Optional.of(until)));
        assertEquals(Set.of("boss"), names(Action.NETWORK_CREATE, Optional.empty()));
        PeriodView period = periods(Ref.of(anna.id())).get(0);
        assertEquals(List.of(from, Optional.of(until)), List.of(period.from(), period.to()));
        assertEquals(Optional.empty(), period.endedBy());
    }

    @Test
    void anOwnRoleGaveWhatItGaveThen() {
        RoleView role =
                estate.submit(boss, new CreateRole(customer.ref(), new Name("watcher"), Set.of(Action.SERVER_READ)));
        UserView anna = user("anna", Optional.empty(), UserView.Kind.PERSON);
        estate.grant(customer, Subject.of("user", anna.id()), "watcher");
        Instant before = pass();
        pass();
        estate.submit(
                boss,
                new ChangeRole(
                        customer.ref(),
                        new Ref(role.id()),
                        role.version(),
                        Optional.empty(),
                        Optional.of(Set.of(Action.SERVER_READ, Action.SERVER_STOP))));
        pass();

        assertFalse(names(Action.SERVER_STOP, Optional.of(before)).contains("anna"));
        assertTrue(names(Action.SERVER_STOP, Optional.empty()).contains("anna"));
        assertEquals(
                List.of(Set.of(Action.SERVER_READ), Set.of(Action.SERVER_READ, Action.SERVER_STOP)),
                periods(Ref.of(anna.id())).stream().map(PeriodView::actions).toList());
    }

    @Test
    void aServiceAccountHoldsNothingWhileNobodyAnswersForIt() {
        UserView robot = user("robot", Optional.empty(), UserView.Kind.SERVICE);
        estate.grant(customer, Subject.of("user", robot.id()), "network-admin");
        Caller other = estate.person(customer, "other", "organization-admin");
        Instant answered = pass();
        pass();
        UserView first = estate.identity().users().get(other, customer.ref(), new Ref("boss"));
        estate.submit(
                other,
                new ChangeUser(
                        customer.ref(),
                        Ref.of(first.id()),
                        first.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(UserView.State.DISABLED),
                        Optional.empty()));
        boss = other;

        assertTrue(names(Action.NETWORK_CREATE, Optional.of(answered)).contains("robot"));
        assertEquals(Set.of("other"), names(Action.NETWORK_CREATE, Optional.empty()));
    }

    @Test
    void aScopeIsJudgedInTheTreeOfThen() {
        DepartmentView top = department("top", Optional.empty());
        DepartmentView low = department("low", Optional.of(top.id()));
        UserView anna = user("anna", Optional.empty(), UserView.Kind.PERSON);
        estate.submit(
                estate.root(),
                new CreateGrant(
                        customer.ref(),
                        Subject.of("user", anna.id()),
                        "user-admin",
                        Subject.of("department", top.id()),
                        Optional.empty(),
                        Optional.empty()));
        Instant below = pass();
        pass();
        estate.submit(
                boss,
                new ChangeDepartment(
                        customer.ref(),
                        Ref.of(low.id()),
                        low.version(),
                        Optional.empty(),
                        Optional.of(Optional.empty())));
        Optional<Subject> on = Optional.of(Subject.of("department", low.id()));

        assertEquals(
                List.of("anna", "boss"),
                holders(Action.USER_CREATE, on, Optional.of(below)).stream()
                        .map(HolderView::username)
                        .toList());
        assertEquals(
                List.of("boss"),
                holders(Action.USER_CREATE, on, Optional.empty()).stream()
                        .map(HolderView::username)
                        .toList());
    }

    @Test
    void onlyWhoReadsGrantsIsToldAndOnlyOfTheirOwn() {
        Caller nobody = estate.person(customer, "nobody");
        Caller auditor = estate.person(customer, "auditor", "auditor");
        Estate.Customer other = estate.customer();

        Refused.with(Problem.FORBIDDEN, () -> holdersAs(nobody, customer.ref(), Optional.empty()));
        assertFalse(holdersAs(auditor, customer.ref(), Optional.empty()).isEmpty());
        Refused.with(Problem.NOT_FOUND, () -> holdersAs(auditor, other.ref(), Optional.empty()));
        Refused.with(Problem.NOT_FOUND, () -> estate.identity()
                .grants()
                .history(
                        auditor,
                        customer.ref(),
                        Ref.of(other.administrator().user().orElseThrow()),
                        Optional.empty(),
                        Optional.empty(),
                        Page.Request.all()));
        Refused.with(
                Problem.MALFORMED,
                () -> holdersAs(
                        auditor,
                        customer.ref(),
                        Optional.of(estate.clock().instant().plusSeconds(1))));
    }

    private static List<HolderView> holdersAs(Caller caller, Ref in, Optional<Instant> at) {
        return estate.identity()
                .grants()
                .holders(caller, in, Action.GRANT_READ, Optional.empty(), at, Page.Request.all())
                .items();
    }

    @Test
    void holdersComeInPages() {
        for (int i = 0; i < 5; i++) {
            UserView user = user("p" + i, Optional.empty(), UserView.Kind.PERSON);
            estate.grant(customer, Subject.of("user", user.id()), "network-admin");
        }
        List<String> seen = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<HolderView> page = estate.identity()
                    .grants()
                    .holders(
                            boss,
                            customer.ref(),
                            Action.NETWORK_CREATE,
                            Optional.empty(),
                            Optional.empty(),
                            new Page.Request(2, cursor));
            page.items().forEach(holder -> seen.add(holder.username()));
            cursor = page.next();
        } while (cursor.isPresent());

        assertEquals(List.of("boss", "p0", "p1", "p2", "p3", "p4"), seen);
    }

    @Test
    void nothingIsKeptOfAnOrganizationThatIsGone() throws SQLException {
        Estate.Customer other = estate.customer();
        estate.submit(estate.root(), new DeleteOrganization(other.ref()));

        for (String kind : FOLLOWED.keySet()) {
            assertEquals(Set.of(), rows("SELECT id FROM idn_past_" + kind, other, kind.equals("member")));
        }
    }

    @Test
    void whatAnOlderVersionLeftIsKnownFromTheUpgradeOn() throws SQLException {
        UserView anna = user("anna", Optional.empty(), UserView.Kind.PERSON);
        estate.grant(customer, Subject.of("user", anna.id()), "network-admin");
        Instant before = pass();
        for (String kind : FOLLOWED.keySet()) {
            forget(kind);
        }
        Instant upgraded = pass();
        estate.another();

        assertEquals(Set.of("anna", "boss"), names(Action.NETWORK_CREATE, Optional.of(upgraded)));
        Refused.with(Problem.MALFORMED, () -> names(Action.NETWORK_CREATE, Optional.of(before)));
        assertEquals(Set.of("anna", "boss"), names(Action.NETWORK_CREATE, Optional.empty()));
    }

    private void forget(String kind) throws SQLException {
        estate.database().tx().<Integer, SQLException>run(() -> {
            try (PreparedStatement delete = estate.database()
                    .tx()
                    .connection()
                    .prepareStatement("DELETE FROM idn_past_" + kind + " WHERE organization = ?")) {
                delete.setString(1, customer.id().value());
                return delete.executeUpdate();
            }
        });
    }

    private static Set<List<String>> rows(String select, Estate.Customer of, boolean member) throws SQLException {
        String sql = (member ? select.replace("SELECT id ", "SELECT group_id ") : select)
                + (select.contains(" WHERE ") ? " AND" : " WHERE") + " organization = ?";
        return estate.database().tx().<Set<List<String>>, SQLException>read(() -> {
            try (PreparedStatement query = estate.database().tx().connection().prepareStatement(sql)) {
                query.setString(1, of.id().value());
                Set<List<String>> rows = new HashSet<>();
                try (ResultSet found = query.executeQuery()) {
                    while (found.next()) {
                        List<String> row = new ArrayList<>();
                        for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
                            row.add(String.valueOf(found.getString(i)));
                        }
                        assertTrue(rows.add(row), row + " twice");
                    }
                }
                return rows;
            }
        });
    }

    /** What the decisions of now say, of everybody. */
    private Map<String, Set<String>> decided(List<Action> actions, Map<String, UserView> people) {
        Map<String, Set<String>> decided = new TreeMap<>();
        for (Action action : actions) {
            Set<String> may = new TreeSet<>();
            people.values().forEach(user -> {
                Caller as = new Caller(
                        Caller.Kind.USER,
                        Optional.of(user.id()),
                        user.username(),
                        customer.id(),
                        Caller.Door.REST,
                        "192.0.2.7",
                        "req-1",
                        Optional.empty(),
                        false);
                Access.Verdict verdict = estate.verdict(as, action, customer.ref());
                // who has not chosen a password yet may nothing, but holds what they hold
                boolean held = verdict == Access.Verdict.ALLOWED
                        || (verdict == Access.Verdict.PASSWORD_CHANGE_NEEDED
                                && !explained(user, action).isEmpty());
                if (held) {
                    may.add(user.username());
                }
            });
            decided.put(action.key(), may);
        }
        return decided;
    }

    private List<GrantView> explained(UserView user, Action action) {
        return estate.identity().grants().list(boss, customer.ref(), Query.all()).items().stream()
                .filter(grant -> reaches(grant, user.id()))
                .filter(grant -> estate.identity()
                        .roles()
                        .get(boss, customer.ref(), new Ref(grant.role()))
                        .actions()
                        .contains(action))
                .filter(grant -> grant.scope().kind().equals("organization"))
                .filter(grant -> grant.from()
                                .filter(from -> from.isAfter(estate.clock().instant()))
                                .isEmpty()
                        && grant.until()
                                .filter(until -> !until.isAfter(estate.clock().instant()))
                                .isEmpty())
                .toList();
    }

    private boolean reaches(GrantView grant, UserId user) {
        return switch (grant.subject().kind()) {
            case "user" -> grant.subject().id().equals(user.value());
            case "group" -> estate
                    .identity()
                    .groups()
                    .members(boss, customer.ref(), new Ref(grant.subject().id()), Query.all())
                    .items()
                    .stream()
                    .anyMatch(member -> member.id().equals(user));
            default -> estate.identity()
                    .users()
                    .get(boss, customer.ref(), Ref.of(user))
                    .department()
                    .filter(own -> estate.identity().access().departments(customer.id(), Ref.of(own)).stream()
                            .anyMatch(above ->
                                    above.value().equals(grant.subject().id())))
                    .isPresent();
        };
    }

    /** Many changes of every kind; then the tables and every moment in between are compared. */
    @Test
    void afterAnyChangesThePastIsWhatWasAndItsEndIsWhatIs() throws SQLException {
        Random random = new Random(20261130);
        List<Action> actions = List.of(Action.NETWORK_CREATE, Action.SERVER_READ, Action.USER_CREATE);
        List<DepartmentView> departments = new ArrayList<>();
        Map<String, UserView> people = new LinkedHashMap<>();
        List<GroupView> groups = new ArrayList<>();
        List<GrantView> grants = new ArrayList<>();
        people.put("boss", estate.identity().users().get(boss, customer.ref(), new Ref("boss")));
        RoleView own = estate.submit(boss, new CreateRole(customer.ref(), new Name("own"), Set.of(Action.SERVER_READ)));
        Map<Instant, Map<String, Set<String>>> then = new TreeMap<>();
        int refused = 0;
        for (int step = 0; step < 220; step++) {
            try {
                switch (random.nextInt(13)) {
                    case 0 -> departments.add(
                            department("d" + step, any(departments, random).map(DepartmentView::id)));
                    case 1 -> {
                        UserView made = user(
                                "u" + step,
                                any(departments, random).map(DepartmentView::id),
                                random.nextInt(4) == 0 ? UserView.Kind.SERVICE : UserView.Kind.PERSON);
                        people.put(made.username(), made);
                    }
                    case 2 -> change(
                            other(people, random),
                            Optional.of(any(departments, random).map(found -> Ref.of(found.id()))),
                            Optional.empty());
                    case 3 -> change(
                            other(people, random),
                            Optional.empty(),
                            Optional.of(random.nextBoolean() ? UserView.State.ACTIVE : UserView.State.DISABLED));
                    case 4 -> {
                        UserView gone = other(people, random);
                        estate.submit(
                                gone.username().startsWith("h") ? telling : boss,
                                gone.username().startsWith("h")
                                        ? new RemovePerson(customer.ref(), hr.id(), gone.id(), Optional.empty())
                                        : new DeleteUser(customer.ref(), Ref.of(gone.id())));
                        people.remove(gone.username());
                    }
                    case 5 -> {
                        DepartmentView moved = any(departments, random).orElseThrow();
                        DepartmentView now =
                                estate.identity().departments().get(boss, customer.ref(), Ref.of(moved.id()));
                        estate.submit(
                                boss,
                                new ChangeDepartment(
                                        customer.ref(),
                                        Ref.of(moved.id()),
                                        now.version(),
                                        Optional.empty(),
                                        Optional.of(any(departments, random).map(found -> Ref.of(found.id())))));
                    }
                    case 6 -> {
                        DepartmentView gone = any(departments, random).orElseThrow();
                        estate.submit(boss, new DeleteDepartment(customer.ref(), Ref.of(gone.id())));
                        departments.remove(gone);
                    }
                    case 7 -> groups.add(estate.submit(
                            telling,
                            new PutGroup(
                                    customer.ref(),
                                    hr.id(),
                                    Optional.empty(),
                                    Optional.empty(),
                                    "g" + step,
                                    Optional.empty())));
                    case 8 -> {
                        UserView hired = estate.submit(
                                telling,
                                new PutPerson(
                                        customer.ref(),
                                        hr.id(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        new PersonData(
                                                Optional.of("x" + step),
                                                "h" + step,
                                                "h" + step + "@example.org",
                                                Optional.empty(),
                                                Optional.empty(),
                                                Optional.empty(),
                                                random.nextInt(4) > 0,
                                                Optional.empty())));
                        people.put(hired.username(), hired);
                        estate.submit(
                                telling,
                                new SetMembers(
                                        customer.ref(),
                                        hr.id(),
                                        any(groups, random).orElseThrow().id(),
                                        Optional.empty(),
                                        Set.of(hired.id()),
                                        Set.of(),
                                        random.nextInt(3) == 0));
                    }
                    case 9 -> {
                        GroupView gone = any(groups, random).orElseThrow();
                        if (random.nextInt(3) == 0) {
                            estate.submit(
                                    telling, new RemoveGroup(customer.ref(), hr.id(), gone.id(), Optional.empty()));
                            groups.remove(gone);
                        }
                    }
                    case 10 -> {
                        GrantView gone = any(grants, random).orElseThrow();
                        grants.remove(gone);
                        estate.submit(boss, new DeleteGrant(customer.ref(), gone.id()));
                    }
                    case 11 -> {
                        RoleView now = estate.identity().roles().get(boss, customer.ref(), new Ref(own.id()));
                        estate.submit(
                                boss,
                                new ChangeRole(
                                        customer.ref(),
                                        new Ref(own.id()),
                                        now.version(),
                                        Optional.of(new Name("own-" + step)),
                                        Optional.of(Set.of(actions.get(random.nextInt(3))))));
                    }
                    default -> {
                        Subject to =
                                switch (random.nextInt(3)) {
                                    case 0 -> Subject.of(
                                            "department",
                                            any(departments, random)
                                                    .orElseThrow()
                                                    .id());
                                    case 1 -> Subject.of(
                                            "group",
                                            any(groups, random).orElseThrow().id());
                                    default -> Subject.of(
                                            "user", other(people, random).id());
                                };
                        Instant now = estate.clock().instant();
                        grants.add(estate.grant(
                                customer,
                                to,
                                random.nextBoolean() ? own.id() : "network-admin",
                                random.nextBoolean() ? Optional.empty() : Optional.of(now.plusSeconds(90)),
                                random.nextBoolean() ? Optional.empty() : Optional.of(now.plusSeconds(600))));
                    }
                }
            } catch (ProblemException | java.util.NoSuchElementException e) {
                refused++;
            }
            estate.clock().pass(Duration.ofSeconds(30));
            then.put(estate.clock().instant(), decided(actions, people));
            estate.clock().pass(Duration.ofSeconds(30));
        }

        assertTrue(refused < 140, refused + " were refused");
        for (Map.Entry<String, String> followed : FOLLOWED.entrySet()) {
            String kind = followed.getKey();
            assertEquals(
                    rows("SELECT " + followed.getValue() + " FROM idn_" + kind, customer, false),
                    rows(
                            "SELECT " + followed.getValue() + " FROM idn_past_" + kind + " WHERE valid_to = "
                                    + Long.MAX_VALUE,
                            customer,
                            false),
                    kind);
        }
        then.forEach((at, decided) -> {
            Map<String, Set<String>> told = new TreeMap<>();
            actions.forEach(action -> told.put(action.key(), names(action, Optional.of(at))));
            assertEquals(decided, told, "at " + at);
        });
        Map<String, Set<String>> nowTold = new TreeMap<>();
        actions.forEach(action -> nowTold.put(action.key(), names(action, Optional.empty())));
        assertEquals(decided(actions, people), nowTold);
    }

    private static <T> Optional<T> any(List<T> of, Random random) {
        return of.isEmpty() || random.nextInt(5) == 0
                ? Optional.empty()
                : Optional.of(of.get(random.nextInt(of.size())));
    }

    /** Anybody but the administrator. */
    private static UserView other(Map<String, UserView> people, Random random) {
        List<UserView> others = people.values().stream()
                .filter(user -> !user.username().equals("boss"))
                .toList();
        return any(others, random).orElseThrow();
    }
}
