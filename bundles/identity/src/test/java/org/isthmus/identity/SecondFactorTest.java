// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.api.Caller;
import org.isthmus.api.Caller.Door;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.api.identity.Tokens.CreateToken;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.BeginTotp;
import org.isthmus.api.identity.Users.ChangePassword;
import org.isthmus.api.identity.Users.ConfirmTotp;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.identity.Users.RemoveTotp;
import org.isthmus.api.identity.Users.RenewRecoveryCodes;
import org.isthmus.api.identity.Users.TotpBegun;
import org.isthmus.api.identity.Users.TotpConfirmed;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.identity.factor.Totp;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The second factor: giving it to oneself, logging in with it, losing it. */
final class SecondFactorTest {
    private static final Secret WRONG = new Secret("not the password at all");
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(SecondFactorTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static Armed armed(Estate.Customer customer, String username) {
        return Armed.of(estate, customer, username);
    }

    private static SessionOpened login(String username, Optional<Secret> code, String address) {
        return login(estate.identity(), username, code, address);
    }

    private static SessionOpened login(
            EmbeddedIdentity controller, String username, Optional<Secret> code, String address) {
        return controller.logins().login(username, Estate.PASSWORD, code, new Origin(Door.REST, address, "req-1"));
    }

    @Test
    void itIsShownOnceAndCountsOnlyOnceACodeHasConfirmedIt() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna");
        Ref self = Ref.of(anna.user().orElseThrow());

        TotpBegun begun = estate.submit(anna, new BeginTotp(customer.ref(), self));

        assertTrue(begun.secret().reveal().matches("[A-Z2-7]{32}"));
        assertEquals(
                "otpauth://totp/Isthmus%3Aanna%40" + customer.ref() + "?secret="
                        + begun.secret().reveal() + "&issuer=Isthmus&algorithm=SHA1&digits=6&period=30",
                begun.uri().reveal());
        assertFalse(begun.user().secondFactor());
        login(anna.username(), Optional.empty(), "192.0.2.10");

        TotpBegun again = estate.submit(anna, new BeginTotp(customer.ref(), self));
        Secret old =
                new Secret(Totp.code(begun.secret().reveal(), estate.clock().instant()));
        Refused.with(IdentityProblem.WRONG_CODE, () -> estate.submit(anna, new ConfirmTotp(customer.ref(), self, old)));
        Secret code =
                new Secret(Totp.code(again.secret().reveal(), estate.clock().instant()));
        TotpConfirmed confirmed = estate.submit(anna, new ConfirmTotp(customer.ref(), self, code));

        assertTrue(confirmed.user().secondFactor());
        assertEquals(
                10,
                confirmed.recoveryCodes().stream()
                        .map(Secret::reveal)
                        .distinct()
                        .count());
        Refused.with(
                IdentityProblem.SECOND_FACTOR_NEEDED, () -> login(anna.username(), Optional.empty(), "192.0.2.10"));
        Refused.with(Problem.CONFLICT, () -> estate.submit(anna, new BeginTotp(customer.ref(), self)));
        Refused.with(Problem.CONFLICT, () -> estate.submit(anna, new ConfirmTotp(customer.ref(), self, code)));
    }

    @Test
    void recoveryCodesAreRenewedByACodeOfTheDeviceAndTheOldOnesDie() {
        Armed rita = armed(estate.customer(), "rita");
        Secret code = rita.next();

        TotpConfirmed renewed = estate.submit(rita.caller(), renewal(rita, code));

        assertEquals(10, renewed.recoveryCodes().size());
        assertTrue(Collections.disjoint(revealed(renewed.recoveryCodes()), revealed(rita.recoveryCodes())));
        for (Secret old : rita.recoveryCodes()) {
            // from an address each: the answer is about the code, not about guessing
            String address = "198.51.100." + rita.recoveryCodes().indexOf(old);
            estate.clock().pass(Duration.ofMinutes(20));
            Refused.with(IdentityProblem.SECOND_FACTOR_NEEDED, () -> login(rita.username(), Optional.of(old), address));
        }
        estate.clock().pass(Duration.ofMinutes(20));
        login(rita.username(), Optional.of(renewed.recoveryCodes().get(3)), "192.0.2.10");
        login(rita.username(), Optional.of(rita.next()), "192.0.2.10");
    }

    @Test
    void theCodeThatRenewedRecoveryCodesDoesItNoSecondTime() {
        Armed rudi = armed(estate.customer(), "rudi");
        Secret code = rudi.next();
        Plan<TotpConfirmed> first = estate.plan(rudi.caller(), renewal(rudi, code));
        Plan<TotpConfirmed> second = estate.plan(rudi.caller(), renewal(rudi, code));

        TotpConfirmed renewed = estate.apply(rudi.caller(), rudi.caller().organization(), first);

        Refused.with(
                IdentityProblem.WRONG_CODE,
                () -> estate.apply(rudi.caller(), rudi.caller().organization(), second));
        Refused.with(IdentityProblem.WRONG_CODE, () -> estate.submit(rudi.caller(), renewal(rudi, code)));
        login(rudi.username(), Optional.of(renewed.recoveryCodes().get(0)), "192.0.2.10");
    }

    @Test
    void nobodyRenewsRecoveryCodesWithoutTheDevice() {
        Armed ruth = armed(estate.customer(), "ruth");

        Refused.with(IdentityProblem.WRONG_CODE, () -> estate.submit(ruth.caller(), renewal(ruth, ruth.wrong())));
        estate.clock().pass(Duration.ofHours(1));
        Refused.with(
                IdentityProblem.WRONG_CODE,
                () -> estate.submit(
                        ruth.caller(), renewal(ruth, ruth.recoveryCodes().get(0))));
        estate.clock().pass(Duration.ofHours(1));
        login(ruth.username(), Optional.of(ruth.recoveryCodes().get(0)), "192.0.2.10");
    }

    @Test
    void nobodyRenewsAnothersRecoveryCodesNorAnyByATokenNorWithoutASecondFactor() {
        Estate.Customer customer = estate.customer();
        Armed rosa = armed(customer, "rosa");
        Armed other = armed(customer, "other");
        Caller plain = estate.person(customer, "plain");
        Caller token = new Caller(
                rosa.caller().kind(),
                rosa.caller().user(),
                rosa.caller().username(),
                rosa.caller().organization(),
                Door.REST,
                "192.0.2.10",
                "req-1",
                Optional.empty(),
                false);

        Refused.with(Problem.FORBIDDEN, () -> estate.submit(other.caller(), renewal(rosa, other.next())));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(other.caller(), renewal(rosa, rosa.next())));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(customer.administrator(), renewal(rosa, rosa.next())));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(token, renewal(rosa, rosa.next())));
        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(plain, new RenewRecoveryCodes(customer.ref(), new Ref("plain"), rosa.next())));
        login(rosa.username(), Optional.of(rosa.recoveryCodes().get(0)), "192.0.2.10");
    }

    private static RenewRecoveryCodes renewal(Armed whose, Secret code) {
        return new RenewRecoveryCodes(whose.customer().ref(), whose.ref(), code);
    }

    private static List<String> revealed(List<Secret> codes) {
        return codes.stream().map(Secret::reveal).toList();
    }

    @Test
    void aStolenSessionIsNotEnoughToMakeOne() {
        Estate.Customer customer = estate.customer();
        Caller zora = estate.person(customer, "zora");
        BeginTotp wish = new BeginTotp(customer.ref(), new Ref("zora"));

        estate.clock().pass(Duration.ofMinutes(10).minusMillis(1));
        estate.plan(zora, wish);
        estate.clock().pass(Duration.ofMillis(1));
        Refused.with(IdentityProblem.FRESH_LOGIN_NEEDED, () -> estate.submit(zora, wish));

        Secret bearer = estate.login(zora.username());
        estate.submit(estate.identity().logins().caller(bearer, Estate.origin()), wish);
    }

    @Test
    void aLoginNeedsTheCodeOfTheMomentAndTakesItOnce() {
        Armed bert = armed(estate.customer(), "bert");
        Secret code = bert.next();

        SessionOpened opened = login(bert.username(), Optional.of(code), "192.0.2.11");

        assertTrue(opened.user().secondFactor());
        Refused.with(
                IdentityProblem.SECOND_FACTOR_NEEDED, () -> login(bert.username(), Optional.of(code), "192.0.2.11"));
        login(bert.username(), Optional.of(bert.next()), "192.0.2.11");
    }

    @Test
    void theCodeThatConfirmedItOpensNoSession() {
        Armed carl = armed(estate.customer(), "carl");

        Refused.with(
                IdentityProblem.SECOND_FACTOR_NEEDED,
                () -> login(carl.username(), Optional.of(carl.shown()), "192.0.2.12"));
    }

    @Test
    void ofTwoLoginsWithOneCodeOnTwoControllersOneIsLetIn() throws Exception {
        EmbeddedIdentity other = estate.another();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 5; round++) {
                Armed dora = armed(estate.customer(), "dora");
                Optional<Secret> code = Optional.of(dora.next());
                List<Callable<Boolean>> logins = new ArrayList<>();
                for (EmbeddedIdentity controller : List.of(estate.identity(), other, estate.identity(), other)) {
                    logins.add(() -> {
                        try {
                            login(controller, dora.username(), code, "192.0.2.13");
                            return true;
                        } catch (ProblemException e) {
                            assertEquals(IdentityProblem.SECOND_FACTOR_NEEDED, e.type());
                            return false;
                        }
                    });
                }

                int opened = 0;
                for (Future<Boolean> login : threads.invokeAll(logins)) {
                    opened += login.get() ? 1 : 0;
                }

                assertEquals(1, opened);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void onlyWhoKnowsThePasswordIsToldThatACodeIsNeeded() {
        Armed erik = armed(estate.customer(), "erik");
        Secret code = erik.next();

        List<String> answers = List.of(
                        erik.username(), "nobody@" + erik.customer().ref(), "x@no-such")
                .stream()
                .map(username -> Refused.with(IdentityProblem.WRONG_LOGIN, () -> estate.identity()
                                .logins()
                                .login(username, WRONG, Optional.of(code), new Origin(Door.REST, "192.0.2.14", "r")))
                        .getMessage())
                .distinct()
                .toList();

        assertEquals(1, answers.size(), answers.toString());
        login(erik.username(), Optional.of(code), "192.0.2.14");
    }

    @Test
    void aRecoveryCodeOpensOneSession() {
        Armed fred = armed(estate.customer(), "fred");
        Secret first = fred.recoveryCodes().get(0);
        Secret second = new Secret(
                fred.recoveryCodes().get(1).reveal().replace("-", " ").toUpperCase(java.util.Locale.ROOT));

        login(fred.username(), Optional.of(first), "192.0.2.15");

        Refused.with(
                IdentityProblem.SECOND_FACTOR_NEEDED, () -> login(fred.username(), Optional.of(first), "192.0.2.15"));
        login(fred.username(), Optional.of(second), "192.0.2.15");
    }

    @Test
    void wrongCodesCountLikeWrongPasswordsThoughThePasswordIsRightEachTime() {
        Armed gina = armed(estate.customer(), "gina");
        for (int i = 0; i < 5; i++) {
            Refused.with(
                    IdentityProblem.SECOND_FACTOR_NEEDED,
                    () -> login(gina.username(), Optional.of(gina.wrong()), "203.0.113.1"));
        }

        Refused.with(Problem.TOO_MANY, () -> login(gina.username(), Optional.of(gina.shown()), "203.0.113.1"));
        login(gina.username(), Optional.of(gina.next()), "203.0.113.2");
    }

    @Test
    void manyWrongCodesFromManyAddressesSlowDownAllCodesOfTheAccount() {
        Armed hugo = armed(estate.customer(), "hugo");
        Optional<Secret> code = Optional.of(hugo.next());
        for (int i = 0; i < 10; i++) {
            String address = "203.0.113." + (100 + i);
            Refused.with(
                    IdentityProblem.SECOND_FACTOR_NEEDED,
                    () -> login(hugo.username(), Optional.of(hugo.wrong()), address));
        }

        Refused.with(Problem.TOO_MANY, () -> login(hugo.username(), code, "203.0.113.120"));
        Refused.with(IdentityProblem.WRONG_LOGIN, () -> estate.identity()
                .logins()
                .login(hugo.username(), WRONG, new Origin(Door.REST, "203.0.113.121", "r")));
        estate.clock().pass(Duration.ofSeconds(1));
        login(hugo.username(), code, "203.0.113.122");
    }

    @Test
    void aMissingCodeIsNoGuess() {
        Armed ida = armed(estate.customer(), "ida");
        for (int i = 0; i < 20; i++) {
            Refused.with(
                    IdentityProblem.SECOND_FACTOR_NEEDED, () -> login(ida.username(), Optional.empty(), "203.0.113.3"));
        }

        login(ida.username(), Optional.of(ida.next()), "203.0.113.3");
    }

    @Test
    void confirmingItEndsTheSessionsThatWereOpenedWithoutIt() {
        Estate.Customer customer = estate.customer();
        Caller jana = estate.person(customer, "jana");
        Secret elsewhere = estate.login(jana.username());
        Ref self = Ref.of(jana.user().orElseThrow());
        TotpBegun begun = estate.submit(jana, new BeginTotp(customer.ref(), self));

        estate.submit(
                jana,
                new ConfirmTotp(
                        customer.ref(),
                        self,
                        new Secret(Totp.code(
                                begun.secret().reveal(), estate.clock().instant()))));

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(elsewhere, Estate.origin()));
    }

    @Test
    void oneTakesItAwayOneselfWithACode() {
        Armed karl = armed(estate.customer(), "karl");
        Ref org = karl.customer().ref();

        Refused.with(
                IdentityProblem.WRONG_CODE,
                () -> estate.submit(karl.caller(), new RemoveTotp(org, karl.ref(), Optional.of(karl.wrong()))));
        UserView without = estate.submit(karl.caller(), new RemoveTotp(org, karl.ref(), Optional.of(karl.next())));

        assertFalse(without.secondFactor());
        login(karl.username(), Optional.empty(), "192.0.2.16");
        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(
                        karl.caller(),
                        new RemoveTotp(
                                org,
                                karl.ref(),
                                Optional.of(karl.recoveryCodes().get(0)))));
    }

    @Test
    void aRecoveryCodeTakesItAwayToo() {
        Armed lars = armed(estate.customer(), "lars");

        estate.submit(
                lars.caller(),
                new RemoveTotp(
                        lars.customer().ref(),
                        lars.ref(),
                        Optional.of(lars.recoveryCodes().get(9))));

        login(lars.username(), Optional.empty(), "192.0.2.17");
    }

    @Test
    void whoHoldsAtLeastAsMuchTakesSomebodysAwayAndEndsTheirSessions() {
        Estate.Customer customer = estate.customer();
        Armed mona = Armed.of(estate, customer, "mona", "server-deployer");
        Caller admin = estate.person(customer, "admin", "user-admin");
        Secret session =
                login(mona.username(), Optional.of(mona.next()), "192.0.2.18").token();
        RemoveTotp wish = new RemoveTotp(customer.ref(), mona.ref(), Optional.empty());

        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> estate.submit(admin, wish));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(mona.caller(), wish));
        UserView without = estate.submit(customer.administrator(), wish);

        assertFalse(without.secondFactor());
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(session, Estate.origin()));
        login(mona.username(), Optional.empty(), "192.0.2.18");
        Refused.with(Problem.CONFLICT, () -> estate.submit(customer.administrator(), wish));
    }

    @Test
    void nobodyTakesTheirOwnAwayWithoutACodeOrGivesOneToSomebodyElse() {
        Estate.Customer customer = estate.customer();
        Armed nils = Armed.of(estate, customer, "nils", "organization-admin");
        Caller boss = customer.administrator();

        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(nils.caller(), new RemoveTotp(customer.ref(), nils.ref(), Optional.empty())));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(boss, new BeginTotp(customer.ref(), nils.ref())));
        Refused.with(
                Problem.FORBIDDEN,
                () -> estate.submit(boss, new RemoveTotp(customer.ref(), nils.ref(), Optional.of(nils.next()))));
    }

    @Test
    void anApiTokenChangesNothingAboutIt() {
        Estate.Customer customer = estate.customer();
        Caller olga = estate.person(customer, "olga");
        Secret secret = estate.submit(
                        olga,
                        new CreateToken(
                                customer.ref(),
                                new Name("all"),
                                Optional.empty(),
                                estate.clock().instant().plus(Duration.ofDays(1))))
                .secret();
        Caller token = estate.identity().logins().caller(secret, Estate.origin());

        Refused.with(Problem.FORBIDDEN, () -> estate.submit(token, new BeginTotp(customer.ref(), new Ref("olga"))));
    }

    @Test
    void aNewPasswordLeavesTheSecondFactor() {
        Armed paul = armed(estate.customer(), "paul");
        Secret next = new Secret("nine blue whales swim");

        estate.submit(paul.caller(), new ChangePassword(paul.customer().ref(), paul.ref(), Estate.PASSWORD, next));

        Refused.with(
                IdentityProblem.SECOND_FACTOR_NEEDED,
                () -> estate.identity().logins().login(paul.username(), next, Estate.origin()));
    }

    @Test
    void inTheShellTheCodeIsTypedBehindThePassword() {
        Estate.Customer customer = estate.customer();
        Armed rosa = armed(customer, "rosa");
        Origin shell = new Origin(Door.SHELL, "192.0.2.9", "req-2");

        Refused.with(
                IdentityProblem.SECOND_FACTOR_NEEDED,
                () -> estate.identity().logins().shellLogin(rosa.username(), Estate.PASSWORD, shell));
        Secret both = new Secret(Estate.PASSWORD.reveal() + " " + rosa.next().reveal());
        // she is no operator: that she got so far shows that password and code were right
        assertEquals(Optional.empty(), estate.identity().logins().shellLogin(rosa.username(), both, shell));
        List<AuditLog.Fact> facts = estate.audit().factsOf(customer.ref().text(), estate);
        assertEquals("not an operator", facts.get(facts.size() - 1).because());
    }

    @Test
    void whatHappensIsWrittenDownWithoutCodes() {
        Armed sara = armed(estate.customer(), "sara");
        int before =
                estate.audit().factsOf(sara.customer().ref().text(), estate).size();
        Secret code = sara.next();

        Refused.with(
                IdentityProblem.SECOND_FACTOR_NEEDED, () -> login(sara.username(), Optional.empty(), "192.0.2.19"));
        Refused.with(
                IdentityProblem.SECOND_FACTOR_NEEDED,
                () -> login(sara.username(), Optional.of(sara.wrong()), "192.0.2.19"));
        login(sara.username(), Optional.of(code), "192.0.2.19");
        login(sara.username(), Optional.of(sara.recoveryCodes().get(0)), "192.0.2.19");

        List<AuditLog.Fact> all = estate.audit().factsOf(sara.customer().ref().text(), estate);
        List<AuditLog.Fact> fresh = all.subList(before, all.size());
        assertEquals(
                List.of(
                        "password right, code missing",
                        "password right, wrong code",
                        "password and code",
                        "password and recovery code"),
                fresh.stream().map(AuditLog.Fact::because).toList());
        assertFalse(fresh.toString().contains(code.reveal()), "a code is in the audit log");
    }

    @Test
    void withoutWhatOpensTheSecretWhoHasOneWaitsAndEverybodyElseLogsIn() {
        Estate.Customer customer = estate.customer();
        Armed tina = armed(customer, "tina");
        EmbeddedIdentity alone = EmbeddedIdentity.open(
                estate.database(), estate.clock(), estate.ids(), estate.audits(), estate.passwordFile());

        login(alone, "boss@" + customer.ref(), Optional.empty(), "192.0.2.20");
        Refused.with(Problem.UNAVAILABLE, () -> login(alone, tina.username(), Optional.of(tina.next()), "192.0.2.20"));
        List<AuditLog.Fact> facts = estate.audit().factsOf(customer.ref().text(), estate);
        assertEquals(
                "password right; the code could not be looked at",
                facts.get(facts.size() - 1).because());
    }

    @Test
    void aServiceAccountHasNone() {
        Estate.Customer customer = estate.customer();
        UserView robot = estate.submit(
                        customer.administrator(),
                        new CreateUser(
                                customer.ref(), "robot", "robot@example.org", Optional.empty(), UserView.Kind.SERVICE))
                .user();

        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(
                        customer.administrator(),
                        new RemoveTotp(customer.ref(), Ref.of(robot.id()), Optional.empty())));
    }

    @Test
    void theDatabaseHoldsNeitherSecretNorRecoveryCodesAndADeletedUserLeavesNone() throws SQLException {
        Estate.Customer customer = estate.customer();
        Armed uwe = armed(customer, "uwe");
        String user = uwe.caller().user().orElseThrow().value();

        List<String> kept = texts("SELECT totp FROM idn_user WHERE id = ?", user);
        List<String> codes = texts("SELECT code_hash FROM idn_recovery WHERE user_id = ?", user);

        assertTrue(kept.get(0).startsWith("1:"), "sealed like every secret");
        assertFalse(kept.get(0).contains(uwe.secret().reveal()));
        assertEquals(10, codes.size());
        assertTrue(codes.stream().allMatch(code -> code.matches("[0-9a-f]{64}")));
        estate.submit(customer.administrator(), new DeleteUser(customer.ref(), new Ref("uwe")));
        assertEquals(List.of(), texts("SELECT code_hash FROM idn_recovery WHERE user_id = ?", user));
    }

    private static List<String> texts(String sql, String id) throws SQLException {
        return estate.database().tx().<List<String>, SQLException>read(() -> {
            List<String> texts = new ArrayList<>();
            try (PreparedStatement query = estate.database().tx().connection().prepareStatement(sql)) {
                query.setString(1, id);
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        texts.add(rows.getString(1));
                    }
                }
            }
            return texts;
        });
    }

    @Test
    void aDryRunTellsWhetherTheCodeIsRightAndTakesNothing() {
        Armed vera = armed(estate.customer(), "vera");
        Secret code = vera.next();
        RemoveTotp wish = new RemoveTotp(vera.customer().ref(), vera.ref(), Optional.of(code));

        assertEquals(
                Subject.of("user", vera.caller().user().orElseThrow()),
                estate.plan(vera.caller(), wish).subject());
        estate.submit(vera.caller(), wish);
    }
}
