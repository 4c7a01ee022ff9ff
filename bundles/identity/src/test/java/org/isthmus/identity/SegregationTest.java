// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemException.ChangeableBy;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.Roles.DeleteRole;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations.SetPolicy;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Duties that one person does not have together, however they come to have them. */
final class SegregationTest {
    private static Estate estate;

    private Estate.Customer customer;
    private Caller anna;

    @BeforeAll
    static void open() {
        estate = Estate.open(SegregationTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @BeforeEach
    void anOrganizationWithAnna() {
        customer = estate.customer();
        anna = estate.person(customer, "anna");
    }

    private static Subject subject(Caller caller) {
        return Subject.of("user", caller.user().orElseThrow());
    }

    private static Subject subject(DepartmentView department) {
        return Subject.of("department", department.id());
    }

    private DepartmentView department(String name, Optional<Ref> parent) {
        return estate.submit(customer.administrator(), new CreateDepartment(customer.ref(), new Name(name), parent));
    }

    private UserView user(Caller who) {
        return estate.identity()
                .users()
                .get(customer.administrator(), customer.ref(), Ref.of(who.user().orElseThrow()));
    }

    private ChangeUser change(Caller who, Optional<Optional<Ref>> department, Optional<UserView.State> state) {
        return new ChangeUser(
                customer.ref(),
                Ref.of(who.user().orElseThrow()),
                user(who).version(),
                Optional.empty(),
                department,
                state);
    }

    private void move(Caller who, DepartmentView into) {
        estate.submit(
                customer.administrator(), change(who, Optional.of(Optional.of(Ref.of(into.id()))), Optional.empty()));
    }

    private static ProblemException refused(Runnable attempt) {
        return Refused.with(Problem.AGAINST_POLICY, attempt::run);
    }

    private OrganizationView policy(List<Policy.Conflict> pairs) {
        OrganizationView now = estate.identity().organizations().get(customer.administrator(), customer.ref());
        return estate.submit(
                customer.administrator(),
                new SetPolicy(
                        customer.ref(),
                        now.version(),
                        new Policy(25, Duration.ofHours(24), Optional.empty(), List.of(), pairs)));
    }

    @Test
    void whoHasOneRoleOfAPairIsNotGivenTheOtherAndTheRefusalNamesBoth() {
        estate.grant(customer, subject(anna), "auditor");

        ProblemException problem = refused(() -> estate.grant(customer, subject(anna), "user-admin"));

        FieldError error = problem.errors().get(0);
        assertEquals(Optional.of("conflictingRoles"), error.policy());
        assertEquals(Optional.of(customer.ref().text()), error.owner());
        assertEquals(Optional.of(new ChangeableBy("policy.set", customer.ref().text())), error.changeableBy());
        for (String said : List.of("conflictingRoles", customer.ref().text(), "auditor", "user-admin", "policy.set")) {
            assertTrue(problem.getMessage().contains(said), problem.getMessage());
        }
        estate.grant(customer, subject(anna), "read-only");
    }

    @Test
    void allPairsThatSomebodyWouldHoldAreToldAtOnce() {
        policy(List.of(
                new Policy.Conflict("auditor", "user-admin"), new Policy.Conflict("user-admin", "image-creator")));
        estate.grant(customer, subject(anna), "auditor");
        estate.grant(customer, subject(anna), "image-creator");

        ProblemException problem = refused(() -> estate.grant(customer, subject(anna), "user-admin"));

        assertEquals(
                List.of("conflictingRoles", "conflictingRoles"),
                problem.errors().stream()
                        .map(each -> each.policy().orElseThrow())
                        .toList());
        assertTrue(problem.errors().get(0).detail().contains("auditor"), problem.getMessage());
        assertTrue(problem.errors().get(1).detail().contains("image-creator"), problem.getMessage());
    }

    @Test
    void nobodyGetsThePairThroughADepartment() {
        DepartmentView audit = department("audit", Optional.empty());
        DepartmentView inner = department("inner", Optional.of(Ref.of(audit.id())));
        estate.grant(customer, subject(audit), "auditor");
        move(anna, inner);

        refused(() -> estate.grant(customer, subject(anna), "user-admin"));
        refused(() -> estate.grant(customer, subject(inner), "user-admin"));
        refused(() -> estate.grant(customer, subject(audit), "user-admin"));
        DepartmentView empty = department("empty", Optional.of(Ref.of(audit.id())));
        estate.grant(customer, subject(empty), "user-admin");
        refused(() -> move(anna, empty));
        refused(() -> estate.submit(
                customer.administrator(),
                new CreateUser(
                        customer.ref(),
                        "bert",
                        "bert@example.org",
                        Optional.of(Ref.of(empty.id())),
                        UserView.Kind.PERSON)));
        // nobody's two hands
        estate.submit(
                customer.administrator(),
                new CreateUser(
                        customer.ref(),
                        "robot",
                        "robot@example.org",
                        Optional.of(Ref.of(empty.id())),
                        UserView.Kind.SERVICE));
    }

    @Test
    void aDepartmentIsNotMovedWhereItsPeopleWouldGetThePair() {
        DepartmentView audit = department("audit", Optional.empty());
        DepartmentView people = department("people", Optional.empty());
        DepartmentView inner = department("inner", Optional.of(Ref.of(people.id())));
        estate.grant(customer, subject(audit), "auditor");
        estate.grant(customer, subject(anna), "user-admin");
        ChangeDepartment below = new ChangeDepartment(
                customer.ref(),
                Ref.of(people.id()),
                people.version(),
                Optional.empty(),
                Optional.of(Optional.of(Ref.of(audit.id()))));
        move(anna, inner);

        refused(() -> estate.submit(customer.administrator(), below));
    }

    @Test
    void whoHasAPairFromBeforeThePolicyCanBeMovedButIsGivenNoOther() {
        policy(List.of());
        estate.grant(customer, subject(anna), "auditor");
        estate.grant(customer, subject(anna), "user-admin");
        policy(Policy.DEFAULT.conflictingRoles());
        DepartmentView above = department("above", Optional.empty());
        DepartmentView inner = department("inner", Optional.of(Ref.of(above.id())));
        DepartmentView spends = department("spends", Optional.empty());
        estate.grant(customer, subject(anna), "finance");
        estate.grant(customer, subject(spends), "server-deployer");

        move(anna, inner);
        refused(() -> move(anna, spends));
        estate.submit(
                customer.administrator(),
                new ChangeDepartment(
                        customer.ref(),
                        Ref.of(inner.id()),
                        inner.version(),
                        Optional.empty(),
                        Optional.of(Optional.empty())));
    }

    @Test
    void whoIsEnabledAgainHasNoPairByThen() {
        DepartmentView audit = department("audit", Optional.empty());
        move(anna, audit);
        estate.submit(customer.administrator(), change(anna, Optional.empty(), Optional.of(UserView.State.DISABLED)));
        estate.grant(customer, subject(audit), "auditor");
        estate.grant(customer, subject(audit), "user-admin");

        refused(() -> estate.submit(
                customer.administrator(), change(anna, Optional.empty(), Optional.of(UserView.State.ACTIVE))));
    }

    @Test
    void oneAfterTheOtherIsNoPair() {
        Instant end = estate.clock().instant().plus(Duration.ofDays(1));
        estate.grant(customer, subject(anna), "auditor", Optional.empty(), Optional.of(end));

        refused(() -> estate.grant(
                customer, subject(anna), "user-admin", Optional.of(end.minusSeconds(1)), Optional.empty()));
        estate.grant(customer, subject(anna), "user-admin", Optional.of(end), Optional.empty());
    }

    @Test
    void thePolicySaysWhichRolesArePairsAlsoOfTheOrganizationsOwn() {
        RoleView pays = estate.submit(
                customer.administrator(), new CreateRole(customer.ref(), new Name("pays"), Set.of(Action.USAGE_READ)));

        OrganizationView set = policy(List.of(new Policy.Conflict("pays", "server-deployer")));

        assertEquals(
                List.of(new Policy.Conflict(pays.id(), "server-deployer")),
                set.policy().conflictingRoles());
        estate.grant(customer, subject(anna), "auditor");
        estate.grant(customer, subject(anna), "user-admin");
        estate.grant(customer, subject(anna), "server-deployer");
        refused(() -> estate.grant(customer, subject(anna), "pays"));
        Refused.with(
                Problem.IN_USE,
                () -> estate.submit(customer.administrator(), new DeleteRole(customer.ref(), new Ref(pays.id()))));
        ProblemException unknown =
                Refused.with(Problem.MALFORMED, () -> policy(List.of(new Policy.Conflict("auditor", "nothing"))));
        assertEquals("/conflictingRoles/0/other", unknown.errors().get(0).pointer());

        Refused.with(Problem.MALFORMED, () -> policy(List.of(new Policy.Conflict("pays", pays.id()))));

        policy(List.of());
        estate.grant(customer, subject(anna), "pays");
    }
}
