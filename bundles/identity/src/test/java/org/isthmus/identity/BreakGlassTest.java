// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.approval.ApprovalProblem;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.BreakGlass.AskBreakGlass;
import org.isthmus.api.identity.BreakGlass.BreakGlassView;
import org.isthmus.api.identity.BreakGlass.ConfirmBreakGlass;
import org.isthmus.api.identity.BreakGlass.EndBreakGlass;
import org.isthmus.api.identity.BreakGlass.State;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.HolderView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.identity.Users.ResetPassword;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.turn.Turns;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A role in an emergency: who asks, who confirms, what it gives, and when it is over. */
final class BreakGlassTest {
    private static Estate estate;

    private Estate.Customer customer;
    private Caller boss;
    private Caller nora;
    private Caller rita;

    @BeforeAll
    static void open() {
        estate = Estate.open(BreakGlassTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @BeforeEach
    void peopleWhoseAccountsAreOld() {
        customer = estate.customer();
        nora = estate.person(customer, "nora", "network-admin");
        rita = estate.person(customer, "rita", "organization-admin");
        estate.clock().pass(Duration.ofDays(4));
        boss = again(customer.administrator());
        nora = again(nora);
        rita = again(rita);
    }

    private static Caller again(Caller person) {
        return estate.identity().logins().caller(estate.login(person.username()), Estate.origin());
    }

    /** The same person by an API token of theirs. */
    private static Caller byToken(Caller person) {
        return new Caller(
                person.kind(),
                person.user(),
                person.username(),
                person.organization(),
                person.door(),
                person.address(),
                person.requestId(),
                Optional.empty(),
                false);
    }

    private AskBreakGlass wish(String role, Duration lasts) {
        return new AskBreakGlass(
                customer.ref(), role, Subject.of("organization", customer.id()), "the shop is down", lasts);
    }

    private BreakGlassView ask(Caller by, String role) {
        return estate.submit(by, wish(role, Duration.ofHours(1)));
    }

    private BreakGlassView confirm(Caller by, BreakGlassView asked) {
        return estate.submit(by, new ConfirmBreakGlass(customer.ref(), asked.id()));
    }

    private BreakGlassView end(Caller by, BreakGlassView begun) {
        return estate.submit(by, new EndBreakGlass(customer.ref(), begun.id()));
    }

    private BreakGlassView now(BreakGlassView one) {
        return estate.identity().breakGlass().get(rita, customer.ref(), Ref.of(one.id()));
    }

    private Access.Verdict may(Caller who, Action action) {
        return estate.verdict(who, action, customer.ref());
    }

    @Test
    void whoAsksHoldsTheRoleWhenASecondPersonHasConfirmedAndUntilItsTimeIsOver() {
        BreakGlassView asked = ask(nora, "server-deployer");
        assertEquals(Access.Verdict.FORBIDDEN, may(nora, Action.SERVER_DEPLOY));

        BreakGlassView begun = confirm(rita, asked);

        assertEquals(State.ACTIVE, begun.state());
        assertEquals(Optional.of(rita.username()), begun.confirmedBy());
        assertEquals(Optional.of(estate.clock().instant().plus(Duration.ofHours(1))), begun.until());
        assertEquals(Access.Verdict.ALLOWED, may(nora, Action.SERVER_DEPLOY));
        estate.clock().pass(Duration.ofHours(1).minusMillis(1));
        assertEquals(Access.Verdict.ALLOWED, may(nora, Action.SERVER_DEPLOY));
        estate.clock().pass(Duration.ofMillis(1));
        assertEquals(Access.Verdict.FORBIDDEN, may(nora, Action.SERVER_DEPLOY));
    }

    @Test
    void everyDecisionUnderItNamesItAlsoWhenAnotherGrantWouldDo() {
        BreakGlassView begun = confirm(rita, ask(nora, "organization-admin"));

        assertTrue(estate.identity()
                .access()
                .decide(nora, Action.NETWORK_CREATE, customer.ref())
                .because()
                .get(0)
                .contains(begun.id().value()));
    }

    @Test
    void whatIsKeptApartIsPassedAndNothingElse() {
        Caller fina = estate.person(customer, "fina", "finance", "network-admin");
        estate.clock().pass(Duration.ofDays(4));
        Caller later = again(fina);
        rita = again(rita);
        Refused.with(
                Problem.AGAINST_POLICY,
                () -> estate.submit(
                        rita,
                        new CreateGrant(
                                customer.ref(),
                                Subject.of("user", fina.user().orElseThrow()),
                                "server-deployer",
                                Subject.of("organization", customer.id()),
                                Optional.empty(),
                                Optional.empty())));

        confirm(rita, ask(later, "server-deployer"));

        assertEquals(Access.Verdict.ALLOWED, may(later, Action.SERVER_DEPLOY));
    }

    @Test
    void nobodyIsMovedUnderItIntoWhatWouldKeepThePairWhenItIsOver() {
        Caller fina = estate.person(customer, "fina", "finance", "network-admin");
        DepartmentView builders =
                estate.submit(boss, new CreateDepartment(customer.ref(), new Name("builders"), Optional.empty()));
        DepartmentView readers =
                estate.submit(boss, new CreateDepartment(customer.ref(), new Name("readers"), Optional.empty()));
        estate.grant(customer, Subject.of("department", builders.id()), "server-deployer");
        estate.grant(customer, Subject.of("department", readers.id()), "read-only");
        estate.clock().pass(Duration.ofDays(4));
        rita = again(rita);
        confirm(rita, ask(again(fina), "server-deployer"));

        Refused.with(Problem.AGAINST_POLICY, () -> move(fina, builders));
        // what has nothing to do with it goes on
        move(fina, readers);
    }

    private void move(Caller who, DepartmentView into) {
        UserView is = estate.identity()
                .users()
                .get(rita, customer.ref(), Ref.of(who.user().orElseThrow()));
        estate.submit(
                rita,
                new ChangeUser(
                        customer.ref(),
                        Ref.of(is.id()),
                        is.version(),
                        Optional.empty(),
                        Optional.of(Optional.of(Ref.of(into.id()))),
                        Optional.empty()));
    }

    @Test
    void whatIsAllowedByItEndsWithItUnlessAnotherGrantGoesOn() {
        Subject web = new Subject("server", "srv_1");
        Resource thing = new Resource(web, Set.of(web), Optional.empty());
        BreakGlassView begun = confirm(rita, ask(nora, "server-root"));

        assertEquals(begun.until(), until(thing));

        estate.grant(customer, Subject.of("user", nora.user().orElseThrow()), "server-root");
        assertEquals(Optional.empty(), until(thing));
    }

    private Optional<Instant> until(Resource thing) {
        return estate.identity().access().until(nora, Action.SERVER_ROOT, customer.ref(), List.of(thing));
    }

    @Test
    void nobodyLoosensWhatBindsEverybodyNorPassesAnythingOn() {
        confirm(rita, ask(nora, "organization-admin"));

        for (Action barred : List.of(
                Action.POLICY_SET,
                Action.LIMIT_SET,
                Action.APPROVAL_DECIDE,
                Action.GRANT_CREATE,
                Action.ROLE_CHANGE,
                Action.DIRECTORY_MANAGE,
                Action.REVIEW_DECIDE,
                Action.BREAK_GLASS_CONFIRM)) {
            assertEquals(Access.Verdict.FORBIDDEN, may(nora, barred), barred.key());
        }
        assertEquals(Access.Verdict.ALLOWED, may(nora, Action.USER_CHANGE));
        // that would last longer than what she holds
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(
                        nora,
                        new ResetPassword(customer.ref(), Ref.of(rita.user().orElseThrow()))));
    }

    @Test
    void nobodyConfirmsWhatTheyAskedForNorByATokenNorByAServiceAccount() {
        BreakGlassView asked = ask(rita, "server-deployer");
        UserView robot = estate.submit(
                        rita,
                        new CreateUser(
                                customer.ref(), "robot", "robot@example.org", Optional.empty(), UserView.Kind.SERVICE))
                .user();
        estate.grant(customer, Subject.of("user", robot.id()), "organization-admin");
        Caller asRobot = new Caller(
                Caller.Kind.USER,
                Optional.of(robot.id()),
                "robot@" + customer.ref(),
                customer.id(),
                Caller.Door.REST,
                "192.0.2.7",
                "req-1",
                Optional.empty(),
                false);

        Refused.with(ApprovalProblem.OWN_REQUEST, () -> confirm(rita, asked));
        Refused.with(ApprovalProblem.OWN_REQUEST, () -> confirm(byToken(rita), asked));
        Refused.with(ApprovalProblem.OWN_REQUEST, () -> confirm(byToken(boss), asked));
        Refused.with(ApprovalProblem.OWN_REQUEST, () -> confirm(asRobot, asked));
        Refused.with(
                Problem.FORBIDDEN, () -> estate.submit(byToken(nora), wish("server-deployer", Duration.ofHours(1))));
        assertEquals(State.ASKED, now(asked).state());
    }

    @Test
    void whoHadTheKeysOfTheAskerDoesNotConfirmForSomeDays() {
        Caller carl = estate.person(customer, "carl", "network-admin");
        BreakGlassView asked = ask(carl, "server-manager");

        Refused.with(ApprovalProblem.OWN_REQUEST, () -> confirm(boss, asked));
        assertEquals(State.ACTIVE, confirm(rita, asked).state());
    }

    @Test
    void nobodyConfirmsWhatTheyDoNotHold() {
        estate.submit(boss, new CreateRole(customer.ref(), new Name("on-call"), Set.of(Action.BREAK_GLASS_CONFIRM)));
        Caller olga = estate.person(customer, "olga");
        estate.grant(customer, Subject.of("user", olga.user().orElseThrow()), "on-call");
        estate.clock().pass(Duration.ofDays(4));
        Caller later = again(olga);
        nora = again(nora);
        BreakGlassView asked = ask(nora, "organization-admin");

        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> confirm(later, asked));
    }

    @Test
    void askingAgainMakesNothingLonger() {
        BreakGlassView asked = ask(nora, "server-deployer");

        Refused.with(Problem.CONFLICT, () -> ask(nora, "server-deployer"));
        BreakGlassView begun = confirm(rita, asked);
        Refused.with(Problem.CONFLICT, () -> ask(nora, "server-deployer"));
        Refused.with(ApprovalProblem.NOT_WAITING, () -> confirm(rita, asked));
        assertEquals(begun.until(), now(asked).until());
        end(nora, begun);
        assertEquals(State.ASKED, ask(nora, "server-deployer").state());
    }

    @Test
    void itLastsFourHoursAtMostAndIsConfirmedWithinAnHour() {
        assertThrows(IllegalArgumentException.class, () -> wish("server-deployer", Duration.ofHours(5)));
        BreakGlassView asked = ask(nora, "server-deployer");
        estate.clock().pass(Duration.ofHours(1));

        assertEquals(State.EXPIRED, now(asked).state());
        Refused.with(ApprovalProblem.NOT_WAITING, () -> confirm(again(rita), asked));
        assertEquals(State.ASKED, ask(nora, "server-deployer").state());
    }

    @Test
    void eitherOfTheTwoOrAnAdministratorEndsItAndNobodyElse() {
        Caller other = estate.person(customer, "other");
        BreakGlassView first = confirm(rita, ask(nora, "server-deployer"));
        Refused.with(Problem.NOT_FOUND, () -> end(other, first));

        BreakGlassView ended = end(nora, first);
        assertEquals(State.OVER, ended.state());
        assertEquals(Optional.of(nora.username()), ended.endedBy());
        assertEquals(Access.Verdict.FORBIDDEN, may(nora, Action.SERVER_DEPLOY));
        Refused.with(Problem.CONFLICT, () -> end(rita, first));
        BreakGlassView second = confirm(rita, ask(nora, "server-deployer"));
        assertEquals(State.OVER, end(rita, second).state());
        BreakGlassView third = confirm(rita, ask(nora, "server-deployer"));
        assertEquals(State.OVER, end(boss, third).state());
    }

    @Test
    void theGrantItselfIsNotTakenPastTheRecord() {
        BreakGlassView begun = confirm(rita, ask(nora, "server-deployer"));

        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(
                        boss, new DeleteGrant(customer.ref(), begun.grant().orElseThrow())));
    }

    @Test
    void aClockThatIsSetBackGivesNobodyMoreTime() {
        BreakGlassView begun = confirm(rita, ask(nora, "server-deployer"));
        AtomicLong nanos = new AtomicLong();
        Turns turns = estate.identity().turns(estate.gates(new ArrayList<>()), nanos::get);
        estate.clock().pass(Duration.ofMinutes(50));
        nanos.addAndGet(Duration.ofMinutes(50).toNanos());
        turns.look();
        assertEquals(State.ACTIVE, now(begun).state());

        estate.clock().pass(Duration.ofMinutes(-40));
        turns.look();

        assertEquals(State.OVER, now(begun).state());
        assertEquals(Access.Verdict.FORBIDDEN, may(nora, Action.SERVER_DEPLOY));
    }

    @Test
    void beforeItBeganNobodyHeldItWhateverTheClockSays() {
        confirm(rita, ask(nora, "server-deployer"));
        estate.clock().pass(Duration.ofMinutes(-40));

        assertEquals(Access.Verdict.FORBIDDEN, may(nora, Action.SERVER_DEPLOY));
        estate.clock().pass(Duration.ofMinutes(40));
    }

    @Test
    void itsEndIsToldOnceAndLeavesNoGrant() {
        BreakGlassView begun = confirm(rita, ask(nora, "server-deployer"));
        List<Command<?>> asked = new ArrayList<>();
        Gates gates = estate.gates(asked);
        estate.clock().pass(Duration.ofHours(2));

        estate.identity().turns(gates, System::nanoTime).look();
        estate.another().turns(gates, System::nanoTime).look();

        assertEquals(
                1,
                asked.stream()
                        .filter(command ->
                                command.about().id().equals(begun.id().value()))
                        .count());
        assertEquals(Optional.of("system"), now(begun).endedBy());
        assertTrue(estate.identity().grants().list(boss, customer.ref(), Query.all()).items().stream()
                .noneMatch(grant -> grant.breakGlass().isPresent()));
    }

    @Test
    void whatIsLostBetweenPlanAndCommitIsLostAsAWhole() {
        BreakGlassView asked = ask(nora, "server-deployer");
        Plan<BreakGlassView> plan = estate.plan(rita, new ConfirmBreakGlass(customer.ref(), asked.id()));
        assertThrows(IllegalStateException.class, () -> estate.database().tx().execute(() -> {
            estate.apply(rita, customer.id(), plan);
            throw new IllegalStateException("killed");
        }));

        assertEquals(State.ASKED, now(asked).state());
        assertEquals(Access.Verdict.FORBIDDEN, may(nora, Action.SERVER_DEPLOY));
        end(nora, asked);
        Refused.with(ApprovalProblem.NOT_WAITING, () -> estate.apply(rita, customer.id(), plan));
    }

    @Test
    void itGoesWithItsHolder() {
        BreakGlassView begun = confirm(rita, ask(nora, "server-deployer"));
        estate.submit(boss, new DeleteUser(customer.ref(), Ref.of(nora.user().orElseThrow())));

        assertEquals(State.OVER, end(boss, begun).state());
    }

    @Test
    void whoHeldItIsKnownForTheTimeInWhichItWasHeld() {
        BreakGlassView begun = confirm(rita, ask(nora, "server-deployer"));
        estate.clock().pass(Duration.ofMinutes(10));
        Instant then = estate.clock().instant();
        estate.clock().pass(Duration.ofMinutes(10));
        end(rita, begun);
        estate.clock().pass(Duration.ofMinutes(10));

        List<HolderView> holders = estate.identity()
                .grants()
                .holders(
                        boss,
                        customer.ref(),
                        Action.SERVER_DEPLOY,
                        Optional.empty(),
                        Optional.of(then),
                        Page.Request.all())
                .items();
        assertTrue(holders.stream()
                .filter(holder -> holder.username().equals("nora"))
                .anyMatch(holder ->
                        holder.because().get(0).detail().contains(begun.id().value())));
    }
}
