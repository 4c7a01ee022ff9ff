// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
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
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Directories.ChangeDirectory;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.CreateDirectoryToken;
import org.isthmus.api.identity.Directories.DeleteDirectory;
import org.isthmus.api.identity.Directories.DeleteDirectoryToken;
import org.isthmus.api.identity.Directories.DirectoryTokenCreated;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Groups.ChangeGroup;
import org.isthmus.api.identity.Groups.CreateGroup;
import org.isthmus.api.identity.Groups.DeleteGroup;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Logins.Origin;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.api.identity.Provisioning.PersonData;
import org.isthmus.api.identity.Provisioning.PutGroup;
import org.isthmus.api.identity.Provisioning.PutPerson;
import org.isthmus.api.identity.Provisioning.RemoveGroup;
import org.isthmus.api.identity.Provisioning.RemovePerson;
import org.isthmus.api.identity.Provisioning.SetGroupsOf;
import org.isthmus.api.identity.Provisioning.SetMembers;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangePassword;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.identity.Users.HandOver;
import org.isthmus.api.identity.Users.ResetPassword;
import org.isthmus.identity.login.IdentityLogins;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is known by a directory, what it alone changes, and what its groups hold. */
final class DirectoriesTest {
    private static Estate estate;

    private Estate.Customer customer;
    private Caller boss;
    private DirectoryView hr;
    private Caller telling;

    @BeforeAll
    static void open() {
        estate = Estate.open(DirectoriesTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @BeforeEach
    void anOrganizationWithADirectory() {
        customer = estate.customer();
        boss = customer.administrator();
        hr = directory("hr", Kind.SCIM, Map.of());
        telling = caller(hr);
    }

    /** With what every provider needs. */
    private static Map<String, String> provider(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("issuer", "https://idp.example.org");
        all.put("client.id", "isthmus");
        all.put("redirect.base", "https://cloud.example.org");
        return all;
    }

    private DirectoryView directory(String name, Kind kind, Map<String, String> settings) {
        Map<String, String> all = kind == Kind.OIDC ? provider(settings) : settings;
        return estate.submit(boss, new CreateDirectory(customer.ref(), new Name(name), kind, true, all, Map.of()));
    }

    private Caller caller(DirectoryView directory) {
        return Caller.directory(
                directory.id(),
                directory.name().value(),
                customer.id(),
                customer.organization().name().value(),
                Caller.Door.SCIM,
                "192.0.2.9",
                "req-1");
    }

    private static PersonData person(String username, boolean active, Optional<String> department) {
        return new PersonData(
                Optional.of("ext-" + username),
                username,
                username + "@example.org",
                Optional.of("Doctor " + username),
                Optional.empty(),
                Optional.empty(),
                active,
                department);
    }

    private UserView hire(String username) {
        return hire(username, Optional.empty());
    }

    private UserView hire(String username, Optional<String> department) {
        return estate.submit(
                telling,
                new PutPerson(
                        customer.ref(),
                        hr.id(),
                        Optional.empty(),
                        Optional.empty(),
                        person(username, true, department)));
    }

    private UserView told(UserView user, PersonData data) {
        return estate.submit(
                telling, new PutPerson(customer.ref(), hr.id(), Optional.of(user.id()), Optional.empty(), data));
    }

    private GroupView group(String name, UserView... members) {
        GroupView made = estate.submit(
                telling,
                new PutGroup(customer.ref(), hr.id(), Optional.empty(), Optional.empty(), name, Optional.empty()));
        return members(made, Set.of(members), Set.of());
    }

    private GroupView members(GroupView group, Set<UserView> in, Set<UserView> out) {
        return estate.submit(
                telling,
                new SetMembers(customer.ref(), hr.id(), group.id(), Optional.empty(), ids(in), ids(out), false));
    }

    private static Set<UserId> ids(Set<UserView> users) {
        return users.stream().map(UserView::id).collect(java.util.stream.Collectors.toSet());
    }

    private Caller letIn(UserView user) {
        return letIn(hr, user);
    }

    private Caller letIn(DirectoryView directory, UserView user) {
        return estate.identity()
                .logins()
                .caller(opened(directory, user).orElseThrow().token(), Estate.origin());
    }

    private Optional<SessionOpened> opened(DirectoryView directory, UserView user) {
        return estate.identity()
                .openings()
                .opened(
                        directory,
                        user.id(),
                        Optional.empty(),
                        new IdentityLogins.There(Optional.of("sid-1"), Optional.empty()),
                        "single sign-on",
                        Estate.origin());
    }

    private UserView seen(UserView user) {
        return estate.identity().users().get(boss, customer.ref(), Ref.of(user.id()));
    }

    private ChangeUser change(UserView user, Optional<String> email, Optional<UserView.State> state) {
        return new ChangeUser(customer.ref(), Ref.of(user.id()), seen(user).version(), email, Optional.empty(), state);
    }

    @Test
    void aPersonOfADirectoryIsThereWithWhatItKnows() {
        UserView ada = hire("ada");

        UserView seen = seen(ada);

        assertEquals(Optional.of("Doctor ada"), seen.displayName());
        assertEquals(Optional.of(hr.id()), seen.kept().map(UserView.Kept::directory));
        assertEquals(Optional.of("ext-ada"), seen.kept().flatMap(UserView.Kept::externalId));
        assertEquals(UserView.State.ACTIVE, seen.state());
        assertEquals("directory:hr@" + customer.ref(), seen.createdBy());
    }

    @Test
    void whatTheDirectoryOwnsIsNotChangedHereAndTheRefusalSaysWhere() {
        UserView ada = hire("ada");

        List<ProblemException> refusals = List.of(
                Refused.with(
                        IdentityProblem.KEPT_ELSEWHERE,
                        () -> estate.submit(boss, change(ada, Optional.of("other@example.org"), Optional.empty()))),
                Refused.with(
                        IdentityProblem.KEPT_ELSEWHERE,
                        () -> estate.submit(boss, new ResetPassword(customer.ref(), Ref.of(ada.id())))),
                Refused.with(
                        IdentityProblem.KEPT_ELSEWHERE,
                        () -> estate.submit(boss, new DeleteUser(customer.ref(), Ref.of(ada.id())))),
                Refused.with(
                        IdentityProblem.KEPT_ELSEWHERE,
                        () -> estate.submit(
                                letIn(ada),
                                new ChangePassword(
                                        customer.ref(),
                                        Ref.of(ada.id()),
                                        Estate.PASSWORD,
                                        new Secret("nine blue turtles hum")))));

        refusals.forEach(refusal ->
                assertTrue(refusal.getMessage().contains("is kept in the directory hr (SCIM)"), refusal.getMessage()));
        assertEquals("ada@example.org", seen(ada).email());
    }

    @Test
    void itsDepartmentsAreKeptHereUnlessTheyAreMatched() {
        DepartmentView yards =
                estate.submit(boss, new CreateDepartment(customer.ref(), new Name("shipping-yards"), Optional.empty()));
        UserView ada = hire("ada", Optional.of("Shipping Yards"));
        Optional<Optional<Ref>> intoYards = Optional.of(Optional.of(Ref.of(yards.id())));

        UserView moved = estate.submit(
                boss,
                new ChangeUser(
                        customer.ref(),
                        Ref.of(ada.id()),
                        ada.version(),
                        Optional.empty(),
                        intoYards,
                        Optional.empty()));
        DirectoryView matching = estate.submit(
                boss,
                new ChangeDirectory(
                        customer.ref(),
                        Ref.of(hr.id()),
                        hr.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(Map.of("departments", "MATCH")),
                        Map.of()));
        UserView bert = hire("bert", Optional.of("Shipping  yards"));

        assertEquals(Optional.empty(), ada.department());
        assertEquals(Optional.of(yards.id()), moved.department());
        assertEquals(Map.of("departments", "MATCH"), matching.settings());
        assertEquals(Optional.of(yards.id()), bert.department());
        Refused.with(
                IdentityProblem.KEPT_ELSEWHERE,
                () -> estate.submit(
                        boss,
                        new ChangeUser(
                                customer.ref(),
                                Ref.of(bert.id()),
                                bert.version(),
                                Optional.empty(),
                                Optional.of(Optional.empty()),
                                Optional.empty())));
        assertEquals(
                Optional.empty(),
                told(bert, person("bert", true, Optional.empty())).department());
        ProblemException unknown =
                Refused.with(Problem.MALFORMED, () -> told(bert, person("bert", true, Optional.of("No Such Place"))));
        assertEquals("/department", unknown.errors().get(0).pointer());
    }

    @Test
    void whoLeavesIsOutAtOnceAndTheirTokensDoNotComeBack() {
        UserView ada = hire("ada");
        Secret session = opened(hr, ada).orElseThrow().token();
        Caller in = estate.identity().logins().caller(session, Estate.origin());
        Secret token = estate.submit(
                        in,
                        new org.isthmus.api.identity.Tokens.CreateToken(
                                customer.ref(),
                                new Name("mine"),
                                Optional.empty(),
                                estate.clock().instant().plus(Duration.ofDays(1))))
                .secret();

        UserView left = told(ada, person("ada", false, Optional.empty()));

        assertEquals(UserView.State.DISABLED, left.state());
        List.of(session, token)
                .forEach(bearer -> Refused.with(
                        Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(bearer, Estate.origin())));
        assertEquals(Optional.empty(), opened(hr, ada));
        Refused.with(
                IdentityProblem.KEPT_ELSEWHERE,
                () -> estate.submit(boss, change(ada, Optional.empty(), Optional.of(UserView.State.ACTIVE))));
        told(ada, person("ada", true, Optional.empty()));
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(token, Estate.origin()));
        assertTrue(opened(hr, ada).isPresent());
    }

    @Test
    void whoIsDisabledHereStaysSoWhateverTheDirectoryTells() {
        UserView ada = hire("ada");
        estate.submit(boss, change(ada, Optional.empty(), Optional.of(UserView.State.DISABLED)));

        assertEquals(
                UserView.State.DISABLED,
                told(ada, person("ada", true, Optional.empty())).state());
        assertEquals(Optional.empty(), opened(hr, ada));
        estate.submit(boss, change(ada, Optional.empty(), Optional.of(UserView.State.ACTIVE)));
        assertTrue(opened(hr, ada).isPresent());
    }

    @Test
    void aGroupsRolesAreItsMembersAtOnceAndNoLongerThanTheyAreIn() {
        UserView ada = hire("ada");
        UserView bert = hire("bert");
        GroupView team = group("Cloud Team", ada);
        estate.grant(customer, Subject.of("group", team.id()), "server-manager");
        Caller in = letIn(ada);
        Caller outside = letIn(bert);

        assertEquals(Verdict.ALLOWED, estate.verdict(in, Action.SERVER_START, customer.ref()));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(outside, Action.SERVER_START, customer.ref()));
        members(team, Set.of(bert), Set.of(ada));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(in, Action.SERVER_START, customer.ref()));
        assertEquals(Verdict.ALLOWED, estate.verdict(outside, Action.SERVER_START, customer.ref()));
        assertEquals(
                List.of("bert"),
                estate
                        .identity()
                        .groups()
                        .members(boss, customer.ref(), Ref.of(team.id()), Query.all())
                        .items()
                        .stream()
                        .map(UserView::username)
                        .toList());
    }

    @Test
    void aGroupThatIsGoneTakesItsRolesWithIt() {
        UserView ada = hire("ada");
        GroupView team = group("Cloud Team", ada);
        estate.grant(customer, Subject.of("group", team.id()), "server-manager");
        Caller in = letIn(ada);

        estate.submit(telling, new RemoveGroup(customer.ref(), hr.id(), team.id(), Optional.empty()));

        assertEquals(Verdict.FORBIDDEN, estate.verdict(in, Action.SERVER_START, customer.ref()));
        assertEquals(
                List.of(),
                estate.identity()
                        .grants()
                        .list(
                                boss,
                                customer.ref(),
                                new Query(
                                        Map.of("subject", team.id().value()),
                                        Optional.empty(),
                                        org.isthmus.model.Page.Request.first()))
                        .items());
    }

    @Test
    void nobodyComesToHoldByAGroupWhatOnePersonDoesNotHoldTogether() {
        UserView ada = hire("ada");
        GroupView auditors = group("Auditors", ada);
        GroupView granters = group("Granters");
        GroupView everybody = group("Everybody", ada);
        estate.grant(customer, Subject.of("group", auditors.id()), "auditor");
        estate.grant(customer, Subject.of("group", granters.id()), "user-admin");

        Refused.with(Problem.AGAINST_POLICY, () -> members(granters, Set.of(ada), Set.of()));
        Refused.with(
                Problem.AGAINST_POLICY,
                () -> estate.grant(customer, Subject.of("group", everybody.id()), "user-admin"));
        Refused.with(Problem.AGAINST_POLICY, () -> estate.grant(customer, Subject.of("user", ada.id()), "user-admin"));
        estate.submit(telling, new SetGroupsOf(customer.ref(), hr.id(), ada.id(), Set.of(granters.id())));
        assertEquals(
                List.of("Granters"),
                estate
                        .identity()
                        .provisioning()
                        .groupsOf(telling, customer.ref(), Set.of(ada.id()))
                        .get(ada.id())
                        .stream()
                        .map(GroupView::name)
                        .toList());
    }

    @Test
    void aDirectoryDoesNothingButTellAndOnlyOfItself() {
        DirectoryView other = directory("other", Kind.SCIM, Map.of());
        UserView ada = hire("ada");
        GroupView team = group("Cloud Team", ada);
        Caller stranger = caller(other);

        for (Action action : Action.values()) {
            assertEquals(
                    action == Action.DIRECTORY_PROVISION ? Verdict.ALLOWED : Verdict.FORBIDDEN,
                    estate.verdict(telling, action, customer.ref()));
            assertEquals(
                    Verdict.ABSENT,
                    estate.verdict(telling, action, estate.customer().ref()));
        }
        List.<org.isthmus.api.gate.Command<?>>of(
                        new PutPerson(
                                customer.ref(),
                                hr.id(),
                                Optional.empty(),
                                Optional.empty(),
                                person("mallory", true, Optional.empty())),
                        new PutPerson(
                                customer.ref(),
                                other.id(),
                                Optional.of(ada.id()),
                                Optional.empty(),
                                person("ada", false, Optional.empty())),
                        new PutPerson(
                                customer.ref(),
                                other.id(),
                                boss.user(),
                                Optional.empty(),
                                person("boss", false, Optional.empty())),
                        new RemovePerson(customer.ref(), other.id(), ada.id(), Optional.empty()),
                        new SetGroupsOf(customer.ref(), other.id(), ada.id(), Set.of()),
                        new RemoveGroup(customer.ref(), other.id(), team.id(), Optional.empty()),
                        new PutGroup(
                                customer.ref(),
                                other.id(),
                                Optional.of(team.id()),
                                Optional.empty(),
                                "Mine",
                                Optional.empty()))
                .forEach(command -> Refused.with(Problem.NOT_FOUND, () -> estate.submit(stranger, command)));
        assertEquals(Optional.empty(), estate.identity().provisioning().person(stranger, customer.ref(), ada.id()));
        assertEquals(Optional.empty(), estate.identity().provisioning().group(stranger, customer.ref(), team.id()));
        ProblemException foreign = Refused.with(
                Problem.MALFORMED,
                () -> members(
                        team,
                        Set.of(seen(estate.identity()
                                .users()
                                .get(boss, customer.ref(), Ref.of(boss.user().orElseThrow())))),
                        Set.of()));
        assertEquals("/members", foreign.errors().get(0).pointer());
    }

    @Test
    void nobodyIsLetInByADirectoryThatDoesNotKeepThem() {
        DirectoryView logins = directory("logins", Kind.OIDC, Map.of());
        UserView ada = hire("ada");
        UserView own = estate.identity()
                .users()
                .get(boss, customer.ref(), Ref.of(boss.user().orElseThrow()));

        assertEquals(Optional.empty(), opened(logins, ada));
        assertEquals(Optional.empty(), opened(logins, own));
        DirectoryView trusting = estate.submit(
                boss,
                new ChangeDirectory(
                        customer.ref(),
                        Ref.of(logins.id()),
                        logins.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(provider(Map.of("users.of", "hr"))),
                        Map.of()));
        assertTrue(opened(trusting, ada).isPresent());
        assertEquals(Optional.empty(), opened(trusting, own));
    }

    @Test
    void aDisabledDirectoryLetsNobodyInAndTellsNothing() {
        UserView ada = hire("ada");
        Secret session = opened(hr, ada).orElseThrow().token();
        DirectoryTokenCreated token = token();
        Origin origin = new Origin(Caller.Door.SCIM, "192.0.2.9", "req-1");
        assertEquals(
                Optional.of(hr.id()),
                estate.identity()
                        .logins()
                        .directoryCaller(token.secret(), origin)
                        .directory());

        estate.submit(
                boss,
                new ChangeDirectory(
                        customer.ref(),
                        new Ref("hr"),
                        hr.version(),
                        Optional.empty(),
                        Optional.of(false),
                        Optional.empty(),
                        Map.of()));

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(session, Estate.origin()));
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().directoryCaller(token.secret(), origin));
        assertEquals(Optional.empty(), opened(hr, ada));
        Refused.with(Problem.NOT_FOUND, () -> hire("bert"));
    }

    private DirectoryTokenCreated token() {
        return estate.submit(
                boss,
                new CreateDirectoryToken(
                        customer.ref(),
                        Ref.of(hr.id()),
                        new Name("entra"),
                        estate.clock().instant().plus(Duration.ofDays(30))));
    }

    @Test
    void aDirectorysTokenIsGoodForNothingElseAndEnds() {
        DirectoryTokenCreated token = token();
        Origin origin = new Origin(Caller.Door.SCIM, "192.0.2.9", "req-1");
        Instant over = token.token().expiresAt();

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(token.secret(), Estate.origin()));
        Refused.with(
                Problem.NOT_LOGGED_IN,
                () -> estate.identity().logins().directoryCaller(estate.login("boss@" + customer.ref()), origin));
        DirectoryTokenCreated second =
                estate.submit(boss, new CreateDirectoryToken(customer.ref(), new Ref("hr"), new Name("second"), over));
        estate.submit(boss, new DeleteDirectoryToken(customer.ref(), new Ref("hr"), new Ref("second")));
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().directoryCaller(second.secret(), origin));
        estate.clock().pass(Duration.ofDays(31));
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().directoryCaller(token.secret(), origin));
    }

    @Test
    void onlyWhoHoldsEverythingLinksADirectory() {
        estate.submit(
                boss,
                new CreateRole(
                        customer.ref(), new Name("linker"), Set.of(Action.DIRECTORY_MANAGE, Action.DIRECTORY_READ)));
        Caller linker = estate.person(customer, "linker", "linker");
        Caller admin = estate.person(customer, "second", "organization-admin");

        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(
                        linker,
                        new CreateDirectory(customer.ref(), new Name("mine"), Kind.SCIM, true, Map.of(), Map.of())));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(linker, new DeleteDirectory(customer.ref(), new Ref("hr"))));
        estate.submit(
                admin, new CreateDirectory(customer.ref(), new Name("mine"), Kind.SCIM, true, Map.of(), Map.of()));
    }

    @Test
    void whoeverSetUpADirectoryCouldBeAnybodyInIt() {
        UserView ada = hire("ada");
        Caller second = estate.person(customer, "second", "organization-admin");
        Caller in = letIn(ada);
        assertEquals(
                Set.of(ada.id(), boss.user().orElseThrow()),
                estate.identity().access().hands(in, Duration.ofDays(1)).all());

        estate.submit(
                second,
                new CreateDirectory(
                        customer.ref(),
                        new Name("logins"),
                        Kind.OIDC,
                        true,
                        provider(Map.of("users.of", "hr")),
                        Map.of()));

        assertTrue(estate.identity()
                .access()
                .hands(in, Duration.ofDays(1))
                .all()
                .contains(second.user().orElseThrow()));
    }

    private Set<UserId> hands(Caller of) {
        return estate.identity().access().hands(of, Duration.ofDays(3)).all();
    }

    private static UserId id(Caller person) {
        return person.user().orElseThrow();
    }

    @Test
    void whoLastSetUpADirectoryCouldBeItsPeopleUntilSomebodyElseDoes() {
        Caller ada = letIn(hire("ada"));
        Caller second = estate.person(customer, "second", "organization-admin");
        DirectoryView logins = estate.submit(
                second,
                new CreateDirectory(
                        customer.ref(),
                        new Name("logins"),
                        Kind.OIDC,
                        true,
                        provider(Map.of("users.of", "hr")),
                        Map.of()));

        estate.clock().pass(Duration.ofDays(30));
        assertEquals(Set.of(id(ada), id(boss), id(second)), hands(ada));

        Caller third = estate.person(customer, "third", "organization-admin");
        estate.clock().pass(Duration.ofDays(30));
        estate.submit(
                third,
                new ChangeDirectory(
                        customer.ref(),
                        Ref.of(logins.id()),
                        logins.version(),
                        Optional.empty(),
                        Optional.of(false),
                        Optional.empty(),
                        Map.of()));
        estate.clock().pass(Duration.ofDays(30));
        assertEquals(Set.of(id(ada), id(boss), id(third)), hands(ada));
    }

    @Test
    void whoMadeADirectorysTokenCouldBeItsPeopleAsLongAsItLives() {
        Caller ada = letIn(hire("ada"));
        Caller second = estate.person(customer, "second", "organization-admin");
        estate.submit(
                second,
                new CreateDirectoryToken(
                        customer.ref(),
                        Ref.of(hr.id()),
                        new Name("sync"),
                        estate.clock().instant().plus(Duration.ofDays(60))));

        estate.clock().pass(Duration.ofDays(30));
        assertTrue(hands(ada).contains(id(second)));

        estate.clock().pass(Duration.ofDays(31));
        assertFalse(hands(ada).contains(id(second)));
    }

    @Test
    void whoCouldHaveBeenThePeopleOfADirectoryStillCouldWhenItIsUnlinked() {
        Caller ada = letIn(hire("ada"));
        Caller second = estate.person(customer, "second", "organization-admin");
        estate.clock().pass(Duration.ofDays(30));

        estate.submit(second, new DeleteDirectory(customer.ref(), Ref.of(hr.id())));

        assertTrue(hands(ada).contains(id(boss)));
        estate.clock().pass(Duration.ofDays(4));
        assertEquals(Set.of(id(ada)), hands(ada));
    }

    @Test
    void whoHandsAnAccountOverCouldBeIt() {
        Caller anna = estate.person(customer, "anna");
        Caller second = estate.person(customer, "second", "organization-admin");
        estate.clock().pass(Duration.ofDays(4));

        estate.submit(second, new HandOver(customer.ref(), Ref.of(id(anna)), Ref.of(hr.id()), Optional.of("ext-anna")));

        assertTrue(hands(anna).contains(id(second)));
    }

    @Test
    void whenADirectoryIsUnlinkedItsPeopleStayAndItsGroupsGo() {
        UserView ada = hire("ada");
        GroupView team = group("Cloud Team", ada);
        estate.grant(customer, Subject.of("group", team.id()), "server-manager");
        Secret session = opened(hr, ada).orElseThrow().token();

        estate.submit(boss, new DeleteDirectory(customer.ref(), Ref.of(hr.id())));

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(session, Estate.origin()));
        assertEquals(Optional.empty(), seen(ada).kept());
        Refused.with(Problem.NOT_FOUND, () -> estate.identity().groups().get(boss, customer.ref(), Ref.of(team.id())));
        Secret oneTime = estate.submit(boss, new ResetPassword(customer.ref(), Ref.of(ada.id())))
                .oneTimePassword()
                .orElseThrow();
        assertTrue(estate.identity()
                .logins()
                .login("ada@" + customer.ref(), oneTime, Estate.origin())
                .mustChangePassword());
    }

    @Test
    void aSettingOrASecretThatIsTooLongIsRefusedByNameBeforeAnythingIsKept() {
        Map<String, String> tooLong = new java.util.HashMap<>(provider(Map.of()));
        tooLong.put("users.of", "a, ".repeat(6_000) + "a");
        Secret endless = new Secret("s".repeat(40_000));

        ProblemException made = Refused.with(
                Problem.MALFORMED,
                () -> estate.submit(
                        boss,
                        new CreateDirectory(
                                customer.ref(),
                                new Name("logins"),
                                Kind.OIDC,
                                true,
                                tooLong,
                                Map.of("client.secret", endless))));
        DirectoryView logins = directory("logins", Kind.OIDC, Map.of());
        ProblemException changed = Refused.with(
                Problem.MALFORMED,
                () -> estate.submit(
                        boss,
                        new ChangeDirectory(
                                customer.ref(),
                                Ref.of(logins.id()),
                                logins.version(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Map.of("client.secret", endless))));

        assertEquals(
                Set.of("/settings/users.of", "/secrets/client.secret"),
                made.errors().stream()
                        .map(ProblemException.FieldError::pointer)
                        .collect(java.util.stream.Collectors.toSet()));
        assertEquals("/secrets/client.secret", changed.errors().get(0).pointer());
    }

    @Test
    void settingsThatItsKindDoesNotHaveAreRefusedByName() {
        ProblemException refused = Refused.with(
                Problem.MALFORMED,
                () -> estate.submit(
                        boss,
                        new CreateDirectory(
                                customer.ref(),
                                new Name("wrong"),
                                Kind.SCIM,
                                true,
                                Map.of("departments", "MAYBE", "colour", "blue"),
                                Map.of("key", new Secret("x")))));

        assertEquals(
                Set.of("/settings/departments", "/settings/colour", "/secrets/key"),
                refused.errors().stream()
                        .map(ProblemException.FieldError::pointer)
                        .collect(java.util.stream.Collectors.toSet()));
    }

    @Test
    void aDeclaredGroupIsEmptyUntilItsDirectorySaysWhoIsIn() {
        DirectoryView logins = directory("logins", Kind.OIDC, Map.of("users.of", "hr"));
        UserView ada = hire("ada");
        GroupView declared = estate.submit(
                boss, new CreateGroup(customer.ref(), "Logged in", new Ref("logins"), Optional.of("team-a")));
        estate.grant(customer, Subject.of("group", declared.id()), "read-only");
        Caller in = letIn(ada);
        assertEquals(Verdict.FORBIDDEN, estate.verdict(in, Action.SERVER_READ, customer.ref()));

        estate.submit(caller(logins), new SetGroupsOf(customer.ref(), logins.id(), ada.id(), Set.of(declared.id())));

        assertEquals(Verdict.ALLOWED, estate.verdict(in, Action.SERVER_READ, customer.ref()));
        Refused.with(Problem.IN_USE, () -> estate.submit(boss, new DeleteGroup(customer.ref(), Ref.of(declared.id()))));
        Refused.with(
                IdentityProblem.KEPT_ELSEWHERE,
                () -> estate.submit(boss, new CreateGroup(customer.ref(), "Of HR", new Ref("hr"), Optional.empty())));
    }

    @Test
    void anAccountThatIsKeptHereIsHandedOverWithWhatItHoldsAndItsPasswordEnds() {
        Caller carl = estate.person(customer, "carl", "server-manager");
        UserView before = estate.identity().users().get(boss, customer.ref(), new Ref("carl"));
        Secret session = estate.login("carl@" + customer.ref());

        UserView handed = estate.submit(
                boss, new HandOver(customer.ref(), new Ref("carl"), new Ref("hr"), Optional.of("ext-carl")));

        assertEquals(Optional.of("ext-carl"), handed.kept().flatMap(UserView.Kept::externalId));
        assertEquals(before.id(), handed.id());
        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(session, Estate.origin()));
        Refused.with(IdentityProblem.WRONG_LOGIN, () -> estate.login("carl@" + customer.ref()));
        Caller in = letIn(handed);
        assertEquals(carl.user(), in.user());
        assertEquals(Verdict.ALLOWED, estate.verdict(in, Action.SERVER_START, customer.ref()));
        assertEquals(
                UserView.State.DISABLED,
                told(handed, person("carl", false, Optional.empty())).state());
    }

    @Test
    void whomSingleSignOnMadeIsHandedOverOnceTheirDirectoryIsLinkedToo() {
        DirectoryView logins = directory("logins", Kind.OIDC, Map.of());
        UserView carl = estate.submit(
                caller(logins),
                new PutPerson(
                        customer.ref(),
                        logins.id(),
                        Optional.empty(),
                        Optional.empty(),
                        person("carl", true, Optional.empty())));
        Caller second = estate.person(customer, "second", "organization-admin");
        HandOver toHr = new HandOver(customer.ref(), new Ref("carl"), new Ref("hr"), Optional.of("ext-carl"));
        Refused.with(Problem.CONFLICT, () -> estate.submit(second, toHr));
        estate.submit(
                boss,
                new ChangeDirectory(
                        customer.ref(),
                        Ref.of(logins.id()),
                        logins.version(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(provider(Map.of("users.of", "hr"))),
                        Map.of()));

        UserView handed = estate.submit(second, toHr);

        assertEquals(carl.id(), handed.id());
        assertEquals(Optional.of(hr.id()), handed.kept().map(UserView.Kept::directory));
        assertEquals(Optional.of("ext-carl"), handed.kept().flatMap(UserView.Kept::externalId));
        assertEquals(UserView.State.ACTIVE, handed.state());
        assertTrue(hands(letIn(handed)).containsAll(Set.of(id(boss), id(second))));
        assertEquals(
                UserView.State.DISABLED,
                told(handed, person("carl", false, Optional.empty())).state());
        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(
                        second, new HandOver(customer.ref(), new Ref("carl"), new Ref("logins"), Optional.empty())));
    }

    @Test
    void onlyWhoHoldsEverythingHandsAnAccountOver() {
        Caller granter = estate.person(customer, "granter", "user-admin");
        Caller robot = estate.person(customer, "carl");
        estate.submit(boss, new CreateRole(customer.ref(), new Name("linker"), Set.of(Action.DIRECTORY_MANAGE)));
        Caller linker = estate.person(customer, "linker", "linker");

        Refused.with(
                Problem.FORBIDDEN,
                () -> estate.submit(
                        granter, new HandOver(customer.ref(), new Ref("boss"), new Ref("hr"), Optional.empty())));
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(
                        linker, new HandOver(customer.ref(), new Ref("boss"), new Ref("hr"), Optional.empty())));
        hire("ada");
        Refused.with(
                Problem.NAME_TAKEN,
                () -> estate.submit(
                        boss, new HandOver(customer.ref(), new Ref("carl"), new Ref("hr"), Optional.of("ext-ada"))));
        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(
                        boss, new HandOver(customer.ref(), new Ref("ada"), new Ref("hr"), Optional.empty())));
        assertTrue(robot.user().isPresent());
    }

    @Test
    void noRoleThatIsMadeTellsWhoIsThere() {
        org.junit.jupiter.api.Assertions.assertThrows(
                IllegalArgumentException.class,
                () -> new CreateRole(customer.ref(), new Name("teller"), Set.of(Action.DIRECTORY_PROVISION)));
    }

    @Test
    void nobodyComesToBeAnOperatorByADirectory() {
        Ref platform = Ref.PLATFORM;
        Estate.Customer above =
                new Estate.Customer(estate.identity().organizations().get(estate.root(), platform), estate.root());
        Caller operator = estate.person(above, "olga", "organization-admin", "operator");
        Caller administrator = estate.person(above, "adam", "organization-admin");
        CreateDirectory mine =
                new CreateDirectory(platform, new Name("mine"), Kind.OIDC, true, provider(Map.of()), Map.of());

        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> estate.submit(administrator, mine));
        DirectoryView linked = estate.submit(operator, mine);
        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(
                        administrator,
                        new HandOver(
                                platform,
                                Ref.of(operator.user().orElseThrow()),
                                Ref.of(linked.id()),
                                Optional.of("x"))));
        estate.submit(operator, new DeleteDirectory(platform, Ref.of(linked.id())));
    }

    @Test
    void aGroupIsNotCalledByAnotherNameByWhoHoldsLess() {
        directory("logins", Kind.OIDC, Map.of());
        GroupView admins = estate.submit(
                boss, new CreateGroup(customer.ref(), "Admins", new Ref("logins"), Optional.of("cloud-admins")));
        estate.grant(customer, Subject.of("group", admins.id()), "organization-admin");
        estate.submit(boss, new CreateRole(customer.ref(), new Name("linker"), Set.of(Action.DIRECTORY_MANAGE)));
        Caller linker = estate.person(customer, "linker", "linker");
        ChangeGroup everybody = new ChangeGroup(
                customer.ref(),
                Ref.of(admins.id()),
                admins.version(),
                Optional.empty(),
                Optional.of(Optional.of("everyone")));

        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> estate.submit(linker, everybody));
        assertEquals(Optional.of("everyone"), estate.submit(boss, everybody).externalId());
    }

    @Test
    void whereDepartmentsAreMatchedByNameANameIsARight() {
        DepartmentView admins =
                estate.submit(boss, new CreateDepartment(customer.ref(), new Name("admins"), Optional.empty()));
        estate.grant(customer, Subject.of("department", admins.id()), "organization-admin");
        Caller granter = estate.person(customer, "granter", "user-admin");
        ChangeDepartment renamed = new ChangeDepartment(
                customer.ref(),
                Ref.of(admins.id()),
                admins.version(),
                Optional.of(new Name("staff")),
                Optional.empty());
        CreateDepartment below =
                new CreateDepartment(customer.ref(), new Name("sales"), Optional.of(Ref.of(admins.id())));
        directory("matching", Kind.SCIM, Map.of("departments", "MATCH"));

        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> estate.submit(granter, renamed));
        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> estate.submit(granter, below));
        estate.submit(boss, renamed);
        estate.submit(boss, below);
    }

    @Test
    void whenADirectoryIsUnlinkedTokensOfItsPeopleEnd() {
        UserView ada = hire("ada");
        Secret token = estate.submit(
                        letIn(ada),
                        new org.isthmus.api.identity.Tokens.CreateToken(
                                customer.ref(),
                                new Name("mine"),
                                Optional.empty(),
                                estate.clock().instant().plus(Duration.ofDays(1))))
                .secret();

        estate.submit(boss, new DeleteDirectory(customer.ref(), Ref.of(hr.id())));

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(token, Estate.origin()));
    }

    @Test
    void aDirectoryIsNotUnlinkedByItsOwnPeopleNorByWhoAdministersByItsGroups() {
        UserView ada = hire("ada");
        GroupView admins = group("Admins", ada);
        estate.grant(customer, Subject.of("group", admins.id()), "organization-admin");
        Caller in = letIn(ada);

        Refused.with(
                IdentityProblem.LAST_ADMINISTRATOR,
                () -> estate.submit(in, new DeleteDirectory(customer.ref(), Ref.of(hr.id()))));
        assertTrue(opened(hr, ada).isPresent());
        estate.submit(boss, new DeleteDirectory(customer.ref(), Ref.of(hr.id())));
    }

    @Test
    void peopleOfADisabledDirectoryAreNotLetInByAnother() {
        UserView ada = hire("ada");
        DirectoryView logins = directory("logins", Kind.OIDC, Map.of("users.of", "hr"));
        assertTrue(opened(logins, ada).isPresent());

        estate.submit(
                boss,
                new ChangeDirectory(
                        customer.ref(),
                        Ref.of(hr.id()),
                        hr.version(),
                        Optional.empty(),
                        Optional.of(false),
                        Optional.empty(),
                        Map.of()));

        assertEquals(Optional.empty(), opened(logins, ada));
        Refused.with(
                Problem.NOT_FOUND,
                () -> estate.submit(caller(logins), new SetGroupsOf(customer.ref(), logins.id(), ada.id(), Set.of())));
    }

    @Test
    void whereEverybodyNeedsASecondFactorNoTokenIsMadeInASessionWithoutOne() {
        UserView ada = hire("ada");
        Caller in = letIn(ada);
        estate.requireMfa(customer, org.isthmus.api.organization.Policy.Mfa.ALL);

        Refused.with(
                IdentityProblem.STEP_UP_NEEDED,
                () -> estate.submit(
                        in,
                        new org.isthmus.api.identity.Tokens.CreateToken(
                                customer.ref(),
                                new Name("mine"),
                                Optional.empty(),
                                estate.clock().instant().plus(Duration.ofDays(1)))));
    }

    @Test
    void theLastAdministratorLeavesWhenTheDirectorySaysSo() {
        UserView ada = hire("ada");
        GroupView admins = group("Admins", ada);
        estate.grant(customer, Subject.of("group", admins.id()), "organization-admin");
        Caller in = letIn(ada);
        UserId local = boss.user().orElseThrow();
        estate.submit(in, new DeleteUser(customer.ref(), Ref.of(local)));

        estate.submit(telling, new RemovePerson(customer.ref(), hr.id(), ada.id(), Optional.empty()));

        assertEquals(
                List.of(),
                estate.identity()
                        .users()
                        .list(estate.root(), customer.ref(), Query.all())
                        .items());
    }

    @Test
    void nothingOfADirectoryIsLeftOfAnOrganizationThatIsDeleted() {
        UserView ada = hire("ada");
        group("Cloud Team", ada);

        estate.submit(estate.root(), new org.isthmus.api.organization.Organizations.DeleteOrganization(customer.ref()));

        Refused.with(
                Problem.NOT_FOUND,
                () -> estate.identity().directories().list(estate.root(), customer.ref(), Query.all()));
        assertEquals(Optional.empty(), opened(hr, ada));
    }

    @Test
    void aNameOrAnExternalIdIsNotTwoPeoples() {
        UserView ada = hire("ada");
        hire("bert");

        Refused.with(Problem.NAME_TAKEN, () -> hire("boss"));
        Refused.with(Problem.NAME_TAKEN, () -> told(ada, person("bert", true, Optional.empty())));
        group("Team");
        Refused.with(Problem.NAME_TAKEN, () -> group("Team"));
        Refused.with(
                Problem.NOT_FOUND,
                () -> estate.submit(
                        telling,
                        new SetMembers(
                                customer.ref(),
                                hr.id(),
                                new GroupId("grp_" + java.util.UUID.fromString("0193b000-0000-7000-8000-000000000000")),
                                Optional.empty(),
                                Set.of(),
                                Set.of(),
                                true)));
    }
}
