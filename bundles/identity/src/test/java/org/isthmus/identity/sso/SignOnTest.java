// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Directories.ChangeDirectory;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Groups.CreateGroup;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Sessions.StepUp;
import org.isthmus.api.identity.SignOn;
import org.isthmus.api.identity.SignOn.Departure;
import org.isthmus.api.identity.SignOn.Offer;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.BeginTotp;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.ConfirmTotp;
import org.isthmus.api.identity.Users.TotpBegun;
import org.isthmus.api.identity.Users.TotpConfirmed;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.Estate;
import org.isthmus.identity.factor.Totp;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who comes in by a provider, what they are given here, and when they are out again. */
final class SignOnTest {
    private static final Origin HERE = new Origin(Caller.Door.REST, "192.0.2.7", "req-sso");
    private static Estate estate;

    private final Ref corp = new Ref("corp");
    private HttpServer server;
    private FakeProvider idp;
    private SignOn signOn;
    private Estate.Customer customer;
    private Caller boss;
    private DirectoryView directory;

    @BeforeAll
    static void open() {
        estate = Estate.open(SignOnTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @BeforeEach
    void anOrganizationWithAProvider() throws IOException {
        server = FakeProvider.serving(issuer -> idp = new FakeProvider(issuer, estate.clock()));
        signOn = estate.identity().signOn();
        customer = estate.customer();
        boss = customer.administrator();
        directory = directory(customer, Map.of());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private Map<String, String> settings(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(Map.of(
                "issuer",
                idp.issuer,
                "client.id",
                "isthmus",
                "redirect.base",
                "https://cloud.example",
                "max.age",
                "PT5M"));
        all.putAll(more);
        return all;
    }

    private DirectoryView directory(Estate.Customer of, Map<String, String> more) {
        return estate.submit(
                of.administrator(),
                new CreateDirectory(
                        of.ref(),
                        new Name("corp"),
                        Kind.OIDC,
                        true,
                        settings(more),
                        Map.of("client.secret", new Secret("the-clients-secret"))));
    }

    private void set(Map<String, String> more) {
        change(Optional.empty(), Optional.of(settings(more)));
    }

    private void change(Optional<Boolean> enabled, Optional<Map<String, String>> settings) {
        directory = estate.submit(
                boss,
                new ChangeDirectory(
                        customer.ref(), corp, directory.version(), Optional.empty(), enabled, settings, Map.of()));
    }

    private SessionOpened login() {
        Departure departure = signOn.begin(customer.ref(), corp, Optional.empty(), HERE);
        return signOn.finish(
                customer.ref(), corp, idp.authorize(departure.to()), Optional.of(departure.pledge()), HERE);
    }

    private Caller caller(SessionOpened session) {
        return estate.identity().logins().caller(session.token(), HERE);
    }

    private boolean alive(SessionOpened session) {
        try {
            return caller(session).user().isPresent();
        } catch (ProblemException e) {
            assertEquals(Problem.NOT_LOGGED_IN, e.type());
            return false;
        }
    }

    private ProblemException refused(Runnable what) {
        ProblemException refused = assertThrows(ProblemException.class, what::run);
        assertEquals(IdentityProblem.SIGN_ON_REFUSED, refused.type(), refused.getMessage());
        return refused;
    }

    private AuditLog.Fact lastFact() {
        List<AuditLog.Fact> facts =
                estate.audit().factsOf(customer.organization().name().value(), estate);
        return facts.get(facts.size() - 1);
    }

    private GroupView group(String name, Optional<String> externalId) {
        return estate.submit(boss, new CreateGroup(customer.ref(), name, Ref.of(directory.id()), externalId));
    }

    private UserView user(String name) {
        return estate.identity().users().get(boss, customer.ref(), new Ref(name));
    }

    @Test
    void whoComesForTheFirstTimeIsMadeAndHoldsWhatTheirGroupsHold() {
        GroupView admins = group("Administrators", Optional.of("admins"));
        estate.grant(customer, Subject.of("group", admins.id()), "read-only");

        SessionOpened session = login();

        UserView anna = user("anna");
        assertEquals(Optional.of("Anna"), anna.displayName());
        assertEquals("anna@example.com", anna.email());
        assertEquals(Optional.of("anna-1"), anna.kept().orElseThrow().externalId());
        assertEquals(Verdict.ALLOWED, estate.verdict(caller(session), Action.SERVER_READ, customer.ref()));
        assertTrue(
                lastFact().because().contains("single sign-on by corp"),
                lastFact().because());

        idp.claims = all -> all.put("groups", List.of("staff"));
        login();

        assertEquals(Verdict.FORBIDDEN, estate.verdict(caller(session), Action.SERVER_READ, customer.ref()));
    }

    @Test
    void whoTheProviderRenamesIsTheSamePersonAndNobodyElseTakesTheirPlace() {
        set(Map.of("username.domain", "example.com"));
        UserView anna = login().user();
        idp.claims = all -> all.put("preferred_username", "Anna.Miller@example.com");

        assertEquals(anna.id(), login().user().id());
        assertEquals("anna.miller", user(anna.id().value()).username());
        idp.claims = all -> {
            all.put("sub", "another-2");
            all.put("preferred_username", "anna.miller");
        };

        refused(this::login);
    }

    @Test
    void aUserKeptHereIsNotTakenOverByAnEqualName() {
        estate.person(customer, "anna");

        refused(this::login);

        assertEquals(Optional.empty(), user("anna").kept());
        assertTrue(
                lastFact().because().contains(Refusal.PROVISIONING.text()),
                lastFact().because());
    }

    @Test
    void aResponseOpensOneSessionAndAnotherBrowserNone() {
        Departure departure = signOn.begin(customer.ref(), corp, Optional.empty(), HERE);
        Map<String, List<String>> response = idp.authorize(departure.to());
        refused(() -> signOn.finish(customer.ref(), corp, response, Optional.empty(), HERE));
        assertEquals(AuditLog.Kind.REFUSED, lastFact().kind());
        assertTrue(
                lastFact().because().contains(Refusal.BROWSER.text()),
                lastFact().because());

        ProblemException again =
                refused(() -> signOn.finish(customer.ref(), corp, response, Optional.of(departure.pledge()), HERE));

        assertTrue(
                lastFact().because().contains(Refusal.STATE.text()), lastFact().because());
        assertFalse(again.getMessage().contains(Refusal.STATE.text()), again.getMessage());
        assertTrue(again.getMessage().contains("req-sso"), again.getMessage());
    }

    @Test
    void aLoginThatBeganAtOneControllerEndsAtAnother() {
        SignOn other = estate.another().signOn();
        Departure departure = signOn.begin(customer.ref(), corp, Optional.of("/console/"), HERE);

        assertEquals(Optional.of("/console/"), other.next(customer.ref(), corp, departure.state()));
        SessionOpened session = other.finish(
                customer.ref(), corp, idp.authorize(departure.to()), Optional.of(departure.pledge()), HERE);

        assertEquals("anna", session.user().username());
        assertEquals(Optional.empty(), signOn.next(customer.ref(), corp, departure.state()));
    }

    @Test
    void aLoginAtOneTenantIsNoneAtAnotherWithTheSameProvider() {
        Estate.Customer other = estate.customer();
        directory(other, Map.of());
        Departure departure = signOn.begin(customer.ref(), corp, Optional.empty(), HERE);
        Map<String, List<String>> response = idp.authorize(departure.to());

        refused(() -> signOn.finish(other.ref(), corp, response, Optional.of(departure.pledge()), HERE));
    }

    @Test
    void whereNobodyIsMadeOnlyWhoIsKnownComesIn() {
        set(Map.of("create.users", "false"));

        ProblemException refused = refused(this::login);

        assertTrue(refused.getMessage().contains("Your provider knows you"), refused.getMessage());
        assertTrue(
                lastFact().because().contains(Refusal.UNKNOWN_PERSON.text()),
                lastFact().because());
        set(Map.of());
        login();
        set(Map.of("create.users", "false"));
        assertEquals("anna", login().user().username());
    }

    @Test
    void whoIsBlockedHereStaysOut() {
        UserView anna = login().user();
        estate.submit(
                boss,
                new ChangeUser(
                        customer.ref(),
                        Ref.of(anna.id()),
                        anna.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(UserView.State.DISABLED)));

        refused(this::login);

        assertEquals(UserView.State.DISABLED, user("anna").state());
    }

    @Test
    void whoseUsernameIsAnAddressComesInByTheOneDomainThatIsSet() {
        idp.claims = all -> all.put("preferred_username", "anna@acme.example");
        refused(this::login);
        assertTrue(
                lastFact().because().contains("set username.domain"), lastFact().because());

        set(Map.of("username.domain", "Acme.example"));
        assertEquals("anna", login().user().username());
        idp.claims = all -> {
            all.put("sub", "guest-2");
            all.put("preferred_username", "boss@evil.example");
        };

        refused(this::login);
        assertTrue(
                lastFact().because().contains("boss@evil.example is an address"),
                lastFact().because());
    }

    @Test
    void whoIsCalledLikeSomebodyInAnotherDomainIsNotThem() {
        hired("chief", "the.boss@acme.example");
        UserView lena = hired("lena", "Lena@acme.example");
        Map<String, String> matching = Map.of("users.of", "hr", "create.users", "false", "users.match", "USERNAME");
        set(matching);
        for (String claimed :
                List.of("chief@evil.example", "chief@acme.example", lena.id().value(), "lena@evil.example")) {
            idp.claims = all -> all.put("preferred_username", claimed);
            refused(this::login);
            assertTrue(
                    lastFact().because().contains(Refusal.UNKNOWN_PERSON.text()),
                    lastFact().because());
        }
        for (String claimed : List.of("lena", "lena@acme.example")) {
            idp.claims = all -> all.put("preferred_username", claimed);
            assertEquals(lena.id(), login().user().id());
        }

        Map<String, String> withDomain = new HashMap<>(matching);
        withDomain.put("username.domain", "acme.example");
        set(withDomain);
        idp.claims = all -> all.put("preferred_username", "chief@acme.example");

        assertEquals("chief", login().user().username());
    }

    @Test
    void theProviderEndsTheSessionsOfPeopleThatAnotherDirectoryKeeps() {
        hired("asmith", "anna.smith@example.org");
        set(Map.of("users.of", "hr", "create.users", "false", "claim.subject", "employee"));
        idp.claims = all -> all.put("employee", "e-asmith");
        SessionOpened named = login();
        idp.claims = all -> {
            all.put("employee", "e-asmith");
            all.remove("sid");
        };
        SessionOpened unnamed = login();

        signOn.logout(
                customer.ref(),
                corp,
                new Secret(idp.logoutToken(all -> {
                    all.put("sid", "session-9");
                    all.put("jti", "logout-1");
                })),
                HERE);
        assertTrue(alive(named));
        assertFalse(alive(unnamed));

        signOn.logout(
                customer.ref(),
                corp,
                new Secret(idp.logoutToken(all -> {
                    all.remove("sid");
                    all.put("jti", "logout-2");
                })),
                HERE);
        assertFalse(alive(named));
        assertEquals("user", lastFact().subject().kind());
    }

    @Test
    void aLogoutTokenIsGoodOnceAndNotUsedUpByALogoutThatFailed() {
        SessionOpened session = login();
        Secret token = new Secret(idp.logoutToken(all -> {}));
        estate.audit().failing(true);
        assertThrows(RuntimeException.class, () -> signOn.logout(customer.ref(), corp, token, HERE));
        estate.audit().failing(false);
        assertTrue(alive(session));

        signOn.logout(customer.ref(), corp, token, HERE);

        assertFalse(alive(session));
        refused(() -> signOn.logout(customer.ref(), corp, token, HERE));
        assertTrue(
                lastFact().because().contains(Refusal.REPLAYED.text()),
                lastFact().because());
    }

    private UserView hired(String username, String email) {
        DirectoryView hr = estate.identity().directories().list(boss, customer.ref(), Query.all()).items().stream()
                .filter(one -> one.name().value().equals("hr"))
                .findFirst()
                .orElseGet(() -> estate.submit(
                        boss,
                        new CreateDirectory(customer.ref(), new Name("hr"), Kind.SCIM, true, Map.of(), Map.of())));
        return estate.submit(
                Caller.directory(
                        hr.id(),
                        "hr",
                        customer.id(),
                        customer.organization().name().value(),
                        Caller.Door.SCIM,
                        "192.0.2.9",
                        "req-1"),
                new PutPerson(
                        customer.ref(),
                        hr.id(),
                        Optional.empty(),
                        Optional.empty(),
                        new PersonData(
                                Optional.of("e-" + username),
                                username,
                                email,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                true,
                                Optional.empty())));
    }

    @Test
    void peopleOfAnotherDirectoryLogInAndStayItsPeople() {
        DirectoryView hr = estate.submit(
                boss, new CreateDirectory(customer.ref(), new Name("hr"), Kind.SCIM, true, Map.of(), Map.of()));
        set(Map.of("users.of", "hr", "create.users", "false", "claim.subject", "employee"));
        GroupView staff = group("staff", Optional.empty());
        UserView hired = estate.submit(
                Caller.directory(
                        hr.id(),
                        "hr",
                        customer.id(),
                        customer.organization().name().value(),
                        Caller.Door.SCIM,
                        "192.0.2.9",
                        "req-1"),
                new PutPerson(
                        customer.ref(),
                        hr.id(),
                        Optional.empty(),
                        Optional.empty(),
                        new PersonData(
                                Optional.of("e-77"),
                                "asmith",
                                "anna.smith@example.org",
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                true,
                                Optional.empty())));
        idp.claims = all -> all.put("employee", "e-77");

        SessionOpened session = login();

        assertEquals(hired.id(), session.user().id());
        assertEquals("anna.smith@example.org", user("asmith").email());
        assertEquals(
                List.of("asmith"),
                estate
                        .identity()
                        .groups()
                        .members(boss, customer.ref(), Ref.of(staff.id()), Query.all())
                        .items()
                        .stream()
                        .map(UserView::username)
                        .toList());
        idp.claims = all -> all.put("employee", "e-78");
        refused(this::login);
    }

    @Test
    void theProviderEndsTheSessionOfItsOwnAndNoOther() {
        SessionOpened first = login();
        idp.claims = all -> all.put("sid", "session-2");
        SessionOpened second = login();

        signOn.logout(customer.ref(), corp, new Secret(idp.logoutToken(all -> {})), HERE);

        assertFalse(alive(first));
        assertTrue(alive(second));
        assertTrue(lastFact().because().contains("logout at the provider"));
        signOn.logout(
                customer.ref(),
                corp,
                new Secret(idp.logoutToken(all -> {
                    all.remove("sid");
                    all.put("jti", "logout-2");
                })),
                HERE);
        assertFalse(alive(second));
    }

    @Test
    void aSessionTheProviderGaveNoNameEndsWithEveryOfThePersonsThere() {
        idp.claims = all -> all.remove("sid");
        SessionOpened unnamed = login();
        idp.claims = all -> all.put("sid", "session-2");
        SessionOpened other = login();

        signOn.logout(customer.ref(), corp, new Secret(idp.logoutToken(all -> all.put("jti", "logout-unnamed"))), HERE);

        assertFalse(alive(unnamed));
        assertTrue(alive(other));
    }

    @Test
    void anIdTokenIsNoLogoutToken() {
        SessionOpened session = login();
        String idToken = idp.signed(Map.of("iss", idp.issuer, "aud", "isthmus", "sub", "anna-1"));

        refused(() -> signOn.logout(customer.ref(), corp, new Secret(idToken), HERE));

        assertTrue(alive(session));
    }

    @Test
    void whereEverybodyNeedsASecondFactorTheProvidersCounts() {
        GroupView staff = group("staff", Optional.empty());
        estate.grant(customer, Subject.of("group", staff.id()), "read-only");
        SessionOpened plain = login();
        estate.requireMfa(customer, Policy.Mfa.ALL);

        assertEquals(Verdict.SECOND_FACTOR_NEEDED, estate.verdict(caller(plain), Action.SERVER_READ, customer.ref()));
        idp.claims = all -> all.put("amr", List.of("mfa"));
        SessionOpened strong = login();

        assertEquals(Verdict.ALLOWED, estate.verdict(caller(strong), Action.SERVER_READ, customer.ref()));
        assertEquals(
                Optional.of(estate.clock().instant().minusSeconds(30)),
                caller(strong).proof().at());
    }

    @Test
    void whereThatIsMissingTheirOwnIsProvedInTheSession() {
        GroupView staff = group("staff", Optional.empty());
        estate.grant(customer, Subject.of("group", staff.id()), "read-only");
        estate.requireMfa(customer, Policy.Mfa.ALL);
        SessionOpened first = login();
        Ref self = Ref.of(first.user().id());
        TotpBegun begun = estate.submit(caller(first), new BeginTotp(customer.ref(), self));
        Secret code =
                new Secret(Totp.code(begun.secret().reveal(), estate.clock().instant()));
        TotpConfirmed own = estate.submit(caller(first), new ConfirmTotp(customer.ref(), self, code));
        assertEquals(Verdict.ALLOWED, estate.verdict(caller(first), Action.SERVER_READ, customer.ref()));

        SessionOpened second = login();

        assertEquals(Verdict.STEP_UP_NEEDED, estate.verdict(caller(second), Action.SERVER_READ, customer.ref()));
        estate.submit(
                caller(second), new StepUp(customer.ref(), own.recoveryCodes().get(0)));
        assertEquals(Verdict.ALLOWED, estate.verdict(caller(second), Action.SERVER_READ, customer.ref()));
    }

    @Test
    void whatIsThereToChooseFromTellsNothingOfWhoIsNotThere() {
        assertEquals(List.of(new Offer(new Name("corp"))), signOn.offers(customer.ref()));
        assertEquals(List.of(), signOn.offers(new Ref("nobody-has-this-name")));

        change(Optional.of(false), Optional.empty());

        assertEquals(List.of(), signOn.offers(customer.ref()));
        assertEquals(
                Problem.NOT_FOUND,
                assertThrows(ProblemException.class, () -> signOn.begin(customer.ref(), corp, Optional.empty(), HERE))
                        .type());
    }

    @Test
    void aProviderThatIsAwayIsNoFaultOfThePerson() {
        server.stop(0);

        ProblemException away =
                assertThrows(ProblemException.class, () -> signOn.begin(customer.ref(), corp, Optional.empty(), HERE));

        assertEquals(Problem.UNAVAILABLE, away.type());
        assertTrue(
                lastFact().because().contains(Refusal.UNREACHABLE.text()),
                lastFact().because());
    }

    @Test
    void whoGuessesFromOneAddressWaits() {
        Origin guesser = new Origin(Caller.Door.REST, "203.0.113.66", "req-guess");
        Map<String, List<String>> guess = Map.of("state", List.of("guess"), "code", List.of("guess"));
        for (int i = 0; i < 200; i++) {
            refused(() -> signOn.finish(customer.ref(), corp, guess, Optional.empty(), guesser));
        }

        ProblemException waits = assertThrows(
                ProblemException.class, () -> signOn.finish(customer.ref(), corp, guess, Optional.empty(), guesser));

        assertEquals(Problem.TOO_MANY, waits.type());
        assertEquals("anna", login().user().username());
    }

    @Test
    void theClientsSecretIsNotSentToAnotherProviderThanItWasGivenFor() {
        for (Map<String, String> elsewhere :
                List.of(Map.of("issuer", "https://idp.attacker.example"), Map.of("client.id", "another"))) {
            ProblemException refused = assertThrows(ProblemException.class, () -> set(elsewhere));
            assertEquals("/secrets/client.secret", refused.errors().get(0).pointer());
        }
        set(Map.of("scopes", "openid"));

        for (Secret given : List.of(new Secret("the-others-secret"), new Secret(""))) {
            directory = estate.submit(
                    boss,
                    new ChangeDirectory(
                            customer.ref(),
                            corp,
                            directory.version(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(settings(Map.of("issuer", "https://idp.example/" + directory.version()))),
                            Map.of("client.secret", given)));
        }

        assertEquals(Set.of(), directory.secrets());
        set(Map.of("issuer", "https://public.example"));
    }

    @Test
    void theSettingsAreChecked() {
        for (Map<String, String> wrong : List.of(
                Map.of("issuer", "ftp://idp.example"),
                Map.of("issuer", "https://idp.example/?a=b"),
                Map.of("issuer", "http://idp.example"),
                Map.of("redirect.base", "https://cloud.example/path"),
                Map.of("max.age", "an hour"),
                Map.of("client.secret", "not among the settings"),
                Map.of("unheard.of", "x"))) {
            assertEquals(
                    Problem.MALFORMED,
                    assertThrows(ProblemException.class, () -> set(wrong), wrong.toString())
                            .type());
        }
        assertEquals(Set.of("client.secret"), directory.secrets());
    }
}
