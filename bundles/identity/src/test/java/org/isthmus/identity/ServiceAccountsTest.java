// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Grants.AccessView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Tokens.CreateToken;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who answers for a service account, and what happens when nobody does. */
final class ServiceAccountsTest {
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(ServiceAccountsTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static CreateUser robot(Estate.Customer customer, Optional<String> responsible) {
        return new CreateUser(
                customer.ref(),
                "robot",
                "robot@example.org",
                Optional.empty(),
                UserView.Kind.SERVICE,
                responsible.map(Ref::new));
    }

    private static UserView view(Estate.Customer customer, String username) {
        return estate.identity().users().get(estate.root(), customer.ref(), new Ref(username));
    }

    private static ChangeUser naming(Estate.Customer customer, String username, String responsible) {
        return new ChangeUser(
                customer.ref(),
                new Ref(username),
                view(customer, username).version(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new Ref(responsible)));
    }

    private static ChangeUser state(Estate.Customer customer, String username, UserView.State state) {
        return new ChangeUser(
                customer.ref(),
                new Ref(username),
                view(customer, username).version(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(state));
    }

    private static Secret token(Estate.Customer customer, String name) {
        return estate.submit(
                        customer.administrator(),
                        new CreateToken(
                                customer.ref(),
                                new Name(name),
                                Optional.empty(),
                                estate.clock().instant().plus(Duration.ofDays(30)),
                                Optional.of(new Ref("robot"))))
                .secret();
    }

    private static Caller caller(Secret token) {
        return estate.identity().logins().caller(token, Estate.origin());
    }

    /** A customer whose robot reads, and for which anna answers. */
    private static Estate.Customer withRobotOfAnna() {
        Estate.Customer customer = estate.customer();
        estate.person(customer, "anna");
        UserView robot = estate.submit(customer.administrator(), robot(customer, Optional.of("anna")))
                .user();
        estate.grant(customer, Subject.of("user", robot.id()), "read-only");
        return customer;
    }

    @Test
    void whoMakesOneAnswersForItUnlessSomebodyElseIsNamed() {
        Estate.Customer customer = estate.customer();
        UserView own = estate.submit(customer.administrator(), robot(customer, Optional.empty()))
                .user();

        assertEquals(customer.administrator().user(), own.responsible());
        assertEquals(Optional.empty(), view(customer, "boss").responsible());

        Estate.Customer other = withRobotOfAnna();
        assertEquals(Optional.of(view(other, "anna").id()), view(other, "robot").responsible());
    }

    @Test
    void whereTheMakerIsNoPersonOfTheOrganizationOneMustBeNamed() {
        Estate.Customer customer = estate.customer();
        UserView maker = estate.submit(
                        customer.administrator(),
                        new CreateUser(
                                customer.ref(), "maker", "m@example.org", Optional.empty(), UserView.Kind.SERVICE))
                .user();
        estate.grant(customer, Subject.of("user", maker.id()), "user-admin");
        Secret secret = estate.submit(
                        estate.root(),
                        new CreateToken(
                                customer.ref(),
                                new Name("makers"),
                                Optional.empty(),
                                estate.clock().instant().plus(Duration.ofDays(1)),
                                Optional.of(new Ref("maker"))))
                .secret();

        for (Caller nobody : java.util.List.of(estate.root(), caller(secret))) {
            ProblemException refused =
                    Refused.with(Problem.MALFORMED, () -> estate.submit(nobody, robot(customer, Optional.empty())));
            assertEquals("/responsible", refused.errors().get(0).pointer());
        }
        estate.submit(estate.root(), robot(customer, Optional.of("boss")));
    }

    @Test
    void onlyAnActivePersonOfTheOrganizationAnswersAndForNoPerson() {
        Estate.Customer customer = withRobotOfAnna();
        Estate.Customer elsewhere = estate.customer();
        estate.person(elsewhere, "stranger");
        estate.person(customer, "off");
        estate.submit(customer.administrator(), state(customer, "off", UserView.State.DISABLED));

        for (String no : java.util.List.of("robot", "stranger", "off", "nobody")) {
            Refused.with(
                    Problem.MALFORMED, () -> estate.submit(customer.administrator(), naming(customer, "robot", no)));
        }
        Refused.with(
                Problem.MALFORMED, () -> estate.submit(customer.administrator(), naming(customer, "anna", "boss")));
        Refused.with(
                Problem.MALFORMED,
                () -> estate.submit(
                        customer.administrator(),
                        new CreateUser(
                                customer.ref(),
                                "bert",
                                "bert@example.org",
                                Optional.empty(),
                                UserView.Kind.PERSON,
                                Optional.of(new Ref("boss")))));
    }

    @Test
    void whenTheResponsiblePersonIsDisabledTheTokensStopAtOnceUntilAnotherIsNamed() {
        Estate.Customer customer = withRobotOfAnna();
        Secret token = token(customer, "ci");
        Caller before = caller(token);
        assertEquals(Verdict.ALLOWED, estate.verdict(before, Action.SERVER_READ, customer.ref()));

        estate.submit(customer.administrator(), state(customer, "anna", UserView.State.DISABLED));

        ProblemException refused = Refused.with(IdentityProblem.NOBODY_RESPONSIBLE, () -> caller(token));
        assertTrue(refused.getMessage().contains("responsible"), refused.getMessage());
        assertEquals(Verdict.NOBODY_RESPONSIBLE, estate.verdict(before, Action.SERVER_READ, customer.ref()));
        assertEquals(Verdict.NOBODY_RESPONSIBLE, estate.verdict(before, Action.OWN_ACCOUNT, customer.ref()));
        estate.submit(customer.administrator(), naming(customer, "robot", "boss"));
        assertEquals(Verdict.ALLOWED, estate.verdict(caller(token), Action.SERVER_READ, customer.ref()));
    }

    @Test
    void theyWorkAgainWhenThatPersonIsEnabledAgain() {
        Estate.Customer customer = withRobotOfAnna();
        Secret token = token(customer, "ci");
        estate.submit(customer.administrator(), state(customer, "anna", UserView.State.DISABLED));
        Refused.with(IdentityProblem.NOBODY_RESPONSIBLE, () -> caller(token));

        estate.submit(customer.administrator(), state(customer, "anna", UserView.State.ACTIVE));

        caller(token);
    }

    @Test
    void whenTheResponsiblePersonIsDeletedTheyStopOnEveryControllerAndItIsShownWhoItWas() {
        Estate.Customer customer = withRobotOfAnna();
        EmbeddedIdentity other = estate.another();
        Secret token = token(customer, "ci");
        other.logins().caller(token, Estate.origin());
        UserView anna = view(customer, "anna");

        estate.submit(customer.administrator(), new DeleteUser(customer.ref(), new Ref("anna")));

        assertEquals(Optional.of(anna.id()), view(customer, "robot").responsible());
        Refused.with(IdentityProblem.NOBODY_RESPONSIBLE, () -> caller(token));
        estate.clock().pass(Duration.ofMillis(200));
        Refused.with(IdentityProblem.NOBODY_RESPONSIBLE, () -> other.logins().caller(token, Estate.origin()));
    }

    @Test
    void theExplanationOfAccessSaysSo() {
        Estate.Customer customer = withRobotOfAnna();
        estate.submit(customer.administrator(), state(customer, "anna", UserView.State.DISABLED));

        AccessView answer = estate.identity()
                .grants()
                .explain(
                        customer.administrator(),
                        customer.ref(),
                        new Ref("robot"),
                        Action.SERVER_READ,
                        Optional.empty());

        assertFalse(answer.allowed());
        assertTrue(answer.because().get(0).detail().contains("nobody answers for this service account"));
        assertTrue(answer.because()
                .get(0)
                .detail()
                .contains(view(customer, "anna").id().value()));
    }

    @Test
    void wakingItUpIsForWhoHoldsWhatItHoldsAndHandingItOnIsNot() {
        Estate.Customer customer = withRobotOfAnna();
        estate.person(customer, "bert");
        Caller admin = estate.person(customer, "admin", "user-admin");
        estate.grant(customer, Subject.of("user", view(customer, "robot").id()), "server-deployer");

        estate.submit(admin, naming(customer, "robot", "bert"));
        estate.submit(customer.administrator(), state(customer, "bert", UserView.State.DISABLED));
        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> estate.submit(admin, naming(customer, "robot", "anna")));
        estate.submit(customer.administrator(), naming(customer, "robot", "anna"));
    }

    @Test
    void oneOfBeforeThereWasAnybodyGoesOnAndGetsOne() {
        Estate.Customer customer = withRobotOfAnna();
        Secret token = token(customer, "ci");
        estate.database().tx().execute(() -> {
            try (var update = estate.database()
                    .tx()
                    .connection()
                    .prepareStatement(
                            "UPDATE idn_user SET responsible = NULL, version = version + 1 WHERE username = 'robot'")) {
                update.executeUpdate();
            } catch (java.sql.SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        estate.catchUp();

        estate.clock().pass(Duration.ofSeconds(2));
        estate.submit(customer.administrator(), state(customer, "anna", UserView.State.DISABLED));

        caller(token);
        estate.submit(customer.administrator(), naming(customer, "robot", "boss"));
        assertEquals(customer.administrator().user(), view(customer, "robot").responsible());
    }
}
