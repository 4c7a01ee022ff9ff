// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Caller.Door;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Sessions.OpenSessionView;
import org.isthmus.api.identity.Sessions.StepUp;
import org.isthmus.api.identity.Tokens.CreateToken;
import org.isthmus.api.identity.Tokens.DeleteToken;
import org.isthmus.api.identity.Tokens.TokenCreated;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangePassword;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.identity.Users.RemoveTotp;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The policy requireMfa: whom a second factor is asked of, and for what. */
final class RequireMfaTest {
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(RequireMfaTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    /** Somebody to be deleted. */
    private static DeleteUser deletion(Estate.Customer customer, String username) {
        estate.submit(
                estate.root(),
                new CreateUser(
                        customer.ref(), username, username + "@example.org", Optional.empty(), UserView.Kind.PERSON));
        return new DeleteUser(customer.ref(), new Ref(username));
    }

    private static CreateToken token(Estate.Customer customer, String name, boolean destructive) {
        return new CreateToken(
                customer.ref(),
                new Name(name),
                Optional.empty(),
                estate.clock().instant().plus(Duration.ofDays(30)),
                Optional.empty(),
                destructive);
    }

    private static Caller caller(Secret bearer) {
        return estate.identity().logins().caller(bearer, Estate.origin());
    }

    @Test
    void unlessThePolicySaysOtherwiseNobodyIsAskedForOne() {
        Estate.Customer customer = estate.customer();

        assertEquals(Policy.Mfa.NONE, customer.organization().policy().requireMfa());
        estate.submit(customer.administrator(), deletion(customer, "gone"));
    }

    @Test
    void whereEverybodyNeedsOneWhoHasNoneMayOnlyMakeOne() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna", "organization-admin");
        assertEquals(Verdict.ALLOWED, estate.verdict(anna, Action.USER_READ, customer.ref()));

        estate.requireMfa(customer, Policy.Mfa.ALL);

        assertEquals(Verdict.SECOND_FACTOR_NEEDED, estate.verdict(anna, Action.USER_READ, customer.ref()));
        ProblemException refused = Refused.with(
                IdentityProblem.ENROLMENT_NEEDED,
                () -> estate.identity().users().list(anna, customer.ref(), Query.all()));
        assertTrue(refused.getMessage().contains("POST …/users/{user}/totp"), refused.getMessage());
        assertPolicy(customer, refused);
        Refused.with(
                IdentityProblem.ENROLMENT_NEEDED,
                () -> estate.identity().organizations().get(anna, customer.ref()));
        Refused.with(
                IdentityProblem.ENROLMENT_NEEDED,
                () -> estate.identity().organizations().list(anna, Query.all()));
        assertEquals(
                Set.of(),
                estate.identity().access().visible(anna, Action.SERVER_READ).organizations());
        estate.identity().sessions().list(anna, customer.ref(), Query.all());
        estate.submit(
                anna,
                new ChangePassword(
                        customer.ref(), new Ref("anna"), Estate.PASSWORD, new Secret("nine blue whales swim")));

        Armed.of(estate, customer, anna);

        assertEquals(Verdict.ALLOWED, estate.verdict(anna, Action.USER_READ, customer.ref()));
        estate.identity().users().list(anna, customer.ref(), Query.all());
    }

    @Test
    void anotherControllerLearnsOfTheNewSecondFactorWithinTheRecheck() {
        Estate.Customer customer = estate.customer();
        EmbeddedIdentity other = estate.another();
        Caller bert = estate.person(customer, "bert", "read-only");
        estate.requireMfa(customer, Policy.Mfa.ALL);
        assertEquals(
                Verdict.SECOND_FACTOR_NEEDED,
                other.access().decide(bert, Action.SERVER_READ, customer.ref()).verdict());

        Armed armed = Armed.of(estate, customer, bert);
        estate.clock().pass(Duration.ofMillis(200));
        assertEquals(
                Verdict.ALLOWED,
                other.access().decide(bert, Action.SERVER_READ, customer.ref()).verdict());

        estate.submit(bert, new RemoveTotp(customer.ref(), armed.ref(), Optional.of(armed.next())));
        estate.clock().pass(Duration.ofMillis(200));
        assertEquals(
                Verdict.SECOND_FACTOR_NEEDED,
                other.access().decide(bert, Action.SERVER_READ, customer.ref()).verdict());
    }

    @Test
    void whereEverybodyNeedsOneATokenOfAPersonWithoutDoesNothingAndAServiceAccountsWorks() {
        Estate.Customer customer = estate.customer();
        Caller carl = estate.person(customer, "carl", "read-only");
        Caller token = caller(estate.submit(carl, token(customer, "ci", false)).secret());
        UserView robot = estate.submit(
                        customer.administrator(),
                        new CreateUser(
                                customer.ref(), "robot", "robot@example.org", Optional.empty(), UserView.Kind.SERVICE))
                .user();
        estate.grant(customer, Subject.of("user", robot.id()), "read-only");
        Caller robots = caller(estate.submit(
                        customer.administrator(),
                        new CreateToken(
                                customer.ref(),
                                new Name("robots"),
                                Optional.empty(),
                                estate.clock().instant().plus(Duration.ofDays(1)),
                                Optional.of(new Ref("robot"))))
                .secret());

        estate.requireMfa(customer, Policy.Mfa.ALL);

        assertEquals(Verdict.SECOND_FACTOR_NEEDED, estate.verdict(token, Action.SERVER_READ, customer.ref()));
        assertEquals(Verdict.ALLOWED, estate.verdict(robots, Action.SERVER_READ, customer.ref()));
    }

    @Test
    void whereEverybodyNeedsOneWhoeverProvedItWhenTheyAskedIsActedForWithoutTheirSession() {
        Estate.Customer customer = estate.customer();
        Caller eva = estate.person(customer, "eva", "read-only");
        estate.requireMfa(customer, Policy.Mfa.ALL);

        assertEquals(
                Verdict.SECOND_FACTOR_NEEDED,
                estate.verdict(remembered(eva, Caller.Proof.NONE), Action.SERVER_READ, customer.ref()));
        assertEquals(
                Verdict.ALLOWED,
                estate.verdict(
                        remembered(
                                eva, Caller.Proof.of(Optional.of(estate.clock().instant()))),
                        Action.SERVER_READ,
                        customer.ref()));
    }

    private static Caller remembered(Caller asker, Caller.Proof proof) {
        return new Caller(
                asker.kind(),
                asker.user(),
                asker.username(),
                asker.organization(),
                Caller.Door.SYSTEM,
                "local",
                "later",
                Optional.empty(),
                false,
                Optional.empty(),
                proof,
                Optional.empty());
    }

    @Test
    void theExplanationOfAccessNamesThePolicy() {
        Estate.Customer customer = estate.customer();
        estate.person(customer, "dora", "read-only");
        estate.requireMfa(customer, Policy.Mfa.ALL);

        var answer = estate.identity()
                .grants()
                .explain(estate.root(), customer.ref(), new Ref("dora"), Action.SERVER_READ, Optional.empty());

        assertFalse(answer.allowed());
        assertTrue(answer.because().get(0).detail().contains("requireMfa of " + customer.ref()), answer.toString());
    }

    @Test
    void stepUpAsksWhoDestroysSomethingForAProofOfTheLastFiveMinutes() {
        Estate.Customer customer = estate.customer();
        Armed erik = Armed.of(estate, customer, "erik", "organization-admin");
        DeleteUser first = deletion(customer, "first");
        DeleteUser second = deletion(customer, "second");
        estate.requireMfa(customer, Policy.Mfa.STEP_UP);
        Caller caller = erik.login();

        estate.clock().pass(Policy.STEP_UP_LASTS.minusMillis(1));
        estate.submit(caller, first);
        estate.clock().pass(Duration.ofMillis(1));
        ProblemException refused = Refused.with(IdentityProblem.STEP_UP_NEEDED, () -> estate.submit(caller, second));

        assertTrue(refused.getMessage().contains("POST /api/v1/sessions/current/step-up"), refused.getMessage());
        assertPolicy(customer, refused);
        estate.identity().users().list(caller, customer.ref(), Query.all());
        OpenSessionView proved = estate.submit(caller, new StepUp(customer.ref(), erik.next()));
        assertEquals(Optional.of(estate.clock().instant()), proved.provedAt());
        estate.submit(caller, second);
    }

    private static void assertPolicy(Estate.Customer customer, ProblemException refused) {
        ProblemException.FieldError error = refused.errors().get(0);
        assertEquals(Optional.of("requireMfa"), error.policy());
        assertEquals(Optional.of(customer.ref().text()), error.owner());
        assertEquals(
                Optional.of(new ProblemException.ChangeableBy(
                        "policy.set", customer.ref().text())),
                error.changeableBy());
        assertTrue(refused.getMessage().startsWith("requireMfa of " + customer.ref()), refused.getMessage());
        assertTrue(
                refused.getMessage().contains("Who has policy.set in " + customer.ref() + " can change that."),
                refused.getMessage());
    }

    @Test
    void aProofOnOneControllerCountsOnAllAtOnce() {
        Estate.Customer customer = estate.customer();
        EmbeddedIdentity other = estate.another();
        Armed fred = Armed.of(estate, customer, "fred", "organization-admin");
        estate.requireMfa(customer, Policy.Mfa.STEP_UP);
        OrganizationView now =
                estate.identity().organizations().find(customer.id()).orElseThrow();
        Secret bearer = estate.identity()
                .logins()
                .login(fred.username(), Estate.PASSWORD, Optional.of(fred.next()), Estate.origin())
                .token();
        estate.clock().pass(Policy.STEP_UP_LASTS);
        Caller there = other.logins().caller(bearer, Estate.origin());
        Refused.with(IdentityProblem.STEP_UP_NEEDED, () -> other.access().requireStepUp(there, now));

        estate.submit(caller(bearer), new StepUp(customer.ref(), fred.shown()));

        other.access().requireStepUp(there, now);
    }

    @Test
    void aWrongCodeProvesNothingAndIsCountedAndACodeProvesOnce() {
        Estate.Customer customer = estate.customer();
        Armed gina = Armed.of(estate, customer, "gina");
        Secret code = gina.next();

        estate.submit(gina.caller(), new StepUp(customer.ref(), code));
        for (int i = 0; i < 5; i++) {
            Refused.with(
                    IdentityProblem.WRONG_CODE,
                    () -> estate.submit(gina.caller(), new StepUp(customer.ref(), i(code, gina))));
        }
        Refused.with(
                Problem.TOO_MANY,
                () -> estate.submit(
                        gina.caller(),
                        new StepUp(customer.ref(), gina.recoveryCodes().get(0))));
    }

    private static Secret i(Secret used, Armed who) {
        return who.shown().equals(used) ? used : who.wrong();
    }

    @Test
    void whoHasNoSecondFactorIsToldToMakeOneBeforeTheyDestroyAnything() {
        Estate.Customer customer = estate.customer();
        estate.requireMfa(customer, Policy.Mfa.STEP_UP);
        DeleteUser wish = deletion(customer, "stays");

        ProblemException refused =
                Refused.with(IdentityProblem.STEP_UP_NEEDED, () -> estate.submit(customer.administrator(), wish));

        assertTrue(refused.getMessage().contains("/totp"), refused.getMessage());
        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(customer.administrator(), new StepUp(customer.ref(), new Secret("123456"))));
    }

    @Test
    void aTokenDestroysOnlyWhenItWasMadeForThatBySomebodyWhoHadJustProvedIt() {
        Estate.Customer customer = estate.customer();
        Armed hugo = Armed.of(estate, customer, "hugo", "organization-admin");
        Caller plain = caller(
                estate.submit(hugo.caller(), token(customer, "plain", false)).secret());
        Caller session = hugo.login();
        TokenCreated made = estate.submit(session, token(customer, "janitor", true));
        Caller janitor = caller(made.secret());
        estate.requireMfa(customer, Policy.Mfa.STEP_UP);
        estate.clock().pass(Policy.STEP_UP_LASTS);
        DeleteUser wish = deletion(customer, "rubbish");

        assertTrue(made.token().destructive());
        Refused.with(IdentityProblem.STEP_UP_NEEDED, () -> estate.submit(plain, wish));
        Refused.with(IdentityProblem.STEP_UP_NEEDED, () -> estate.submit(session, token(customer, "late", true)));
        Refused.with(IdentityProblem.STEP_UP_NEEDED, () -> estate.submit(plain, token(customer, "ladder", true)));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(plain, new StepUp(customer.ref(), hugo.next())));
        estate.submit(janitor, wish);
    }

    @Test
    void revokingOnesOwnTokenAsksForNothingMore() {
        Estate.Customer customer = estate.customer();
        Caller ida = estate.person(customer, "ida");
        estate.submit(ida, token(customer, "leaked", false));
        estate.requireMfa(customer, Policy.Mfa.STEP_UP);

        estate.submit(ida, new DeleteToken(customer.ref(), new Ref("leaked")));
    }

    @Test
    void theProofOfTheShellIsItsLogin() {
        Estate.Customer customer = estate.customer();
        Armed jana = Armed.of(estate, customer, "jana", "organization-admin");
        estate.requireMfa(customer, Policy.Mfa.STEP_UP);
        OrganizationView now =
                estate.identity().organizations().find(customer.id()).orElseThrow();
        Caller session = jana.login();
        Caller shell = new Caller(
                session.kind(),
                session.user(),
                session.username(),
                session.organization(),
                Door.SHELL,
                "local",
                "req-3",
                Optional.empty(),
                false,
                Optional.empty(),
                session.proof());

        estate.identity().access().requireStepUp(shell, now);
        estate.clock().pass(Policy.STEP_UP_LASTS);
        ProblemException refused = Refused.with(
                IdentityProblem.STEP_UP_NEEDED, () -> estate.identity().access().requireStepUp(shell, now));

        assertTrue(refused.getMessage().contains("Log in to the shell again"), refused.getMessage());
        estate.identity().access().requireStepUp(estate.root(), now);
    }

    @Test
    void whereEverybodyNeedsOneTheShellStaysShutForAnOperatorWithout() throws IOException {
        try (Estate fresh = Estate.open(RequireMfaTest.class)) {
            Secret oneTime = new Secret(Files.readString(fresh.passwordFile()).strip());
            Secret bearer = fresh.identity()
                    .logins()
                    .login("admin@platform", oneTime, Estate.origin())
                    .token();
            Caller admin = fresh.identity().logins().caller(bearer, Estate.origin());
            fresh.submit(admin, new ChangePassword(Ref.PLATFORM, new Ref("admin"), oneTime, Estate.PASSWORD));
            Caller settled = fresh.identity().logins().caller(bearer, Estate.origin());
            Estate.Customer platform = new Estate.Customer(
                    fresh.identity()
                            .organizations()
                            .find(fresh.identity().platform())
                            .orElseThrow(),
                    settled);
            Origin shell = new Origin(Door.SHELL, "192.0.2.9", "req-2");
            fresh.requireMfa(platform, Policy.Mfa.ALL);

            assertEquals(
                    Optional.empty(), fresh.identity().logins().shellLogin("admin@platform", Estate.PASSWORD, shell));
            Armed armed = Armed.of(fresh, platform, settled);
            Secret both =
                    new Secret(Estate.PASSWORD.reveal() + " " + armed.next().reveal());
            Caller operator = fresh.identity()
                    .logins()
                    .shellLogin("admin@platform", both, shell)
                    .orElseThrow();
            assertEquals(Optional.of(fresh.clock().instant()), operator.proof().at());
        }
    }

    @Test
    void whoLosesTheSecondFactorHasProvedNothing() {
        Estate.Customer customer = estate.customer();
        Armed karl = Armed.of(estate, customer, "karl", "organization-admin");
        DeleteUser wish = deletion(customer, "kept");
        estate.requireMfa(customer, Policy.Mfa.STEP_UP);
        Caller session = karl.login();

        estate.submit(session, new RemoveTotp(customer.ref(), karl.ref(), Optional.of(karl.next())));

        Secret bearer = estate.login(karl.username());
        Refused.with(IdentityProblem.STEP_UP_NEEDED, () -> estate.submit(caller(bearer), wish));
        List<OpenSessionView> open = estate.identity()
                .sessions()
                .list(caller(bearer), customer.ref(), Query.all())
                .items();
        assertTrue(open.stream().allMatch(one -> one.provedAt().isEmpty()), open.toString());
    }

    @Test
    void takingSomebodysSecondFactorAwayIsGuardedToo() {
        Estate.Customer customer = estate.customer();
        Armed lars = Armed.of(estate, customer, "lars");
        estate.requireMfa(customer, Policy.Mfa.STEP_UP);

        Plan<UserView> plan =
                estate.plan(customer.administrator(), new RemoveTotp(customer.ref(), lars.ref(), Optional.empty()));

        assertTrue(plan.destructive());
    }
}
