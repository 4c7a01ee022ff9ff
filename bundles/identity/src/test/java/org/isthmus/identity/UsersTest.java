// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DeleteDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.identity.Users.ResetPassword;
import org.isthmus.api.identity.Users.UserCreated;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class UsersTest {
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(UsersTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static CreateUser create(Estate.Customer customer, String username, Optional<Ref> department) {
        return new CreateUser(customer.ref(), username, username + "@example.org", department, UserView.Kind.PERSON);
    }

    private static ChangeUser state(Estate.Customer customer, String username, UserView.State state) {
        long version = estate.identity()
                .users()
                .get(customer.administrator(), customer.ref(), new Ref(username))
                .version();
        return new ChangeUser(
                customer.ref(), new Ref(username), version, Optional.empty(), Optional.empty(), Optional.of(state));
    }

    private static DepartmentView department(Estate.Customer customer, String name, Optional<String> parent) {
        return estate.submit(
                customer.administrator(), new CreateDepartment(customer.ref(), new Name(name), parent.map(Ref::new)));
    }

    @Test
    void aPersonGetsAOneTimePasswordAndAServiceAccountNone() {
        Estate.Customer customer = estate.customer();

        UserCreated person = estate.submit(customer.administrator(), create(customer, "anna", Optional.empty()));
        UserCreated service = estate.submit(
                customer.administrator(),
                new CreateUser(customer.ref(), "robot", "robot@example.org", Optional.empty(), UserView.Kind.SERVICE));

        assertTrue(person.oneTimePassword().isPresent());
        assertTrue(person.user().mustChangePassword());
        assertEquals("boss@" + customer.ref(), person.user().createdBy());
        assertEquals(1, person.user().version());
        assertTrue(service.oneTimePassword().isEmpty());
        assertEquals(
                Optional.of(person.user()),
                estate.identity().users().find(person.user().id()));
        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(customer.administrator(), new ResetPassword(customer.ref(), new Ref("robot"))));
    }

    @Test
    void aUsernameIsTakenOnlyOnceInAnOrganizationAlsoByManyAtOnce() throws Exception {
        Estate.Customer customer = estate.customer();
        Estate.Customer other = estate.customer();
        estate.submit(other.administrator(), create(other, "twin", Optional.empty()));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> attempts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                attempts.add(() -> {
                    try {
                        estate.submit(customer.administrator(), create(customer, "twin", Optional.empty()));
                        return true;
                    } catch (ProblemException e) {
                        assertEquals(Problem.NAME_TAKEN, e.type());
                        return false;
                    }
                });
            }
            int made = 0;
            for (Future<Boolean> attempt : threads.invokeAll(attempts)) {
                made += attempt.get() ? 1 : 0;
            }

            assertEquals(1, made);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void peopleSeeThemselvesAndOthersOnlyWithTheRight() {
        Estate.Customer customer = estate.customer();
        Estate.Customer other = estate.customer();
        Caller anna = estate.person(customer, "anna");
        Caller reader = estate.person(customer, "reader", "read-only");

        assertEquals(
                "anna",
                estate.identity()
                        .users()
                        .get(anna, customer.ref(), new Ref("anna"))
                        .username());
        Refused.with(Problem.FORBIDDEN, () -> estate.identity().users().get(anna, customer.ref(), new Ref("boss")));
        Refused.with(Problem.FORBIDDEN, () -> estate.identity().users().get(anna, customer.ref(), new Ref("nobody")));
        Refused.with(Problem.FORBIDDEN, () -> estate.identity().users().list(anna, customer.ref(), Query.all()));
        Refused.with(Problem.NOT_FOUND, () -> estate.identity().users().get(anna, other.ref(), new Ref("anna")));
        assertEquals(
                List.of("anna", "boss", "reader"),
                estate.identity().users().list(reader, customer.ref(), Query.all()).items().stream()
                        .map(UserView::username)
                        .toList());
    }

    @Test
    void anotherOrganizationsUserIsNotThereByIdEither() {
        Estate.Customer mine = estate.customer();
        Estate.Customer other = estate.customer();
        Ref boss = Ref.of(other.administrator().user().orElseThrow());

        Refused.with(Problem.NOT_FOUND, () -> estate.identity().users().get(mine.administrator(), mine.ref(), boss));
        Refused.with(Problem.NOT_FOUND, () -> estate.submit(mine.administrator(), new DeleteUser(mine.ref(), boss)));
        Refused.with(Problem.NOT_FOUND, () -> estate.submit(mine.administrator(), new ResetPassword(mine.ref(), boss)));
    }

    @Test
    void aChangeNeedsTheVersionThatWasRead() {
        Estate.Customer customer = estate.customer();
        estate.submit(customer.administrator(), create(customer, "anna", Optional.empty()));
        ChangeUser change = new ChangeUser(
                customer.ref(), new Ref("anna"), 1, Optional.of("new@example.org"), Optional.empty(), Optional.empty());
        Plan<UserView> late = estate.plan(customer.administrator(), change);

        UserView changed = estate.submit(customer.administrator(), change);

        assertEquals("new@example.org", changed.email());
        assertEquals(2, changed.version());
        Refused.with(Problem.STALE, () -> estate.submit(customer.administrator(), change));
        Refused.with(Problem.STALE, () -> estate.apply(customer.administrator(), customer.id(), late));
    }

    @Test
    void theLastAdministratorStays() {
        Estate.Customer customer = estate.customer();
        Caller boss = customer.administrator();
        GrantView grant = estate.identity()
                .grants()
                .list(boss, customer.ref(), Query.all())
                .items()
                .get(0);
        Caller temporary = estate.person(customer, "temporary");
        estate.grant(
                customer,
                Subject.of("user", temporary.user().orElseThrow()),
                "organization-admin",
                Optional.empty(),
                Optional.of(estate.clock().instant().plusSeconds(60)));

        Refused.with(
                IdentityProblem.LAST_ADMINISTRATOR,
                () -> estate.submit(boss, new DeleteUser(customer.ref(), new Ref("boss"))));
        Refused.with(
                IdentityProblem.LAST_ADMINISTRATOR,
                () -> estate.submit(boss, state(customer, "boss", UserView.State.DISABLED)));
        Refused.with(
                IdentityProblem.LAST_ADMINISTRATOR,
                () -> estate.submit(boss, new DeleteGrant(customer.ref(), grant.id())));

        estate.person(customer, "second", "organization-admin");
        estate.submit(boss, new DeleteUser(customer.ref(), new Ref("boss")));
    }

    @Test
    void ofTwoLastAdministratorsWhoLeaveAtOnceOneStays() {
        Estate.Customer customer = estate.customer();
        Caller second = estate.person(customer, "second", "organization-admin");
        Plan<UserView> first = estate.plan(second, new DeleteUser(customer.ref(), new Ref("boss")));
        Plan<UserView> other = estate.plan(customer.administrator(), new DeleteUser(customer.ref(), new Ref("second")));

        estate.apply(second, customer.id(), first);

        Refused.with(
                IdentityProblem.LAST_ADMINISTRATOR, () -> estate.apply(customer.administrator(), customer.id(), other));
    }

    @Test
    void anAdministratorByDepartmentCountsAndIsKept() {
        Estate.Customer customer = estate.customer();
        DepartmentView management = department(customer, "management", Optional.empty());
        DepartmentView board = department(customer, "board", Optional.of("management"));
        estate.grant(customer, Subject.of("department", management.id()), "organization-admin");
        estate.submit(customer.administrator(), create(customer, "chair", Optional.of(Ref.of(board.name()))));
        estate.submit(customer.administrator(), new DeleteUser(customer.ref(), new Ref("boss")));

        Refused.with(
                IdentityProblem.LAST_ADMINISTRATOR,
                () -> estate.submit(
                        estate.root(),
                        new ChangeDepartment(
                                customer.ref(),
                                Ref.of(board.id()),
                                1,
                                Optional.empty(),
                                Optional.of(Optional.empty()))));
    }

    @Test
    void aUserAdminTakesOverNobodyWhoMayMore() {
        Estate.Customer customer = estate.customer();
        Caller admin = estate.person(customer, "admin", "user-admin");
        estate.person(customer, "deployer", "server-deployer");
        estate.person(customer, "nobody");
        DepartmentView mighty = department(customer, "mighty", Optional.empty());
        DepartmentView plain = department(customer, "plain", Optional.empty());
        estate.grant(customer, Subject.of("department", mighty.id()), "server-deployer");

        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(admin, new ResetPassword(customer.ref(), new Ref("deployer"))));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(admin, new ResetPassword(customer.ref(), new Ref("boss"))));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(admin, create(customer, "mole", Optional.of(Ref.of(mighty.name())))));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(
                        admin,
                        new ChangeUser(
                                customer.ref(),
                                new Ref("admin"),
                                estate.identity()
                                        .users()
                                        .get(admin, customer.ref(), new Ref("admin"))
                                        .version(),
                                Optional.empty(),
                                Optional.of(Optional.of(Ref.of(mighty.name()))),
                                Optional.empty())));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(
                        admin,
                        new ChangeDepartment(
                                customer.ref(),
                                Ref.of(plain.id()),
                                1,
                                Optional.empty(),
                                Optional.of(Optional.of(Ref.of(mighty.id()))))));
        estate.submit(customer.administrator(), state(customer, "deployer", UserView.State.DISABLED));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(admin, state(customer, "deployer", UserView.State.ACTIVE)));

        estate.submit(admin, new ResetPassword(customer.ref(), new Ref("nobody")));
        estate.submit(admin, create(customer, "fresh", Optional.of(Ref.of(plain.name()))));
    }

    @Test
    void departmentsAreATreeAndStayOne() {
        Estate.Customer customer = estate.customer();
        DepartmentView a = department(customer, "a", Optional.empty());
        DepartmentView b = department(customer, "b", Optional.of("a"));
        DepartmentView c = department(customer, "c", Optional.of("b"));

        for (DepartmentView below : List.of(a, b, c)) {
            Refused.with(
                    Problem.CONFLICT,
                    () -> estate.submit(
                            customer.administrator(),
                            new ChangeDepartment(
                                    customer.ref(),
                                    Ref.of(a.id()),
                                    1,
                                    Optional.empty(),
                                    Optional.of(Optional.of(Ref.of(below.id()))))));
        }
        Refused.with(Problem.NAME_TAKEN, () -> department(customer, "b", Optional.empty()));
        Refused.with(Problem.MALFORMED, () -> department(customer, "d", Optional.of("no-such")));
        assertEquals(
                List.of("a", "b", "c"),
                estate
                        .identity()
                        .departments()
                        .list(customer.administrator(), customer.ref(), Query.all())
                        .items()
                        .stream()
                        .map(view -> view.name().value())
                        .toList());
        DepartmentView renamed = estate.submit(
                customer.administrator(),
                new ChangeDepartment(customer.ref(), Ref.of(c.id()), 1, Optional.of(new Name("e")), Optional.empty()));
        assertEquals(Optional.of(b.id()), renamed.parent());
    }

    @Test
    void aDepartmentIsDeletedOnlyWhenNobodyIsInIt() {
        Estate.Customer customer = estate.customer();
        department(customer, "top", Optional.empty());
        department(customer, "below", Optional.of("top"));
        estate.submit(customer.administrator(), create(customer, "anna", Optional.of(new Ref("below"))));

        Refused.with(
                Problem.IN_USE,
                () -> estate.submit(customer.administrator(), new DeleteDepartment(customer.ref(), new Ref("top"))));
        Refused.with(
                Problem.IN_USE,
                () -> estate.submit(customer.administrator(), new DeleteDepartment(customer.ref(), new Ref("below"))));
        estate.submit(customer.administrator(), new DeleteUser(customer.ref(), new Ref("anna")));
        estate.submit(customer.administrator(), new DeleteDepartment(customer.ref(), new Ref("below")));
        estate.submit(customer.administrator(), new DeleteDepartment(customer.ref(), new Ref("top")));

        assertEquals(
                List.of(),
                estate.identity()
                        .departments()
                        .list(customer.administrator(), customer.ref(), Query.all())
                        .items());
    }

    @Test
    void whoMayDeployMayNotManageUsers() {
        Estate.Customer customer = estate.customer();
        Caller deployer = estate.person(customer, "deployer", "server-deployer");

        ProblemException problem = Refused.with(
                Problem.FORBIDDEN, () -> estate.submit(deployer, create(customer, "friend", Optional.empty())));

        assertEquals("user.create", problem.extra().get("action"));
        assertEquals(Verdict.ALLOWED, estate.verdict(deployer, Action.SERVER_DEPLOY, customer.ref()));
    }
}
