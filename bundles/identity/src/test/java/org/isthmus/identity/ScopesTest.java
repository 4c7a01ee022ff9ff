// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Departments.ChangeDepartment;
import org.isthmus.api.identity.Departments.CreateDepartment;
import org.isthmus.api.identity.Departments.DeleteDepartment;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.Grants.AccessView;
import org.isthmus.api.identity.Grants.CreateGrant;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Tokens.CreateToken;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.ChangeUser;
import org.isthmus.api.identity.Users.CreateUser;
import org.isthmus.api.identity.Users.DeleteUser;
import org.isthmus.api.organization.Organizations.Owned;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Grants that hold in a part of an organization. */
final class ScopesTest {
    private static final Subject SERVER = new Subject("server", "srv_01936d3e-0000-7000-8000-000000000001");

    private static Estate estate;
    /** What a server lies in, for identity to ask for. */
    private static final Set<Subject> WITHIN = new HashSet<>();

    private static final Subject NETWORK = new Subject("network", "net_01936d3e-0000-7000-8000-000000000002");
    private static final Set<Subject> NETWORK_WITHIN = new HashSet<>();

    private static final Set<DepartmentId> OWNING = new HashSet<>();

    private Estate.Customer customer;
    private DepartmentView sales;
    private DepartmentView north;
    private DepartmentView support;

    @BeforeAll
    static void open() {
        estate = Estate.open(ScopesTest.class);
        estate.identity().ask(new Owned() {
            @Override
            public Optional<String> stillOwned(OrganizationId organization) {
                return Optional.empty();
            }

            @Override
            public Optional<String> stillOwned(OrganizationId organization, DepartmentId department) {
                return OWNING.contains(department) ? Optional.of("2 servers") : Optional.empty();
            }

            @Override
            public Optional<Resource> find(OrganizationId organization, Subject thing) {
                if (thing.equals(NETWORK)) {
                    return Optional.of(new Resource(thing, NETWORK_WITHIN, Optional.of(Action.NETWORK_READ)));
                }
                return thing.equals(SERVER) || thing.equals(new Subject("server", "web"))
                        ? Optional.of(new Resource(thing, WITHIN, Optional.of(Action.SERVER_READ)))
                        : Optional.empty();
            }
        });
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    @BeforeEach
    void anOrganizationWithATree() {
        customer = estate.customer();
        sales = department("sales", Optional.empty());
        north = department("north", Optional.of(sales));
        support = department("support", Optional.empty());
        WITHIN.clear();
        WITHIN.add(SERVER);
        OWNING.clear();
        NETWORK_WITHIN.clear();
        NETWORK_WITHIN.add(NETWORK);
    }

    private DepartmentView department(String name, Optional<DepartmentView> parent) {
        return estate.submit(
                customer.administrator(),
                new CreateDepartment(customer.ref(), new Name(name), parent.map(above -> Ref.of(above.id()))));
    }

    private GrantView give(Caller to, String role, Subject scope) {
        return give(customer.administrator(), Subject.of("user", to.user().orElseThrow()), role, scope);
    }

    private GrantView give(Caller by, Subject to, String role, Subject scope) {
        return give(by, to, role, scope, Optional.empty());
    }

    private GrantView give(Caller by, Subject to, String role, Subject scope, Optional<Instant> until) {
        return estate.submit(by, new CreateGrant(customer.ref(), to, role, scope, Optional.empty(), until));
    }

    private static Subject scope(DepartmentView department) {
        return Subject.of("department", department.id());
    }

    private Reach reach(Caller caller, Action action) {
        return estate.identity().access().reach(caller, action, customer.ref());
    }

    private static Resource lying(Subject... within) {
        return new Resource(new Subject("server", "any"), Set.of(within), Optional.empty());
    }

    private Caller in(DepartmentView department, String username) {
        Caller person = estate.person(customer, username);
        move(customer.administrator(), person, Optional.of(department));
        return person;
    }

    private void move(Caller by, Caller person, Optional<DepartmentView> to) {
        Ref user = Ref.of(person.user().orElseThrow());
        UserView is = estate.identity().users().get(customer.administrator(), customer.ref(), user);
        estate.submit(
                by,
                new ChangeUser(
                        customer.ref(),
                        user,
                        is.version(),
                        Optional.empty(),
                        Optional.of(to.map(department -> Ref.of(department.id()))),
                        Optional.empty()));
    }

    @Test
    void aGrantOnADepartmentReachesItAndAllBelowAndNothingElse() {
        Caller anna = estate.person(customer, "anna");
        give(anna, "server-manager", new Subject("department", "sales"));

        Reach reach = reach(anna, Action.SERVER_STOP);

        assertFalse(reach.everything());
        assertTrue(reach.covers(lying(scope(sales))));
        assertTrue(reach.covers(lying(scope(north))));
        assertFalse(reach.covers(lying(scope(support))));
        assertFalse(reach.covers(lying()));
        assertFalse(reach.covers(Resource.WHOLE_ORGANIZATION));
        assertEquals(Verdict.FORBIDDEN, estate.verdict(anna, Action.SERVER_STOP, customer.ref()));
        Refused.with(Problem.FORBIDDEN, () -> reach(anna, Action.SERVER_DEPLOY));
    }

    @Test
    void aServerANetworkAnImageAndATagAreScopes() {
        Caller anna = estate.person(customer, "anna");
        give(anna, "server-manager", new Subject("server", "web"));
        give(anna, "server-manager", Resource.tag("env", "dev"));

        Reach reach = reach(anna, Action.SERVER_STOP);

        assertEquals(Set.of(SERVER, Resource.tag("env", "dev")), reach.parts().keySet());
        assertTrue(reach.covers(lying(SERVER)));
        assertFalse(reach.covers(lying(Resource.tag("env", "prod"))));
        assertTrue(reach.because(List.of(lying(SERVER))).contains("server-manager on server " + SERVER.id()));
    }

    @Test
    void aScopeThatIsNotThereOrNoScopeIsRefusedByName() {
        Caller anna = estate.person(customer, "anna");
        for (Subject scope : List.of(
                new Subject("department", "nowhere"),
                new Subject("server", "nothing"),
                new Subject("image", "nothing"),
                new Subject("tag", "nocolon"),
                new Subject("tag", ":value"),
                new Subject("tag", "key:"),
                new Subject("planet", "earth"))) {
            String pointer = Refused.with(Problem.MALFORMED, () -> give(anna, "read-only", scope))
                    .errors()
                    .get(0)
                    .pointer();
            assertTrue(pointer.startsWith("/scope/"), pointer);
        }
    }

    @Test
    void aGrantOnThePartOfADepartmentReachesAllItsPeople() {
        Caller anna = in(north, "anna");
        give(customer.administrator(), scope(sales), "server-manager", Resource.tag("env", "dev"));

        assertTrue(reach(anna, Action.SERVER_STOP).covers(lying(Resource.tag("env", "dev"))));
        move(customer.administrator(), anna, Optional.of(support));
        Refused.with(Problem.FORBIDDEN, () -> reach(anna, Action.SERVER_STOP));
    }

    @Test
    void aGrantOnAPartEndsAtItsTime() {
        Caller anna = estate.person(customer, "anna");
        Instant until = estate.clock().instant().plus(Duration.ofHours(1));
        give(
                customer.administrator(),
                Subject.of("user", anna.user().orElseThrow()),
                "server-manager",
                scope(sales),
                Optional.of(until));

        assertTrue(reach(anna, Action.SERVER_STOP).covers(lying(scope(sales))));
        estate.clock().pass(Duration.ofHours(1));
        Refused.with(Problem.FORBIDDEN, () -> reach(anna, Action.SERVER_STOP));
    }

    @Test
    void anAdministratorOfADepartmentMakesAndChangesUsersThereOnly() {
        Caller dora = estate.person(customer, "dora");
        give(dora, "user-admin", scope(sales));
        in(north, "nora");
        in(support, "sue");

        estate.submit(dora, person("new", Optional.of(north)));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(dora, person("newer", Optional.of(support))));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(dora, person("newest", Optional.empty())));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(dora, new DeleteUser(customer.ref(), new Ref("sue"))));
        estate.submit(dora, new DeleteUser(customer.ref(), new Ref("nora")));
        assertEquals(
                List.of("new"),
                estate.identity().users().list(dora, customer.ref(), Query.all()).items().stream()
                        .map(UserView::username)
                        .toList());
        Refused.with(Problem.NOT_FOUND, () -> estate.identity().users().get(dora, customer.ref(), new Ref("sue")));
    }

    private CreateUser person(String username, Optional<DepartmentView> department) {
        return new CreateUser(
                customer.ref(),
                username,
                username + "@example.org",
                department.map(one -> Ref.of(one.id())),
                UserView.Kind.PERSON);
    }

    @Test
    void anAdministratorOfADepartmentLooksAfterTheLoginsOfItsPeopleAndPrograms() {
        Caller dora = estate.person(customer, "dora");
        give(dora, "user-admin", scope(sales));
        in(north, "nora");
        in(support, "sue");
        estate.submit(customer.administrator(), program("sales-robot", sales));
        estate.submit(customer.administrator(), program("support-robot", support));

        estate.submit(dora, token("sales-robot"));
        Refused.with(Problem.FORBIDDEN, () -> estate.submit(dora, token("support-robot")));
        assertEquals(
                1,
                estate.identity()
                        .tokens()
                        .list(dora, customer.ref(), of("sales-robot"))
                        .items()
                        .size());
        Refused.with(
                Problem.NOT_FOUND, () -> estate.identity().tokens().list(dora, customer.ref(), of("support-robot")));
        assertEquals(
                1,
                estate.identity()
                        .sessions()
                        .list(dora, customer.ref(), of("nora"))
                        .items()
                        .size());
        Refused.with(Problem.NOT_FOUND, () -> estate.identity().sessions().list(dora, customer.ref(), of("sue")));
    }

    private static Query of(String user) {
        return new Query(Map.of("user", user), Optional.empty(), Query.all().page());
    }

    private CreateUser program(String username, DepartmentView department) {
        return new CreateUser(
                customer.ref(),
                username,
                username + "@example.org",
                Optional.of(Ref.of(department.id())),
                UserView.Kind.SERVICE);
    }

    private CreateToken token(String of) {
        return new CreateToken(
                customer.ref(),
                new Name("one"),
                Optional.of(Set.of(Action.USER_READ)),
                estate.clock().instant().plus(Duration.ofDays(1)),
                Optional.of(new Ref(of)));
    }

    @Test
    void nobodyIsMovedOutOfOrIntoADepartmentOutOfReach() {
        Caller dora = estate.person(customer, "dora");
        give(dora, "user-admin", scope(sales));
        Caller nora = in(north, "nora");
        Caller sue = in(support, "sue");

        Refused.with(Problem.FORBIDDEN, () -> move(dora, nora, Optional.of(support)));
        Refused.with(Problem.FORBIDDEN, () -> move(dora, nora, Optional.empty()));
        Refused.with(Problem.FORBIDDEN, () -> move(dora, sue, Optional.of(sales)));
        move(dora, nora, Optional.of(sales));
    }

    @Test
    void nobodyGivesMoreThanTheyHoldNorInMoreThanTheirPart() {
        Caller dora = estate.person(customer, "dora");
        give(dora, "user-admin", scope(sales));
        give(dora, "server-manager", scope(sales));
        Subject nora = Subject.of("user", in(north, "nora").user().orElseThrow());
        Subject sue = Subject.of("user", in(support, "sue").user().orElseThrow());
        Subject whole = Subject.of("organization", customer.id());

        give(dora, nora, "server-manager", scope(sales));
        give(dora, nora, "server-manager", scope(north));
        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> give(dora, nora, "server-manager", whole));
        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> give(dora, nora, "server-manager", scope(support)));
        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> give(dora, nora, "server-manager", Resource.tag("a", "b")));
        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> give(dora, nora, "server-deployer", scope(north)));
        Refused.with(Problem.FORBIDDEN, () -> give(dora, sue, "server-manager", scope(sales)));
        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> give(dora, nora, "server-manager", SERVER));
        WITHIN.add(scope(north));
        give(dora, nora, "server-manager", SERVER);
    }

    @Test
    void aNetworkOfADepartmentGivesNoServersOfOthersOnIt() {
        Caller dora = estate.person(customer, "dora");
        give(dora, "user-admin", scope(sales));
        give(dora, "server-manager", scope(sales));
        give(dora, "network-admin", scope(sales));
        Subject nora = Subject.of("user", in(north, "nora").user().orElseThrow());
        NETWORK_WITHIN.add(scope(sales));

        // who has the network in the department may give it, but not the servers on it: they can be anybody's
        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> give(dora, nora, "server-manager", NETWORK));
        give(dora, nora, "network-admin", NETWORK);
        give(dora, "server-manager", NETWORK);
        give(dora, nora, "server-manager", NETWORK);
    }

    @Test
    void grantsOfOthersAreNotThereForAnAdministratorOfADepartment() {
        Caller dora = estate.person(customer, "dora");
        give(dora, "user-admin", scope(sales));
        GrantView ofNora = give(in(north, "nora"), "read-only", scope(sales));
        GrantView ofNorth = give(customer.administrator(), scope(north), "read-only", scope(north));
        GrantView ofSue = give(in(support, "sue"), "read-only", scope(support));

        assertEquals(
                List.of(ofNora.id(), ofNorth.id()),
                estate.identity().grants().list(dora, customer.ref(), Query.all()).items().stream()
                        .map(GrantView::id)
                        .toList());
        Refused.with(Problem.NOT_FOUND, () -> estate.identity().grants().get(dora, customer.ref(), Ref.of(ofSue.id())));
        // nor whose it is
        assertTrue(
                Refused.with(Problem.FORBIDDEN, () -> estate.submit(dora, new DeleteGrant(customer.ref(), ofSue.id())))
                        .getMessage()
                        .contains(" in " + ofSue.id() + "."));
        estate.submit(dora, new DeleteGrant(customer.ref(), ofNora.id()));
    }

    @Test
    void aDepartmentIsNotMovedUnderOneWhoseGrantsTheMoverDoesNotHold() {
        Caller ulla = estate.person(customer, "ulla", "user-admin");
        give(estate.person(customer, "max"), "server-manager", scope(sales));

        Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> moveDepartment(ulla, support, sales));
        moveDepartment(customer.administrator(), support, sales);
    }

    private void moveDepartment(Caller by, DepartmentView moved, DepartmentView below) {
        estate.submit(
                by,
                new ChangeDepartment(
                        customer.ref(),
                        Ref.of(moved.id()),
                        moved.version(),
                        Optional.empty(),
                        Optional.of(Optional.of(Ref.of(below.id())))));
    }

    @Test
    void anAdministratorOfADepartmentDividesItAndNothingElse() {
        Caller dora = estate.person(customer, "dora");
        give(dora, "user-admin", scope(sales));

        DepartmentView south = estate.submit(
                dora, new CreateDepartment(customer.ref(), new Name("south"), Optional.of(Ref.of(sales.id()))));
        Refused.with(
                Problem.FORBIDDEN,
                () -> estate.submit(dora, new CreateDepartment(customer.ref(), new Name("own"), Optional.empty())));
        Refused.with(Problem.FORBIDDEN, () -> moveDepartment(dora, support, sales));
        Refused.with(Problem.FORBIDDEN, () -> moveDepartment(dora, north, support));
        moveDepartment(dora, north, south);
    }

    @Test
    void aDepartmentThatThingsBelongToIsNotDeletedAndItsGrantsGoWithIt() {
        Caller anna = estate.person(customer, "anna");
        give(anna, "server-manager", scope(support));
        OWNING.add(support.id());
        DeleteDepartment delete = new DeleteDepartment(customer.ref(), Ref.of(support.id()));

        assertTrue(Refused.with(Problem.IN_USE, () -> estate.submit(customer.administrator(), delete))
                .getMessage()
                .contains("2 servers"));
        OWNING.clear();
        estate.submit(customer.administrator(), delete);
        assertEquals(
                List.of(),
                estate.identity()
                        .grants()
                        .list(
                                customer.administrator(),
                                customer.ref(),
                                new Query(
                                        Map.of(
                                                "subject",
                                                anna.user().orElseThrow().value()),
                                        Optional.empty(),
                                        Query.all().page()))
                        .items());
    }

    @Test
    void aRoleHeldOnAPartIsNoAdministratorOfTheWhole() {
        Caller anna = estate.person(customer, "anna");
        give(anna, "organization-admin", scope(sales));

        Refused.with(
                IdentityProblem.LAST_ADMINISTRATOR,
                () -> estate.submit(customer.administrator(), new DeleteUser(customer.ref(), new Ref("boss"))));
    }

    @Test
    void whyIsToldOfOneThing() {
        Caller anna = estate.person(customer, "anna");
        GrantView grant = give(anna, "server-manager", scope(sales));
        WITHIN.add(scope(north));
        Ref user = Ref.of(anna.user().orElseThrow());
        Access access = estate.identity().access();

        AccessView whole = why(user, Optional.empty());
        AccessView one = why(user, Optional.of(new Subject("server", "web")));
        WITHIN.remove(scope(north));
        AccessView elsewhere = why(user, Optional.of(new Subject("server", "web")));

        assertFalse(whole.allowed());
        assertTrue(whole.because().get(whole.because().size() - 1).detail().startsWith("only in part"));
        assertTrue(one.allowed());
        assertEquals(Optional.of(grant.id()), one.because().get(0).grant());
        assertFalse(elsewhere.allowed());
        Refused.with(Problem.NOT_FOUND, () -> why(user, Optional.of(new Subject("server", "nothing"))));
        assertEquals(
                Verdict.FORBIDDEN,
                access.decide(anna, Action.SERVER_STOP, customer.ref()).verdict());
    }

    private AccessView why(Ref user, Optional<Subject> resource) {
        return why(customer.administrator(), user, resource);
    }

    private AccessView why(Caller asking, Ref user, Optional<Subject> resource) {
        return estate.identity().grants().explain(asking, customer.ref(), user, Action.SERVER_STOP, resource);
    }

    @Test
    void anAdministratorOfADepartmentIsNotToldOfWhatTheyDoNotSeeByAskingAboutIt() {
        Caller dora = estate.person(customer, "dora");
        give(dora, "user-admin", scope(sales));
        Ref nora = Ref.of(in(north, "nora").user().orElseThrow());
        in(support, "sue");

        for (Subject unseen : List.of(
                SERVER, new Subject("server", "nothing"), new Subject("user", "sue"), new Subject("user", "no"))) {
            assertEquals(
                    "There is no " + unseen.kind() + " " + unseen.id() + " in this organization.",
                    Refused.with(Problem.NOT_FOUND, () -> why(dora, nora, Optional.of(unseen)))
                            .getMessage());
        }
        WITHIN.add(scope(north));
        assertFalse(why(dora, nora, Optional.of(SERVER)).allowed());
        // how an organization is divided is seen in all of it
        assertFalse(why(dora, nora, Optional.of(scope(support))).allowed());
        WITHIN.remove(scope(north));
        give(dora, "server-root", SERVER);
        assertFalse(why(dora, nora, Optional.of(SERVER)).allowed());
    }

    @Test
    void anAdministratorOfADepartmentIsNotToldWhoThereIsElsewhereByGivingThemARole() {
        Caller dora = estate.person(customer, "dora");
        give(dora, "user-admin", scope(sales));
        in(support, "sue");

        Refused.with(Problem.NOT_FOUND, () -> give(dora, new Subject("user", "nobody"), "user-admin", scope(sales)));
        // the gate says the same of what is out of reach, by the name that it was called by
        assertTrue(Refused.with(
                        Problem.FORBIDDEN, () -> give(dora, new Subject("user", "sue"), "user-admin", scope(sales)))
                .getMessage()
                .contains(" in sue."));
    }

    @Test
    void anOperatorIsOneOfTheWholePlatform() {
        Caller root = estate.root();
        DepartmentView desk =
                estate.submit(root, new CreateDepartment(Ref.PLATFORM, new Name("desk"), Optional.empty()));

        assertEquals(
                "/scope/kind",
                Refused.with(
                                Problem.MALFORMED,
                                () -> estate.submit(
                                        root,
                                        new CreateGrant(
                                                Ref.PLATFORM,
                                                Subject.of("department", desk.id()),
                                                "operator",
                                                Subject.of("department", desk.id()),
                                                Optional.empty(),
                                                Optional.empty())))
                        .errors()
                        .get(0)
                        .pointer());
    }
}
