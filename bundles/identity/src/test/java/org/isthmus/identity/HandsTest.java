// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Hands;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Tokens.CreateToken;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.identity.Users.ResetPassword;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose hands an account could be, where a second person is asked for. */
final class HandsTest {
    private static final Duration LONG = Duration.ofDays(3);

    private static Estate estate;
    private Estate.Customer customer;
    private UserId boss;

    @BeforeAll
    static void open() {
        estate = Estate.open(HandsTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @BeforeEach
    void anOrganization() {
        customer = estate.customer();
        boss = customer.administrator().user().orElseThrow();
    }

    private static Hands hands(Caller caller) {
        return estate.identity().access().hands(caller, LONG);
    }

    private static Set<UserId> all(Caller caller) {
        return hands(caller).all();
    }

    private static UserId id(Caller caller) {
        return caller.user().orElseThrow();
    }

    /** As that service account. */
    private Caller as(UserView service) {
        return new Caller(
                Caller.Kind.USER,
                Optional.of(service.id()),
                service.username() + "@" + customer.ref(),
                customer.id(),
                Caller.Door.REST,
                "192.0.2.7",
                "req-1",
                Optional.empty(),
                false);
    }

    private UserView service(Caller by, String name) {
        return estate.submit(
                        by,
                        new CreateUser(
                                customer.ref(), name, name + "@example.org", Optional.empty(), UserView.Kind.SERVICE))
                .user();
    }

    private void token(Caller by, UserView of, String name) {
        estate.submit(
                by,
                new CreateToken(
                        customer.ref(),
                        new Name(name),
                        Optional.of(Set.of(Action.SERVER_READ)),
                        estate.clock().instant().plus(Duration.ofDays(30)),
                        Optional.of(Ref.of(of.id()))));
    }

    private void responsible(UserView service, Caller person) {
        UserView is = estate.identity().users().get(customer.administrator(), customer.ref(), Ref.of(service.id()));
        estate.submit(
                customer.administrator(),
                new ChangeUser(
                        customer.ref(),
                        Ref.of(service.id()),
                        is.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(Ref.of(id(person)))));
    }

    @Test
    void theFirstAdministratorIsNobodyElses() {
        assertEquals(new Hands(true, Set.of(boss)), hands(customer.administrator()));
        assertEquals(Set.of(), all(estate.root()));
    }

    @Test
    void whoMadeAnAccountCouldBeItForAWhile() {
        Caller anna = estate.person(customer, "anna");

        assertEquals(Set.of(id(anna), boss), all(anna));
        assertEquals(
                Set.of(id(anna)),
                estate.identity().access().hands(anna, Duration.ZERO).all());
        estate.clock().pass(LONG);
        assertEquals(Set.of(id(anna)), all(anna));
    }

    @Test
    void whoSetAPasswordCouldBeItAndWhoDidSoBeforeStays() {
        Caller anna = estate.person(customer, "anna");
        Caller other = estate.person(customer, "other", "organization-admin");

        estate.submit(other, new ResetPassword(customer.ref(), Ref.of(id(anna))));

        assertEquals(Set.of(id(anna), boss, id(other)), all(anna));
    }

    @Test
    void oneBehindTheOtherAlsoWhenTheOneBetweenIsGone() {
        Caller first = estate.person(customer, "first", "organization-admin");
        UserId second = estate.submit(
                        first,
                        new CreateUser(
                                customer.ref(), "second", "second@example.org", Optional.empty(), UserView.Kind.PERSON))
                .user()
                .id();
        estate.submit(customer.administrator(), new DeleteUser(customer.ref(), Ref.of(id(first))));
        UserView view = estate.identity().users().get(customer.administrator(), customer.ref(), Ref.of(second));

        assertEquals(Set.of(second, id(first), boss), all(as(view)));
    }

    @Test
    void behindAServiceAccountAreWhoAnswersForItAndWhoMadeItsTokens() {
        Caller bob = estate.person(customer, "bob");
        estate.clock().pass(LONG);
        UserView robot = service(customer.administrator(), "robot");

        assertFalse(hands(as(robot)).person());
        assertTrue(all(as(robot)).contains(boss));
        token(customer.administrator(), robot, "one");
        responsible(robot, bob);
        assertTrue(all(as(robot)).containsAll(Set.of(id(bob), boss)));
        estate.clock().pass(LONG);
        // the token is still there
        assertTrue(all(as(robot)).containsAll(Set.of(id(bob), boss)));
    }

    @Test
    void whoAnsweredForAServiceAccountCouldStillBeItForAWhile() {
        Caller bob = estate.person(customer, "bob");
        estate.clock().pass(LONG);
        UserView robot = service(customer.administrator(), "robot");
        responsible(robot, bob);

        assertTrue(all(as(robot)).contains(boss));
        estate.clock().pass(LONG);
        assertEquals(Set.of(robot.id(), id(bob)), all(as(robot)));
    }

    @Test
    void aTokenForDestroyingThingsMakesNoOtherLikeItself() {
        Caller anna = estate.person(customer, "anna", "organization-admin");
        Caller lasting = new Caller(
                anna.kind(),
                anna.user(),
                anna.username(),
                anna.organization(),
                anna.door(),
                anna.address(),
                anna.requestId(),
                Optional.empty(),
                false,
                Optional.empty(),
                Caller.Proof.LASTING);

        Refused.with(
                IdentityProblem.STEP_UP_NEEDED,
                () -> estate.submit(
                        lasting,
                        new CreateToken(
                                customer.ref(),
                                new Name("again"),
                                Optional.empty(),
                                estate.clock().instant().plus(Duration.ofDays(300)),
                                Optional.empty(),
                                true)));
    }
}
