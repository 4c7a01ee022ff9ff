// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Caller.Door;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.Grants.HolderView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class AccessTest {
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(AccessTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @Test
    void withoutAGrantAUserMayOnlyManageTheirOwnAccount() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna");

        for (Action action : Action.values()) {
            assertEquals(
                    action == Action.OWN_ACCOUNT ? Verdict.ALLOWED : Verdict.FORBIDDEN,
                    estate.verdict(anna, action, customer.ref()),
                    action.key());
        }
    }

    @Test
    void anAdministratorMayEverythingButWhatIsThePlatforms() {
        Estate.Customer customer = estate.customer();

        for (Action action : Action.values()) {
            assertEquals(
                    action.platform() || action == Action.DIRECTORY_PROVISION ? Verdict.FORBIDDEN : Verdict.ALLOWED,
                    estate.verdict(customer.administrator(), action, customer.ref()),
                    action.key());
            assertEquals(Verdict.ABSENT, estate.verdict(customer.administrator(), action, Ref.PLATFORM), action.key());
        }
    }

    @Test
    void anotherOrganizationAndNoneAtAllAreTheSameAnswer() {
        Estate.Customer mine = estate.customer();
        Estate.Customer other = estate.customer();
        List<Ref> notMine = List.of(
                other.ref(),
                Ref.of(other.id()),
                Ref.PLATFORM,
                new Ref("no-such-organization"),
                Ref.of(estate.ids().organization()));

        List<Access.Decision> decisions = notMine.stream()
                .map(ref -> estate.identity().access().decide(mine.administrator(), Action.SERVER_READ, ref))
                .distinct()
                .toList();

        assertEquals(1, decisions.size(), decisions.toString());
        assertEquals(Verdict.ABSENT, decisions.get(0).verdict());
        assertEquals(Optional.empty(), decisions.get(0).organization());
        for (Ref ref : notMine) {
            ProblemException problem = Refused.with(
                    Problem.NOT_FOUND,
                    () -> estate.identity().access().require(mine.administrator(), Action.SERVER_READ, ref));
            assertTrue(problem.getMessage().contains(ref.text()));
        }
    }

    @Test
    void operatorsAreMembersOfThePlatformOnly() throws SQLException {
        Estate.Customer customer = estate.customer();
        Caller operator = operator();

        assertEquals(Verdict.ALLOWED, estate.verdict(operator, Action.ORGANIZATION_CREATE, Ref.PLATFORM));
        assertEquals(Verdict.ALLOWED, estate.verdict(operator, Action.ENDPOINT_CREATE, Ref.PLATFORM));
        assertEquals(Verdict.ABSENT, estate.verdict(operator, Action.SERVER_READ, customer.ref()));
        assertEquals(Verdict.ABSENT, estate.verdict(operator, Action.ORGANIZATION_DELETE, customer.ref()));
    }

    /** The administrator of the platform as if logged in with a password of their own. */
    private static Caller operator() throws SQLException {
        UserView admin = estate.identity().users().get(estate.root(), Ref.PLATFORM, new Ref("admin"));
        estate.database().tx().execute(() -> {
            try (PreparedStatement chosen = estate.database()
                    .tx()
                    .connection()
                    .prepareStatement("UPDATE idn_user SET must_change_password = FALSE WHERE username = 'admin'")) {
                chosen.executeUpdate();
            }
            try (PreparedStatement count = estate.database()
                    .tx()
                    .connection()
                    .prepareStatement("UPDATE idn_rights SET changes = changes + 1")) {
                count.executeUpdate();
            }
        });
        estate.clock().pass(Duration.ofMillis(200));
        return new Caller(
                Caller.Kind.USER,
                Optional.of(admin.id()),
                "admin@platform",
                estate.identity().platform(),
                Door.REST,
                "local",
                "req-1",
                Optional.empty(),
                false);
    }

    @Test
    void rootAndTheSystemMayEverythingThatIsThere() {
        Estate.Customer customer = estate.customer();
        Caller system = Caller.system(estate.identity().platform(), "req-1");

        for (Caller caller : List.of(estate.root(), system)) {
            for (Action action : Action.values()) {
                // only directories tell who is there
                Verdict verdict = action == Action.DIRECTORY_PROVISION ? Verdict.FORBIDDEN : Verdict.ALLOWED;
                assertEquals(verdict, estate.verdict(caller, action, customer.ref()));
                assertEquals(verdict, estate.verdict(caller, action, Ref.PLATFORM));
            }
            assertEquals(Verdict.ABSENT, estate.verdict(caller, Action.SERVER_READ, new Ref("no-such")));
            assertTrue(estate.identity()
                    .access()
                    .visible(caller, Action.SERVER_READ)
                    .everything());
        }
    }

    @Test
    void aDecisionNamesTheGrantsThatAllowIt() {
        Estate.Customer customer = estate.customer();
        Caller bert = estate.person(customer, "bert");
        GrantView grant = estate.grant(customer, Subject.of("user", bert.user().orElseThrow()), "read-only");

        Access.Decision decision = estate.identity().access().decide(bert, Action.SERVER_READ, Ref.of(customer.id()));

        assertEquals(Verdict.ALLOWED, decision.verdict());
        assertEquals(customer.id(), decision.organization().orElseThrow().id());
        assertTrue(decision.because().get(0).contains(grant.id().value()));
        assertTrue(decision.because().get(0).contains("read-only"));
    }

    @Test
    void aTokenIsForItsActionsOnly() {
        Estate.Customer customer = estate.customer();
        Caller all = customer.administrator();
        Caller token = new Caller(
                Caller.Kind.USER,
                all.user(),
                all.username(),
                all.organization(),
                Door.REST,
                "local",
                "req-1",
                Optional.of(Set.of(Action.SERVER_READ, Action.LOCATION_CREATE)),
                false);

        assertEquals(Verdict.ALLOWED, estate.verdict(token, Action.SERVER_READ, customer.ref()));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(token, Action.SERVER_DELETE, customer.ref()));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(token, Action.OWN_ACCOUNT, customer.ref()));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(token, Action.LOCATION_CREATE, customer.ref()));
        Refused.with(
                Problem.FORBIDDEN,
                () -> estate.identity().access().require(token, Action.SERVER_DELETE, customer.ref()));
    }

    @Test
    void grantsCountFromTheirTimeUntilTheirTime() {
        Estate.Customer customer = estate.customer();
        Caller carl = estate.person(customer, "carl");
        estate.grant(
                customer,
                Subject.of("user", carl.user().orElseThrow()),
                "server-manager",
                Optional.of(estate.clock().instant().plus(Duration.ofHours(1))),
                Optional.of(estate.clock().instant().plus(Duration.ofHours(2))));

        assertEquals(Verdict.FORBIDDEN, estate.verdict(carl, Action.SERVER_START, customer.ref()));
        estate.clock().pass(Duration.ofHours(1).minusMillis(1));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(carl, Action.SERVER_START, customer.ref()));
        estate.clock().pass(Duration.ofMillis(1));
        assertEquals(Verdict.ALLOWED, estate.verdict(carl, Action.SERVER_START, customer.ref()));
        estate.clock().pass(Duration.ofHours(1).minusMillis(1));
        assertEquals(Verdict.ALLOWED, estate.verdict(carl, Action.SERVER_START, customer.ref()));
        estate.clock().pass(Duration.ofMillis(1));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(carl, Action.SERVER_START, customer.ref()));
    }

    @Test
    void aDepartmentsGrantsGoDownTheTreeAndMoveWithThePerson() {
        Estate.Customer customer = estate.customer();
        Caller dora = estate.person(customer, "dora");
        DepartmentId research = department(customer, "research", Optional.empty());
        DepartmentId robots = department(customer, "robots", Optional.of("research"));
        DepartmentId arms = department(customer, "arms", Optional.of("robots"));
        DepartmentId sales = department(customer, "sales", Optional.empty());
        estate.grant(customer, Subject.of("department", research), "server-manager");
        estate.grant(customer, Subject.of("department", arms), "image-creator");

        assertEquals(Verdict.FORBIDDEN, estate.verdict(dora, Action.SERVER_START, customer.ref()));
        move(customer, dora, "robots");
        assertEquals(Verdict.ALLOWED, estate.verdict(dora, Action.SERVER_START, customer.ref()));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(dora, Action.IMAGE_CREATE, customer.ref()));
        move(customer, dora, "arms");
        assertEquals(Verdict.ALLOWED, estate.verdict(dora, Action.SERVER_START, customer.ref()));
        assertEquals(Verdict.ALLOWED, estate.verdict(dora, Action.IMAGE_CREATE, customer.ref()));
        estate.submit(
                customer.administrator(),
                new ChangeDepartment(
                        customer.ref(), Ref.of(robots), 1, Optional.empty(), Optional.of(Optional.of(Ref.of(sales)))));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(dora, Action.SERVER_START, customer.ref()));
        assertEquals(Verdict.ALLOWED, estate.verdict(dora, Action.IMAGE_CREATE, customer.ref()));
        move(customer, dora, "sales");
        assertEquals(Verdict.FORBIDDEN, estate.verdict(dora, Action.IMAGE_CREATE, customer.ref()));
    }

    private static DepartmentId department(Estate.Customer customer, String name, Optional<String> parent) {
        DepartmentView made = estate.submit(
                customer.administrator(), new CreateDepartment(customer.ref(), new Name(name), parent.map(Ref::new)));
        return made.id();
    }

    private static void move(Estate.Customer customer, Caller who, String department) {
        Ref user = Ref.of(who.user().orElseThrow());
        long version = estate.identity()
                .users()
                .get(customer.administrator(), customer.ref(), user)
                .version();
        estate.submit(
                customer.administrator(),
                new ChangeUser(
                        customer.ref(),
                        user,
                        version,
                        Optional.empty(),
                        Optional.of(Optional.of(new Ref(department))),
                        Optional.empty()));
    }

    @Test
    void aChangeCountsAtOnceHereAndWithinTheRecheckOnAnotherController() {
        Estate.Customer customer = estate.customer();
        Caller erik = estate.person(customer, "erik");
        EmbeddedIdentity other = estate.another();
        GrantView grant = estate.grant(customer, Subject.of("user", erik.user().orElseThrow()), "read-only");
        assertEquals(
                Verdict.ALLOWED,
                other.access().decide(erik, Action.SERVER_READ, customer.ref()).verdict());

        estate.submit(customer.administrator(), new DeleteGrant(customer.ref(), grant.id()));

        assertEquals(Verdict.FORBIDDEN, estate.verdict(erik, Action.SERVER_READ, customer.ref()));
        estate.clock().pass(Duration.ofMillis(200));
        assertEquals(
                Verdict.FORBIDDEN,
                other.access().decide(erik, Action.SERVER_READ, customer.ref()).verdict());
    }

    @Test
    void onceARevocationHasReturnedNobodyIsAllowedAnyMore() throws Exception {
        Estate.Customer customer = estate.customer();
        Caller ida = estate.person(customer, "ida");
        Subject subject = Subject.of("user", ida.user().orElseThrow());
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(threads.submit(() -> {
                    while (!over.get()) {
                        estate.verdict(ida, Action.SERVER_READ, customer.ref());
                    }
                }));
            }
            for (int i = 0; i < 60; i++) {
                GrantView grant = estate.grant(customer, subject, "read-only");
                assertEquals(Verdict.ALLOWED, estate.verdict(ida, Action.SERVER_READ, customer.ref()));
                // every other time the copies in memory are just being compared with the database
                estate.clock().pass(Duration.ofMillis(i % 2 * 200L));
                estate.submit(customer.administrator(), new DeleteGrant(customer.ref(), grant.id()));
                for (int j = 0; j < 20; j++) {
                    assertEquals(Verdict.FORBIDDEN, estate.verdict(ida, Action.SERVER_READ, customer.ref()));
                }
            }
            over.set(true);
            for (Future<?> reader : readers) {
                reader.get();
            }
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
    }

    @Test
    void whatATransactionSeesOfItselfIsForgottenWhenItIsRolledBack() {
        Estate.Customer customer = estate.customer();
        Caller fred = estate.person(customer, "fred");
        Plan<GrantView> plan = estate.plan(
                customer.administrator(),
                new CreateGrant(
                        customer.ref(),
                        Subject.of("user", fred.user().orElseThrow()),
                        "read-only",
                        Subject.of("organization", customer.id()),
                        Optional.empty(),
                        Optional.empty()));

        assertThrows(IllegalStateException.class, () -> estate.database().tx().execute(() -> {
            estate.apply(customer.administrator(), customer.id(), plan);
            estate.clock().pass(Duration.ofSeconds(1));
            assertEquals(Verdict.ALLOWED, estate.verdict(fred, Action.SERVER_READ, customer.ref()));
            throw new IllegalStateException("the gate says no after all");
        }));

        assertEquals(Verdict.FORBIDDEN, estate.verdict(fred, Action.SERVER_READ, customer.ref()));
        estate.clock().pass(Duration.ofSeconds(1));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(fred, Action.SERVER_READ, customer.ref()));
    }

    @Test
    void aUserSeesTheirOwnOrganizationWhereTheyMay() {
        Estate.Customer customer = estate.customer();
        Caller gina = estate.person(customer, "gina", "read-only");

        Access.Visibility servers = estate.identity().access().visible(gina, Action.SERVER_READ);
        Access.Visibility audit = estate.identity().access().visible(gina, Action.AUDIT_READ);

        assertFalse(servers.everything());
        assertEquals(Set.of(customer.id()), servers.organizations());
        assertEquals(Set.of(), audit.organizations());
    }

    @Test
    void aDecisionIsQuickAmongTenThousandGrants() throws SQLException {
        Estate.Customer customer = estate.customer();
        Caller hugo = estate.person(customer, "hugo");
        tenThousandGrants(customer);
        estate.grant(customer, Subject.of("user", hugo.user().orElseThrow()), "server-manager");
        for (int i = 0; i < 20_000; i++) {
            estate.verdict(hugo, Action.SERVER_START, customer.ref());
        }

        long[] nanos = new long[20_000];
        for (int i = 0; i < nanos.length; i++) {
            long before = System.nanoTime();
            Verdict verdict = estate.verdict(hugo, Action.SERVER_START, customer.ref());
            nanos[i] = System.nanoTime() - before;
            assertEquals(Verdict.ALLOWED, verdict);
        }

        Arrays.sort(nanos);
        long p99 = nanos[nanos.length * 99 / 100];
        assertTrue(p99 <= 50_000, "p99 is " + p99 + " ns");
    }

    private static void tenThousandGrants(Estate.Customer customer) throws SQLException {
        estate.database().tx().execute(() -> {
            Connection connection = estate.database().tx().connection();
            try (PreparedStatement user = connection.prepareStatement(
                            "INSERT INTO idn_user (id, organization, username, email, kind, state,"
                                    + " must_change_password, created_at, created_by, version)"
                                    + " VALUES (?, ?, ?, 'x@example.org', 'PERSON', 'ACTIVE', FALSE, 0, 'test', 1)");
                    PreparedStatement grant = connection.prepareStatement(
                            "INSERT INTO idn_grant (id, organization, subject_kind, subject_id, role, scope_kind, scope_id,"
                                    + " from_at, until_at, created_at, created_by, version) VALUES (?, ?, 'user', ?, ?, 'organization', ?, NULL, NULL, 0,"
                                    + " 'test', 1)")) {
                for (int i = 0; i < 5000; i++) {
                    String id = estate.ids().user().value();
                    user.setString(1, id);
                    user.setString(2, customer.id().value());
                    user.setString(3, "user-" + i);
                    user.addBatch();
                    for (String role : List.of("server-manager", "read-only")) {
                        grant.setString(1, estate.ids().grant().value());
                        grant.setString(2, customer.id().value());
                        grant.setString(3, id);
                        grant.setString(4, role);
                        grant.setString(5, customer.id().value());
                        grant.addBatch();
                    }
                }
                user.executeBatch();
                grant.executeBatch();
            }
        });
        estate.catchUp();
    }

    @Test
    void whoMayDoSomethingIsToldInTimeAmongTenThousandGrants() throws SQLException {
        Estate.Customer customer = estate.customer();
        tenThousandGrants(customer);
        estate.clock().pass(Duration.ofHours(1));
        Instant now = estate.clock().instant();
        estate.clock().pass(Duration.ofHours(1));
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long before = System.nanoTime();
            Page<HolderView> page = estate.identity()
                    .grants()
                    .holders(
                            customer.administrator(),
                            customer.ref(),
                            Action.SERVER_START,
                            Optional.empty(),
                            Optional.of(now),
                            Page.Request.first());
            best = Math.min(best, System.nanoTime() - before);
            assertEquals(100, page.items().size());
        }

        assertTrue(best <= 10_000_000_000L, "a page of holders takes " + best + " ns");
    }
}
