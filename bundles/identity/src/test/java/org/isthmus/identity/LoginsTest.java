// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Caller.Door;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangePassword;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.identity.Users.ResetPassword;
import org.isthmus.api.identity.Users.UserCreated;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.identity.setting.Settings;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class LoginsTest {
    private static final Secret WRONG = new Secret("not the password at all");
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(LoginsTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static Origin from(String address) {
        return new Origin(Door.REST, address, "req-1");
    }

    @Test
    void aPasswordOpensASessionWhoseTokenIsTheCaller() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna");

        SessionOpened opened =
                estate.identity().logins().login("anna@" + customer.ref(), Estate.PASSWORD, Estate.origin());
        Caller caller = estate.identity().logins().caller(opened.token(), Estate.origin());

        assertTrue(opened.token().reveal().matches("iss_[A-Za-z0-9_-]{43}"));
        assertEquals(estate.clock().instant().plus(Duration.ofHours(12)), opened.expiresAt());
        assertFalse(opened.mustChangePassword());
        assertEquals(anna.user(), caller.user());
        assertEquals("anna@" + customer.ref(), caller.username());
        assertEquals(customer.id(), caller.organization());
        assertTrue(caller.session().isPresent());
        assertTrue(caller.onlyActions().isEmpty());
    }

    @Test
    void aSessionEndsWithItsTime() {
        Estate.Customer customer = estate.customer();
        Secret bearer = estate.login("boss@" + customer.ref());

        estate.clock().pass(Duration.ofHours(12).minusMillis(1));
        estate.identity().logins().caller(bearer, Estate.origin());
        estate.clock().pass(Duration.ofMillis(1));

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(bearer, Estate.origin()));
    }

    @Test
    void aSessionEndsWithLogoutAtOnceHereAndSoonOnAnotherController() {
        Estate.Customer customer = estate.customer();
        EmbeddedIdentity other = estate.another();
        Secret bearer = estate.login("boss@" + customer.ref());
        other.logins().caller(bearer, Estate.origin());
        estate.identity().logins().caller(bearer, Estate.origin());

        estate.identity().logins().logout(bearer, Estate.origin());
        estate.identity().logins().logout(bearer, Estate.origin());

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(bearer, Estate.origin()));
        estate.clock().pass(Duration.ofSeconds(2));
        Refused.with(Problem.NOT_LOGGED_IN, () -> other.logins().caller(bearer, Estate.origin()));
    }

    @Test
    void nobodyIsToldWhetherUserOrganizationOrPasswordWasWrong() {
        Estate.Customer customer = estate.customer();
        estate.submit(
                customer.administrator(),
                new CreateUser(customer.ref(), "robot", "robot@example.org", Optional.empty(), UserView.Kind.SERVICE));
        List<String> wrong = List.of(
                "boss@" + customer.ref(),
                "nobody@" + customer.ref(),
                "boss@no-such-organization",
                "robot@" + customer.ref(),
                "boss",
                "",
                "' or 1=1 --@x",
                "x".repeat(5000));

        List<String> answers = wrong.stream()
                .map(username -> Refused.with(
                        IdentityProblem.WRONG_LOGIN,
                        () -> estate.identity().logins().login(username, WRONG, from("192.0.2.50"))))
                .map(Throwable::getMessage)
                .distinct()
                .toList();

        assertEquals(1, answers.size(), answers.toString());
    }

    @Test
    void anUnknownUserTakesAsLongAsAWrongPassword() {
        Settings slow = new Settings(
                Duration.ofHours(1),
                estate.passwordFile(),
                new Settings.Argon2(8192, 3, 1),
                4,
                Duration.ofSeconds(5),
                Duration.ofMillis(200),
                Duration.ofSeconds(2));
        EmbeddedIdentity controller = estate.another(slow);
        Estate.Customer customer = estate.customer();
        // the hash of the user becomes as expensive as that of nobody
        controller.logins().login("boss@" + customer.ref(), Estate.PASSWORD, Estate.origin());

        List<Long> known = new ArrayList<>();
        List<Long> unknown = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            String address = "198.51.100." + i;
            known.add(nanosOfRefusal(controller, "boss@" + customer.ref(), address));
            unknown.add(nanosOfRefusal(controller, "nobody" + i + "@" + customer.ref(), address));
        }

        double ratio = (double) median(unknown) / median(known);
        assertTrue(ratio > 0.6 && ratio < 1.7, "unknown / known = " + ratio);
    }

    private static long nanosOfRefusal(EmbeddedIdentity controller, String username, String address) {
        long before = System.nanoTime();
        Refused.with(IdentityProblem.WRONG_LOGIN, () -> controller.logins().login(username, WRONG, from(address)));
        return System.nanoTime() - before;
    }

    private static long median(List<Long> times) {
        return times.stream().sorted().toList().get(times.size() / 2);
    }

    @Test
    void guessingIsSlowedDownForTheAccountAtThatAddressOnly() {
        Estate.Customer customer = estate.customer();
        String boss = "boss@" + customer.ref();
        for (int i = 0; i < 5; i++) {
            Refused.with(
                    IdentityProblem.WRONG_LOGIN,
                    () -> estate.identity().logins().login(boss, WRONG, from("203.0.113.5")));
        }

        ProblemException slowed = Refused.with(
                Problem.TOO_MANY, () -> estate.identity().logins().login(boss, Estate.PASSWORD, from("203.0.113.5")));

        assertEquals(Optional.of(Duration.ofSeconds(1)), slowed.retryAfter());
        estate.identity().logins().login(boss, Estate.PASSWORD, from("203.0.113.6"));
        estate.clock().pass(Duration.ofSeconds(1));
        estate.identity().logins().login(boss, Estate.PASSWORD, from("203.0.113.5"));
    }

    @Test
    void anAttemptThatIsNotLookedAtIsWrittenDownLikeAnyOther() {
        Estate.Customer customer = estate.customer();
        String boss = "boss@" + customer.ref();
        for (int i = 0; i < 5; i++) {
            Refused.with(
                    IdentityProblem.WRONG_LOGIN,
                    () -> estate.identity().logins().login(boss, WRONG, from("203.0.113.7")));
        }
        int before = estate.audit().factsOf(customer.ref().text(), estate).size();

        for (int i = 0; i < 3; i++) {
            Refused.with(
                    Problem.TOO_MANY,
                    () -> estate.identity().logins().login(boss, Estate.PASSWORD, from("203.0.113.7")));
        }

        List<AuditLog.Fact> facts = estate.audit().factsOf(customer.ref().text(), estate);
        assertEquals(before + 3, facts.size());
        assertEquals(AuditLog.Kind.REFUSED, facts.get(before).kind());
        assertEquals("session.create", facts.get(before).action());
    }

    @Test
    void everyLoginIsWrittenDownWithoutPasswords() {
        Estate.Customer customer = estate.customer();
        String boss = "boss@" + customer.ref();
        int before = estate.audit().factsOf(customer.ref().text(), estate).size();

        Secret bearer = estate.login(boss);
        Refused.with(
                IdentityProblem.WRONG_LOGIN, () -> estate.identity().logins().login(boss, WRONG, Estate.origin()));
        estate.identity().logins().logout(bearer, Estate.origin());

        List<AuditLog.Fact> facts = estate.audit().factsOf(customer.ref().text(), estate);
        List<AuditLog.Fact> fresh = facts.subList(before, facts.size());
        assertEquals(
                List.of("session.create", "session.create", "session.delete"),
                fresh.stream().map(AuditLog.Fact::action).toList());
        assertEquals(
                List.of(AuditLog.Kind.NOTE, AuditLog.Kind.REFUSED, AuditLog.Kind.NOTE),
                fresh.stream().map(AuditLog.Fact::kind).toList());
        assertEquals("wrong password", fresh.get(1).because());
        assertFalse(fresh.toString().contains(WRONG.reveal()), "a password is in the audit log");
        assertFalse(fresh.toString().contains(Estate.PASSWORD.reveal()), "a password is in the audit log");
        assertFalse(fresh.toString().contains(bearer.reveal()), "a token is in the audit log");
    }

    @Test
    void aPasswordTypedAsTheUsernameIsNotWrittenDown() {
        Refused.with(
                IdentityProblem.WRONG_LOGIN,
                () -> estate.identity().logins().login("My Secret Passphrase 1", WRONG, from("192.0.2.77")));

        assertFalse(estate.audit().facts().toString().contains("Passphrase"));
    }

    @Test
    void withoutAnAuditLogNobodyLogsIn() {
        Estate.Customer customer = estate.customer();
        String boss = "boss@" + customer.ref();

        estate.audits().unbind(estate.audit());
        Refused.with(
                Problem.UNAVAILABLE, () -> estate.identity().logins().login(boss, Estate.PASSWORD, Estate.origin()));
        estate.audits().bind(estate.audit(), 0);
        estate.audit().failing(true);
        Refused.with(
                Problem.UNAVAILABLE, () -> estate.identity().logins().login(boss, Estate.PASSWORD, Estate.origin()));
        estate.audit().failing(false);

        estate.login(boss);
    }

    @Test
    void aOneTimePasswordLeadsOnlyToANewPassword() {
        Estate.Customer customer = estate.customer();
        UserCreated created = estate.submit(
                customer.administrator(),
                new CreateUser(customer.ref(), "carl", "carl@example.org", Optional.empty(), UserView.Kind.PERSON));
        estate.grant(customer, Subject.of("user", created.user().id()), "organization-admin");
        Secret oneTime = created.oneTimePassword().orElseThrow();

        SessionOpened opened = estate.identity().logins().login("carl@" + customer.ref(), oneTime, Estate.origin());
        Caller fresh = estate.identity().logins().caller(opened.token(), Estate.origin());

        assertTrue(opened.mustChangePassword());
        assertTrue(fresh.mustChangePassword());
        assertEquals(Verdict.PASSWORD_CHANGE_NEEDED, estate.verdict(fresh, Action.USER_READ, customer.ref()));
        assertEquals(Verdict.ALLOWED, estate.verdict(fresh, Action.OWN_ACCOUNT, customer.ref()));

        estate.submit(fresh, new ChangePassword(customer.ref(), new Ref("carl"), oneTime, Estate.PASSWORD));

        Caller same = estate.identity().logins().caller(opened.token(), Estate.origin());
        assertFalse(same.mustChangePassword());
        assertEquals(Verdict.ALLOWED, estate.verdict(same, Action.USER_READ, customer.ref()));
        Refused.with(
                IdentityProblem.WRONG_LOGIN,
                () -> estate.identity().logins().login("carl@" + customer.ref(), oneTime, Estate.origin()));
    }

    @Test
    void aNewPasswordEndsOnesOtherSessions() {
        Estate.Customer customer = estate.customer();
        Caller dora = estate.person(customer, "dora");
        Secret here = estate.login("dora@" + customer.ref());
        Secret elsewhere = estate.login("dora@" + customer.ref());
        estate.identity().logins().caller(elsewhere, Estate.origin());

        estate.submit(
                estate.identity().logins().caller(here, Estate.origin()),
                new ChangePassword(
                        customer.ref(), new Ref("dora"), Estate.PASSWORD, new Secret("nine blue whales swim")));

        assertEquals(
                dora.user(),
                estate.identity().logins().caller(here, Estate.origin()).user());
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(elsewhere, Estate.origin()));
    }

    @Test
    void aStolenSessionIsNotEnoughForANewPassword() {
        Estate.Customer customer = estate.customer();
        Caller erik = estate.person(customer, "erik");

        Refused.with(
                IdentityProblem.WRONG_PASSWORD,
                () -> estate.submit(
                        erik,
                        new ChangePassword(
                                customer.ref(), new Ref("erik"), WRONG, new Secret("nine blue whales swim"))));
        Refused.with(
                Problem.FORBIDDEN,
                () -> estate.submit(
                        erik,
                        new ChangePassword(
                                customer.ref(), new Ref("boss"), Estate.PASSWORD, new Secret("nine blue whales"))));
        Refused.with(
                IdentityProblem.WEAK_PASSWORD,
                () -> estate.submit(
                        erik,
                        new ChangePassword(customer.ref(), new Ref("erik"), Estate.PASSWORD, new Secret("short"))));
    }

    @Test
    void aResetPasswordEndsTheSessionsAndMustBeChanged() {
        Estate.Customer customer = estate.customer();
        estate.person(customer, "fred");
        Secret bearer = estate.login("fred@" + customer.ref());

        UserCreated reset = estate.submit(customer.administrator(), new ResetPassword(customer.ref(), new Ref("fred")));

        assertTrue(reset.user().mustChangePassword());
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(bearer, Estate.origin()));
        Refused.with(IdentityProblem.WRONG_LOGIN, () -> estate.login("fred@" + customer.ref()));
        assertTrue(estate.identity()
                .logins()
                .login("fred@" + customer.ref(), reset.oneTimePassword().orElseThrow(), Estate.origin())
                .mustChangePassword());
    }

    @Test
    void noSessionOfTheOldPasswordSurvivesAResetThatHappensMeanwhile() throws Exception {
        Estate.Customer customer = estate.customer();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 10; round++) {
                String username = "racer-" + round;
                estate.person(customer, username);
                List<Future<Optional<Secret>>> logins = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    logins.add(threads.submit(() -> maybe(username + "@" + customer.ref())));
                }
                estate.submit(customer.administrator(), new ResetPassword(customer.ref(), new Ref(username)));

                for (Future<Optional<Secret>> login : logins) {
                    login.get()
                            .ifPresent(bearer -> Refused.with(
                                    Problem.NOT_LOGGED_IN,
                                    () -> estate.identity().logins().caller(bearer, Estate.origin())));
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Optional<Secret> maybe(String username) {
        try {
            return Optional.of(estate.login(username));
        } catch (ProblemException e) {
            return Optional.empty();
        }
    }

    @Test
    void aDisabledUserIsOutAtOnceAndIsToldNothing() {
        Estate.Customer customer = estate.customer();
        Caller gina = estate.person(customer, "gina", "read-only");
        Secret bearer = estate.login("gina@" + customer.ref());
        estate.identity().logins().caller(bearer, Estate.origin());
        UserView view = estate.identity().users().get(customer.administrator(), customer.ref(), new Ref("gina"));

        estate.submit(
                customer.administrator(),
                new ChangeUser(
                        customer.ref(),
                        new Ref("gina"),
                        view.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(UserView.State.DISABLED)));

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(bearer, Estate.origin()));
        assertEquals(Verdict.ABSENT, estate.verdict(gina, Action.SERVER_READ, customer.ref()));
        Refused.with(IdentityProblem.WRONG_LOGIN, () -> estate.login("gina@" + customer.ref()));
    }

    @Test
    void aDeletedUsersSessionsAreGone() {
        Estate.Customer customer = estate.customer();
        estate.person(customer, "hugo");
        Secret bearer = estate.login("hugo@" + customer.ref());
        estate.identity().logins().caller(bearer, Estate.origin());

        estate.submit(customer.administrator(), new DeleteUser(customer.ref(), new Ref("hugo")));

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(bearer, Estate.origin()));
    }

    @Test
    void tokensThatNeverWereAreRefused() {
        for (String text : List.of("", "iss_", "iss_" + "A".repeat(43), "ist_" + "A".repeat(43), "x".repeat(10_000))) {
            Refused.with(
                    Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(new Secret(text), Estate.origin()));
        }
    }

    @Test
    void onlyOperatorsWithAPasswordOfTheirOwnLogInToTheShell() throws Exception {
        try (Estate fresh = Estate.open(LoginsTest.class)) {
            Secret oneTime = new Secret(Files.readString(fresh.passwordFile()).strip());
            Origin shell = new Origin(Door.SHELL, "192.0.2.9", "req-2");
            Estate.Customer customer = fresh.customer();

            assertEquals(Optional.empty(), fresh.identity().logins().shellLogin("admin@platform", oneTime, shell));

            Secret bearer = fresh.identity()
                    .logins()
                    .login("admin@platform", oneTime, Estate.origin())
                    .token();
            fresh.submit(
                    fresh.identity().logins().caller(bearer, Estate.origin()),
                    new ChangePassword(Ref.PLATFORM, new Ref("admin"), oneTime, Estate.PASSWORD));

            Caller operator = fresh.identity()
                    .logins()
                    .shellLogin("admin@platform", Estate.PASSWORD, shell)
                    .orElseThrow();
            assertEquals(Door.SHELL, operator.door());
            assertEquals(Verdict.ALLOWED, fresh.verdict(operator, Action.LOCATION_CREATE, Ref.PLATFORM));
            assertEquals(Optional.empty(), fresh.identity().logins().shellLogin("admin@platform", WRONG, shell));
            assertEquals(
                    Optional.empty(),
                    fresh.identity().logins().shellLogin("boss@" + customer.ref(), Estate.PASSWORD, shell));
        }
    }

    @Test
    void twentyLoginsAtOnceAllSucceedOrAreToldToComeBack() throws Exception {
        Settings narrow = new Settings(
                Duration.ofHours(1),
                estate.passwordFile(),
                new Settings.Argon2(8192, 1, 1),
                2,
                Duration.ofSeconds(20),
                Duration.ofMillis(200),
                Duration.ofSeconds(2));
        EmbeddedIdentity controller = estate.another(narrow);
        Estate.Customer customer = estate.customer();
        ExecutorService threads = Executors.newFixedThreadPool(20);
        try {
            List<Callable<Secret>> logins = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                logins.add(() -> controller
                        .logins()
                        .login("boss@" + customer.ref(), Estate.PASSWORD, Estate.origin())
                        .token());
            }

            List<Secret> tokens = new ArrayList<>();
            for (Future<Secret> login : threads.invokeAll(logins)) {
                tokens.add(login.get());
            }

            assertEquals(20, tokens.stream().map(Secret::reveal).distinct().count());
            for (Secret token : tokens) {
                assertNotEquals(
                        Optional.empty(),
                        controller.logins().caller(token, Estate.origin()).session());
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
