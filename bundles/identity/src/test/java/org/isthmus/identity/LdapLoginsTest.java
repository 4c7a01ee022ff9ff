// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.Modification;
import com.unboundid.ldap.sdk.ModificationType;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Directories.ChangeDirectory;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.organization.Policy;
import org.isthmus.identity.ldap.Slapd;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logging in with a password that only an LDAP directory knows: a real one. */
final class LdapLoginsTest {
    @TempDir
    static Path folder;

    private static Estate estate;
    private static Slapd slapd;
    private static int places;

    private Estate.Customer customer;
    private String place;
    private DirectoryView directory;

    @BeforeAll
    static void open() {
        slapd = Slapd.start(folder);
        estate = Estate.open(LdapLoginsTest.class);
    }

    @AfterAll
    static void close() {
        if (slapd != null) {
            slapd.close();
            estate.close();
        }
    }

    @BeforeEach
    void anOrganizationWithADirectory() throws LDAPException {
        customer = estate.customer();
        place = "ou=place" + ++places + ",dc=example,dc=org";
        slapd.add("dn: " + place, "objectClass: organizationalUnit", "ou: place" + places);
        directory = link("corp", settings());
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>(slapd.settings());
        settings.put("users.base", place);
        settings.put("groups.base", place);
        settings.put("create.users", "true");
        return settings;
    }

    private DirectoryView link(String name, Map<String, String> settings) {
        return estate.submit(
                customer.administrator(),
                new CreateDirectory(customer.ref(), new Name(name), Kind.LDAP, true, settings, Slapd.secrets()));
    }

    private void change(String... settings) {
        Map<String, String> all = new HashMap<>(directory.settings());
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        directory = estate.submit(
                customer.administrator(),
                new ChangeDirectory(
                        customer.ref(),
                        Ref.of(directory.id()),
                        directory.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(all),
                        Slapd.secrets()));
    }

    private String there(String username) throws LDAPException {
        String dn = "cn=" + username + "," + place;
        slapd.add(
                "dn: " + dn,
                "objectClass: inetOrgPerson",
                "uid: " + username,
                "cn: " + username,
                "sn: Example",
                "mail: " + username + "@example.org",
                "userPassword: pw of " + username);
        return dn;
    }

    private String group(String name, String... members) throws LDAPException {
        String[] lines = new String[members.length + 3];
        lines[0] = "dn: cn=" + name + "," + place;
        lines[1] = "objectClass: groupOfNames";
        lines[2] = "cn: " + name;
        for (int i = 0; i < members.length; i++) {
            lines[i + 3] = "member: " + members[i];
        }
        slapd.add(lines);
        return "cn=" + name + "," + place;
    }

    private static void modify(String dn, ModificationType how, String attribute, String... values)
            throws LDAPException {
        try (LDAPConnection manager = slapd.manager()) {
            manager.modify(dn, new Modification(how, attribute, values));
        }
    }

    private SessionOpened login(String username, String password) {
        return login(username, password, Optional.empty());
    }

    private SessionOpened login(String username, String password, Optional<Secret> code) {
        return estate.identity()
                .logins()
                .login(username + "@" + customer.ref(), new Secret(password), code, Estate.origin());
    }

    private SessionOpened login(String username) {
        return login(username, "pw of " + username);
    }

    private Caller caller(SessionOpened session) {
        return estate.identity().logins().caller(session.token(), Estate.origin());
    }

    private void refused(String username, String password) {
        Refused.with(IdentityProblem.WRONG_LOGIN, () -> login(username, password));
    }

    private String lastRefusal() {
        List<AuditLog.Fact> facts = estate.audit().factsOf(customer.ref().text(), estate);
        return facts.get(facts.size() - 1).because();
    }

    private Set<String> groupsHere() {
        Set<String> names = new HashSet<>();
        estate.identity()
                .groups()
                .list(customer.administrator(), customer.ref(), Query.all())
                .items()
                .forEach(group -> names.add(group.name()));
        return names;
    }

    @Test
    void whoTheDirectoryKnowsIsMadeAtTheirFirstLogin() throws LDAPException {
        there("anna");

        UserView anna = login("anna").user();

        assertEquals("anna@example.org", anna.email());
        assertEquals(directory.id(), anna.kept().orElseThrow().directory());
        assertEquals(36, anna.kept().orElseThrow().externalId().orElseThrow().length());
        assertFalse(anna.mustChangePassword());
        assertEquals(anna.id(), login("anna").user().id());
    }

    @Test
    void whereItIsNotSetNobodyIsMadeAndTheAnswerIsThatForAWrongPassword() throws LDAPException {
        there("ben");
        change("create.users", "false");

        refused("ben", "pw of ben");
        assertEquals("no such user", lastRefusal());
    }

    @Test
    void aWrongOrEmptyPasswordIsRefusedAndTheAuditLogSaysByWhom() throws LDAPException {
        there("carl");
        login("carl");

        refused("carl", "pw of anna");
        assertTrue(lastRefusal().contains("invalid credentials"), lastRefusal());
        assertTrue(lastRefusal().contains("(directory corp)"), lastRefusal());
        refused("carl", "");
        assertTrue(lastRefusal().contains("an empty password is nobody's"), lastRefusal());
        refused("nobody", "pw of carl");
    }

    @Test
    void whatChangesThereIsHereAfterTheNextLogin() throws LDAPException {
        String dora = there("dora");
        login("dora");

        modify(dora, ModificationType.REPLACE, "mail", "dora.d@example.org");

        assertEquals("dora.d@example.org", login("dora").user().email());
    }

    @Test
    void whoIsRenamedThereIsTheSamePersonUnderTheNewName() throws LDAPException {
        String emil = there("emil");
        UserView before = login("emil").user();

        modify(emil, ModificationType.REPLACE, "uid", "emilio");
        UserView after = login("emilio", "pw of emil").user();

        assertEquals(before.id(), after.id());
        assertEquals("emilio", after.username());
        refused("emil", "pw of emil");
    }

    @Test
    void aNameThatWasGivenToSomebodyElseThereOpensNoOldAccount() throws LDAPException {
        String fritz = there("fritz");
        login("fritz");
        try (LDAPConnection manager = slapd.manager()) {
            manager.delete(fritz);
        }
        there("fritz");

        refused("fritz", "pw of fritz");
        assertEquals("somebody else has this name in the directory corp now", lastRefusal());
    }

    @Test
    void groupsAndTheRolesOfGroupsFollowAtEveryLogin() throws LDAPException {
        String gina = there("gina");
        String inner = group("inner", gina);
        group("outer", inner);
        Caller first = caller(login("gina"));
        GroupView outer = estate.identity().groups().get(customer.administrator(), customer.ref(), new Ref("outer"));
        estate.grant(customer, Subject.of("group", outer.id()), "network-admin");

        assertEquals(Verdict.ALLOWED, estate.verdict(first, Action.NETWORK_CREATE, customer.ref()));
        assertEquals(Set.of("inner", "outer"), groupsHere());

        modify(inner, ModificationType.REPLACE, "member", "cn=somebody else," + place);
        login("gina");

        assertEquals(Verdict.FORBIDDEN, estate.verdict(first, Action.NETWORK_CREATE, customer.ref()));
    }

    @Test
    void onlyDeclaredGroupsAreFollowedWhereThatIsSet() throws LDAPException {
        String hans = there("hans");
        group("cloud", hans);
        group("canteen", hans);
        change("create.groups", "false");
        estate.submit(
                customer.administrator(),
                new org.isthmus.api.identity.Groups.CreateGroup(
                        customer.ref(),
                        "Cloud Team",
                        Ref.of(directory.id()),
                        Optional.of("CN=cloud, " + place.toUpperCase(java.util.Locale.ROOT))));

        UserView user = login("hans").user();

        assertEquals(Set.of("Cloud Team"), groupsHere());
        assertEquals(
                List.of(user.id()),
                estate
                        .identity()
                        .groups()
                        .members(
                                customer.administrator(),
                                customer.ref(),
                                Ref.of(estate.identity()
                                        .groups()
                                        .list(customer.administrator(), customer.ref(), Query.all())
                                        .items()
                                        .get(0)
                                        .id()),
                                Query.all())
                        .items()
                        .stream()
                        .map(UserView::id)
                        .toList());
    }

    private UserView declared(String name, Optional<String> externalId, String who) {
        estate.submit(
                customer.administrator(),
                new org.isthmus.api.identity.Groups.CreateGroup(
                        customer.ref(), name, Ref.of(directory.id()), externalId));
        return login(who).user();
    }

    private List<String> membersOf(String group) {
        return estate
                .identity()
                .groups()
                .members(customer.administrator(), customer.ref(), new Ref(group), Query.all())
                .items()
                .stream()
                .map(UserView::username)
                .toList();
    }

    @Test
    void whoMakesAGroupThereThatIsCalledLikeTheExternalIdOfAnotherIsNotInThat() throws LDAPException {
        String eve = there("eve");
        group("4f0c1a6e-2b7d-4c0e-9a54-0d6f3b8c1e77", eve);
        change("create.groups", "false");

        declared("admins", Optional.of("4f0c1a6e-2b7d-4c0e-9a54-0d6f3b8c1e77"), "eve");

        assertEquals(List.of(), membersOf("admins"));
    }

    @Test
    void aNameThatTwoGroupsThereHaveIsNobodysAtALogin() throws LDAPException {
        String ruth = there("ruth");
        String mallory = there("mallory");
        group("wardens", ruth);
        change("create.groups", "false");
        declared("wardens", Optional.empty(), "ruth");
        assertEquals(List.of("ruth"), membersOf("wardens"));

        slapd.add("dn: ou=own," + place, "objectClass: organizationalUnit", "ou: own");
        slapd.add("dn: cn=wardens,ou=own," + place, "objectClass: groupOfNames", "cn: wardens", "member: " + mallory);
        login("mallory");
        assertEquals(List.of("ruth"), membersOf("wardens"));

        login("ruth");
        assertEquals(List.of(), membersOf("wardens"));
    }

    @Test
    void whoseDepartmentIsFollowedFromNowOnIsMovedAtTheNextLogin() throws LDAPException {
        String vera = there("vera");
        modify(vera, ModificationType.ADD, "ou", "Research Lab");
        change("attribute.department", "ou");
        Optional<org.isthmus.model.Ids.DepartmentId> before =
                login("vera").user().department();
        DepartmentView lab = estate.submit(
                customer.administrator(),
                new CreateDepartment(customer.ref(), new Name("research-lab"), Optional.empty()));

        change("departments", "MATCH");

        assertEquals(Optional.empty(), before);
        assertEquals(Optional.of(lab.id()), login("vera").user().department());
    }

    @Test
    void peopleKeptHereLogInAsEverAlsoWhileTheDirectoryIsAway() {
        Caller ida = estate.person(customer, "ida");
        change("url", "ldaps://localhost:1");

        assertEquals(
                ida.user(),
                Optional.of(login("ida", Estate.PASSWORD.reveal()).user().id()));
    }

    @Test
    void aPasswordThatIsRightThereOpensNobodyWhoIsKeptHere() throws LDAPException {
        estate.person(customer, "jan");
        there("jan");

        refused("jan", "pw of jan");
    }

    @Test
    void whileTheDirectoryIsAwayItsPeopleUnknownNamesAndWrongPasswordsAllLookTheSame() throws LDAPException {
        there("kim");
        login("kim");
        estate.person(customer, "local");
        change("url", "ldaps://localhost:1");

        Set<String> told = new HashSet<>();
        for (String name : List.of("kim", "local", "nobody")) {
            told.add(Refused.with(Problem.UNAVAILABLE, () -> login(name, "pw of kim"))
                    .getMessage());
            assertTrue(lastRefusal().contains("does not answer"), lastRefusal());
        }
        assertEquals(1, told.size());
        assertFalse(told.iterator().next().contains("localhost"));
    }

    @Test
    void anEmptyPasswordTellsNobodyApartWhileTheDirectoryIsAway() throws LDAPException {
        there("una");
        login("una");
        estate.person(customer, "local");
        change("url", "ldaps://localhost:1");

        for (String name : List.of("una", "local", "nobody")) {
            Refused.with(Problem.UNAVAILABLE, () -> login(name, ""));
        }
    }

    @Test
    void ofTwoDirectoriesOneIsAskedForEachUnknownNameAndNotTheFirstForAll() {
        change("create.users", "false", "url", "ldaps://localhost:1");
        Map<String, String> other = settings();
        other.put("create.users", "false");
        link("other", other);

        Map<String, Boolean> away = new HashMap<>();
        for (int again = 0; again < 2; again++) {
            for (int i = 0; i < 24; i++) {
                String name = "nobody" + i;
                ProblemException refused = assertThrows(ProblemException.class, () -> login(name, "a guess"));
                boolean before = away.getOrDefault(name, refused.type().equals(Problem.UNAVAILABLE));
                away.put(name, refused.type().equals(Problem.UNAVAILABLE));
                assertEquals(before, away.get(name), name);
            }
        }
        assertEquals(Set.of(true, false), Set.copyOf(away.values()));
    }

    @Test
    void guessingWhileTheDirectoryIsAwayIsSlowedDownToo() {
        estate.person(customer, "lea");
        change("url", "ldaps://localhost:1");

        for (int i = 0; i < 5; i++) {
            Refused.with(Problem.UNAVAILABLE, () -> login("lea", "a guess"));
        }

        Refused.with(Problem.TOO_MANY, () -> login("lea", "a guess"));
    }

    @Test
    void whoIsBlockedHereStaysOutAndLosesNothingOfWhatTheDirectorySays() throws LDAPException {
        there("max");
        UserView max = login("max").user();
        estate.submit(
                customer.administrator(),
                new ChangeUser(
                        customer.ref(),
                        Ref.of(max.id()),
                        max.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(UserView.State.DISABLED)));

        refused("max", "pw of max");
        assertEquals("disabled", lastRefusal());
    }

    @Test
    void aDisabledDirectoryLetsNobodyIn() throws LDAPException {
        there("nora");
        SessionOpened session = login("nora");
        estate.submit(
                customer.administrator(),
                new ChangeDirectory(
                        customer.ref(),
                        Ref.of(directory.id()),
                        directory.version(),
                        Optional.empty(),
                        Optional.of(false),
                        Optional.empty(),
                        Map.of()));

        refused("nora", "pw of nora");
        Refused.with(Problem.NOT_LOGGED_IN, () -> caller(session));
    }

    @Test
    void aSecondFactorIsAskedForAsOfAnybody() throws LDAPException {
        there("olga");
        Armed olga = Armed.of(estate, customer, caller(login("olga")));

        Refused.with(IdentityProblem.SECOND_FACTOR_NEEDED, () -> login("olga"));
        Refused.with(
                IdentityProblem.SECOND_FACTOR_NEEDED, () -> login("olga", "pw of olga", Optional.of(olga.wrong())));
        assertTrue(login("olga", "pw of olga", Optional.of(olga.next())).user().secondFactor());
    }

    @Test
    void wherePolicyAsksEverybodyForASecondFactorThatHoldsForTheDirectorysPeople() throws LDAPException {
        there("paul");
        estate.requireMfa(customer, Policy.Mfa.ALL);

        Caller paul = caller(login("paul"));

        assertEquals(Verdict.SECOND_FACTOR_NEEDED, estate.verdict(paul, Action.NETWORK_CREATE, customer.ref()));
    }

    @Test
    void noPasswordIsInTheAuditLogAndTheSessionIsTheDirectorys() throws LDAPException {
        there("rosa");
        login("rosa");
        refused("rosa", "a wrong secret");

        List<AuditLog.Fact> facts = estate.audit().factsOf(customer.ref().text(), estate);
        assertTrue(facts.stream()
                .noneMatch(fact -> fact.toString().contains("pw of rosa")
                        || fact.toString().contains("a wrong secret")));
        assertTrue(
                facts.stream().anyMatch(fact -> fact.because().equals("password of the directory " + directory.id())));
    }

    @Test
    void anOperatorOfADirectoryLogsInToTheShell() throws LDAPException {
        there("sam");
        Map<String, String> settings = settings();
        DirectoryView platforms = estate.submit(
                estate.root(),
                new CreateDirectory(
                        Ref.of(estate.identity().platform()),
                        new Name("staff" + places),
                        Kind.LDAP,
                        true,
                        settings,
                        Slapd.secrets()));
        Origin shell = new Origin(Door.SHELL, "192.0.2.8", "req-9");
        UserView sam = estate.identity()
                .logins()
                .login("sam@platform", new Secret("pw of sam"), Optional.empty(), Estate.origin())
                .user();
        assertTrue(estate.identity()
                .logins()
                .shellLogin("sam@platform", new Secret("pw of sam"), shell)
                .isEmpty());

        estate.submit(
                estate.root(),
                new org.isthmus.api.identity.Grants.CreateGrant(
                        Ref.of(estate.identity().platform()),
                        Subject.of("user", sam.id()),
                        "operator",
                        Subject.of("organization", estate.identity().platform()),
                        Optional.empty(),
                        Optional.empty()));

        assertEquals(
                Optional.of(sam.id()),
                estate.identity()
                        .logins()
                        .shellLogin("sam@platform", new Secret("pw of sam"), shell)
                        .orElseThrow()
                        .user());
        assertTrue(estate.identity()
                .logins()
                .shellLogin("sam@platform", new Secret("pw of anna"), shell)
                .isEmpty());
        estate.submit(
                estate.root(),
                new org.isthmus.api.identity.Directories.DeleteDirectory(
                        Ref.of(estate.identity().platform()), Ref.of(platforms.id())));
    }

    @Test
    void settingsAreCheckedWhenTheyAreGiven() {
        Map<String, String> wrong = settings();
        wrong.put("url", "ldap://ldap.example.org");
        wrong.put("users.base", "nowhere");

        assertEquals(
                2,
                Refused.with(Problem.MALFORMED, () -> link("other", wrong))
                        .errors()
                        .size());
        Map<String, String> without = settings();
        assertEquals(
                "/secrets/bind.password",
                Refused.with(
                                Problem.MALFORMED,
                                () -> estate.submit(
                                        customer.administrator(),
                                        new CreateDirectory(
                                                customer.ref(), new Name("other"), Kind.LDAP, true, without, Map.of())))
                        .errors()
                        .get(0)
                        .pointer());
    }

    @Test
    void theBindPasswordIsNotSentToAnotherServerThanItWasGivenFor() {
        Map<String, String> elsewhere = new HashMap<>(directory.settings());
        elsewhere.put("url", "ldaps://ldap.attacker.example");

        Refused.with(
                Problem.MALFORMED,
                () -> estate.submit(
                        customer.administrator(),
                        new ChangeDirectory(
                                customer.ref(),
                                Ref.of(directory.id()),
                                directory.version(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(elsewhere),
                                Map.of())));
    }

    @Test
    void twoLoginsAtOnceMakeOnePerson() throws Exception {
        there("tom");
        List<java.util.concurrent.Callable<UserView>> both =
                List.of(() -> login("tom").user(), () -> login("tom").user());

        java.util.concurrent.ExecutorService threads = java.util.concurrent.Executors.newFixedThreadPool(2);
        try {
            threads.invokeAll(both);
        } finally {
            threads.shutdown();
        }

        assertEquals(
                1,
                estate.identity()
                        .users()
                        .list(
                                customer.administrator(),
                                customer.ref(),
                                new Query(
                                        Map.of("username", "tom"),
                                        Optional.empty(),
                                        org.isthmus.model.Page.Request.all()))
                        .items()
                        .size());
    }
}
