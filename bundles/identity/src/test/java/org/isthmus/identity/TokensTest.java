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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Tokens.CreateToken;
import org.isthmus.api.identity.Tokens.DeleteToken;
import org.isthmus.api.identity.Tokens.TokenCreated;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class TokensTest {
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(TokensTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static Instant inDays(int days) {
        return estate.clock().instant().plus(Duration.ofDays(days));
    }

    private static CreateToken create(Estate.Customer customer, String name, Optional<Set<Action>> actions) {
        return new CreateToken(customer.ref(), new Name(name), actions, inDays(30));
    }

    private static Caller caller(Secret secret) {
        return estate.identity().logins().caller(secret, Estate.origin());
    }

    @Test
    void aTokenIsItsOwnerForItsActions() {
        Estate.Customer customer = estate.customer();
        TokenCreated made = estate.submit(
                customer.administrator(), create(customer, "ci", Optional.of(Set.of(Action.SERVER_READ))));

        Caller caller = caller(made.secret());

        assertTrue(made.secret().reveal().matches("ist_[A-Za-z0-9_-]{43}"));
        assertEquals(customer.administrator().user(), caller.user());
        assertEquals(Optional.of(Set.of(Action.SERVER_READ)), caller.onlyActions());
        assertTrue(caller.session().isEmpty());
        assertEquals(Verdict.ALLOWED, estate.verdict(caller, Action.SERVER_READ, customer.ref()));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(caller, Action.SERVER_DEPLOY, customer.ref()));
    }

    @Test
    void aTokensRightDiesWithItsOwnersRight() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna");
        GrantView grant = estate.grant(customer, Subject.of("user", anna.user().orElseThrow()), "read-only");
        Caller token = caller(
                estate.submit(anna, create(customer, "ci", Optional.empty())).secret());
        assertEquals(Verdict.ALLOWED, estate.verdict(token, Action.SERVER_READ, customer.ref()));

        estate.submit(customer.administrator(), new DeleteGrant(customer.ref(), grant.id()));

        assertEquals(Verdict.FORBIDDEN, estate.verdict(token, Action.SERVER_READ, customer.ref()));
    }

    @Test
    void aTokenExpiresAndADeletedOneIsRefusedAtOnce() {
        Estate.Customer customer = estate.customer();
        Secret brief = estate.submit(
                        customer.administrator(),
                        new CreateToken(
                                customer.ref(),
                                new Name("brief"),
                                Optional.empty(),
                                estate.clock().instant().plusSeconds(10)))
                .secret();
        Secret deleted = estate.submit(customer.administrator(), create(customer, "deleted", Optional.empty()))
                .secret();
        caller(brief);
        caller(deleted);

        estate.submit(customer.administrator(), new DeleteToken(customer.ref(), new Ref("deleted")));
        Refused.with(Problem.NOT_LOGGED_IN, () -> caller(deleted));
        estate.clock().pass(Duration.ofSeconds(10));
        Refused.with(Problem.NOT_LOGGED_IN, () -> caller(brief));
        Refused.with(
                Problem.NOT_FOUND,
                () -> estate.submit(customer.administrator(), new DeleteToken(customer.ref(), new Ref("deleted"))));
    }

    @Test
    void aDeletedTokenIsRefusedOnAnotherControllerWithinTheRecheck() {
        Estate.Customer customer = estate.customer();
        EmbeddedIdentity other = estate.another();
        Secret secret = estate.submit(customer.administrator(), create(customer, "ci", Optional.empty()))
                .secret();
        other.logins().caller(secret, Estate.origin());

        estate.submit(customer.administrator(), new DeleteToken(customer.ref(), new Ref("ci")));

        estate.clock().pass(Duration.ofSeconds(2));
        Refused.with(Problem.NOT_LOGGED_IN, () -> other.logins().caller(secret, Estate.origin()));
    }

    @Test
    void tokensAreOnesOwnAndOthersAreNotSeen() {
        Estate.Customer customer = estate.customer();
        Caller anna = estate.person(customer, "anna", "organization-admin");
        estate.submit(anna, create(customer, "annas", Optional.empty()));
        estate.submit(customer.administrator(), create(customer, "bosses", Optional.empty()));

        assertEquals(
                List.of("annas"),
                estate.identity().tokens().list(anna, customer.ref(), Query.all()).items().stream()
                        .map(token -> token.name().value())
                        .toList());
        Refused.with(Problem.NOT_FOUND, () -> estate.identity().tokens().get(anna, customer.ref(), new Ref("bosses")));
        Refused.with(Problem.NOT_FOUND, () -> estate.submit(anna, new DeleteToken(customer.ref(), new Ref("bosses"))));
        Refused.with(
                Problem.FORBIDDEN,
                () -> estate.submit(
                        anna, new DeleteToken(customer.ref(), new Ref("bosses"), Optional.of(new Ref("boss")))));
    }

    @Test
    void anAdministratorMakesTokensForServiceAccounts() {
        Estate.Customer customer = estate.customer();
        UserView robot = robot(customer);
        estate.grant(customer, Subject.of("user", robot.id()), "server-deployer");
        CreateToken wish = new CreateToken(
                customer.ref(), new Name("pipeline"), Optional.empty(), inDays(30), Optional.of(new Ref("robot")));

        TokenCreated made = estate.submit(customer.administrator(), wish);

        Caller caller = caller(made.secret());
        assertEquals(Optional.of(robot.id()), caller.user());
        assertFalse(caller.mustChangePassword());
        assertEquals(Verdict.ALLOWED, estate.verdict(caller, Action.SERVER_DEPLOY, customer.ref()));
        assertEquals(
                List.of(made.token().id()),
                estate
                        .identity()
                        .tokens()
                        .list(
                                customer.administrator(),
                                customer.ref(),
                                new Query(Map.of("user", "robot"), Optional.empty(), Page.Request.first()))
                        .items()
                        .stream()
                        .map(token -> token.id())
                        .toList());
        estate.submit(
                customer.administrator(),
                new DeleteToken(customer.ref(), new Ref("pipeline"), Optional.of(new Ref("robot"))));
        Refused.with(Problem.NOT_LOGGED_IN, () -> caller(made.secret()));
    }

    private static UserView robot(Estate.Customer customer) {
        return estate.submit(
                        customer.administrator(),
                        new CreateUser(
                                customer.ref(), "robot", "robot@example.org", Optional.empty(), UserView.Kind.SERVICE))
                .user();
    }

    @Test
    void aServiceAccountIsNoLadderAndAPersonIsNoServiceAccount() {
        Estate.Customer customer = estate.customer();
        Caller admin = estate.person(customer, "admin", "user-admin");
        UserView robot = robot(customer);
        estate.grant(customer, Subject.of("user", robot.id()), "server-deployer");

        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(
                        admin,
                        new CreateToken(
                                customer.ref(),
                                new Name("ladder"),
                                Optional.empty(),
                                inDays(1),
                                Optional.of(new Ref("robot")))));
        Refused.with(
                Problem.FORBIDDEN,
                () -> estate.submit(
                        customer.administrator(),
                        new CreateToken(
                                customer.ref(),
                                new Name("disguise"),
                                Optional.empty(),
                                inDays(1),
                                Optional.of(new Ref("admin")))));
    }

    @Test
    void aTokenNeverLeadsToOneThatMayMore() {
        Estate.Customer customer = estate.customer();
        Caller narrow = caller(estate.submit(
                        customer.administrator(),
                        create(customer, "narrow", Optional.of(Set.of(Action.OWN_ACCOUNT, Action.SERVER_READ))))
                .secret());

        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(narrow, create(customer, "wide", Optional.empty())));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(narrow, create(customer, "other", Optional.of(Set.of(Action.SERVER_DELETE)))));
        estate.submit(narrow, create(customer, "same", Optional.of(Set.of(Action.SERVER_READ))));
    }

    @Test
    void aTokenWithoutAnEndOrAPurposeIsRefused() {
        Estate.Customer customer = estate.customer();
        Caller boss = customer.administrator();
        estate.submit(boss, create(customer, "ci", Optional.empty()));

        Refused.with(Problem.NAME_TAKEN, () -> estate.submit(boss, create(customer, "ci", Optional.empty())));
        Refused.with(Problem.MALFORMED, () -> estate.submit(boss, create(customer, "none", Optional.of(Set.of()))));
        for (Instant end : List.of(estate.clock().instant(), inDays(367))) {
            Refused.with(
                    Problem.MALFORMED,
                    () -> estate.submit(boss, new CreateToken(customer.ref(), new Name("end"), Optional.empty(), end)));
        }
        Refused.with(
                Problem.MALFORMED, () -> estate.submit(estate.root(), create(customer, "roots", Optional.empty())));
    }

    @Test
    void itsUseIsNotedNowAndThen() {
        Estate.Customer customer = estate.customer();
        Caller boss = customer.administrator();
        Secret secret =
                estate.submit(boss, create(customer, "ci", Optional.empty())).secret();
        assertEquals(Optional.empty(), lastUsed(boss, customer));

        caller(secret);
        Instant first = estate.clock().instant();
        estate.clock().pass(Duration.ofSeconds(30));
        caller(secret);

        assertEquals(Optional.of(first), lastUsed(boss, customer));
        estate.clock().pass(Duration.ofSeconds(60));
        caller(secret);
        assertEquals(Optional.of(estate.clock().instant()), lastUsed(boss, customer));
    }

    private static Optional<Instant> lastUsed(Caller caller, Estate.Customer customer) {
        return estate.identity()
                .tokens()
                .get(caller, customer.ref(), new Ref("ci"))
                .lastUsedAt();
    }

    @Test
    void theDatabaseHoldsNoSecret() throws SQLException {
        Estate.Customer customer = estate.customer();
        Secret token = estate.submit(customer.administrator(), create(customer, "ci", Optional.empty()))
                .secret();
        Secret session = estate.login("boss@" + customer.ref());

        String everything = estate.database().tx().<String, SQLException>read(() -> {
            StringBuilder text = new StringBuilder();
            for (String table : List.of("idn_user", "idn_session", "idn_token")) {
                try (PreparedStatement query =
                                estate.database().tx().connection().prepareStatement("SELECT * FROM " + table);
                        ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                            text.append(rows.getString(i)).append('\n');
                        }
                    }
                }
            }
            return text.toString();
        });

        for (Secret secret : List.of(token, session, Estate.PASSWORD)) {
            assertFalse(everything.contains(secret.reveal()));
        }
        assertTrue(everything.contains("$argon2id$"));
    }
}
