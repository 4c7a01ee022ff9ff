// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.PreparedStatement;
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
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.Grants.DeleteGrant;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.Roles.ChangeRole;
import org.isthmus.api.identity.Roles.CreateRole;
import org.isthmus.api.identity.Roles.DeleteRole;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.api.organization.Organizations.DeleteOrganization;
import org.isthmus.identity.embedded.EmbeddedIdentity;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Roles that an organization makes itself. */
final class RolesOfOrganizationsTest {
    private static final Set<Action> NIGHT = Set.of(Action.SERVER_READ, Action.SERVER_START, Action.SERVER_STOP);

    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(RolesOfOrganizationsTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static RoleView night(Estate.Customer customer) {
        return estate.submit(customer.administrator(), new CreateRole(customer.ref(), new Name("night-shift"), NIGHT));
    }

    private static Ref ref(RoleView role) {
        return new Ref(role.id());
    }

    private static ChangeRole allowing(Estate.Customer customer, RoleView role, Set<Action> actions) {
        return new ChangeRole(customer.ref(), ref(role), role.version(), Optional.empty(), Optional.of(actions));
    }

    private static boolean may(Caller caller, Estate.Customer customer, Action action) {
        return estate.verdict(caller, action, customer.ref()) == Verdict.ALLOWED;
    }

    private static Subject subject(Caller caller) {
        return Subject.of("user", caller.user().orElseThrow());
    }

    @Test
    void aRoleOfOnesOwnAllowsJustWhatItSays() {
        Estate.Customer customer = estate.customer();
        RoleView role = night(customer);
        Caller anna = estate.person(customer, "anna", "night-shift");

        for (Action action : Action.values()) {
            assertEquals(
                    NIGHT.contains(action) || action == Action.OWN_ACCOUNT, may(anna, customer, action), action.key());
        }
        assertFalse(role.shipped());
        assertEquals(
                role, estate.identity().roles().get(customer.administrator(), customer.ref(), new Ref("night-shift")));
        List<RoleView> all = estate.identity().roles().all(customer.administrator(), customer.ref());
        assertEquals(role, all.get(all.size() - 1), "after those that ship");
    }

    @Test
    void aGrantNamesItAsItIsCalledNow() {
        Estate.Customer customer = estate.customer();
        RoleView role = night(customer);
        Caller anna = estate.person(customer, "anna");
        GrantView granted = estate.grant(customer, subject(anna), role.id());
        assertEquals("night-shift", granted.role());

        estate.submit(
                customer.administrator(),
                new ChangeRole(
                        customer.ref(), ref(role), role.version(), Optional.of(new Name("late")), Optional.empty()));

        assertTrue(may(anna, customer, Action.SERVER_STOP));
        Query called = new Query(Map.of("role", "late"), Optional.empty(), Page.Request.first());
        GrantView listed = estate.identity()
                .grants()
                .list(customer.administrator(), customer.ref(), called)
                .items()
                .get(0);
        assertEquals(granted.withRole("late"), listed);
        assertEquals(
                listed, estate.identity().grants().get(customer.administrator(), customer.ref(), Ref.of(granted.id())));
    }

    @Test
    void aChangeIsAtOnceOneForAllWhoHoldItAlsoWhereAnotherControllerServes() {
        Estate.Customer customer = estate.customer();
        RoleView role = night(customer);
        Caller anna = estate.person(customer, "anna", "night-shift");
        EmbeddedIdentity elsewhere = estate.another();
        assertEquals(
                Verdict.FORBIDDEN,
                elsewhere
                        .access()
                        .decide(anna, Action.SERVER_CONSOLE, customer.ref())
                        .verdict());

        RoleView changed =
                estate.submit(customer.administrator(), allowing(customer, role, Set.of(Action.SERVER_CONSOLE)));

        assertTrue(may(anna, customer, Action.SERVER_CONSOLE));
        assertFalse(may(anna, customer, Action.SERVER_STOP));
        estate.clock().pass(Duration.ofSeconds(1));
        assertEquals(
                Verdict.ALLOWED,
                elsewhere
                        .access()
                        .decide(anna, Action.SERVER_CONSOLE, customer.ref())
                        .verdict());
        assertEquals(role.version() + 1, changed.version());
        Refused.with(Problem.STALE, () -> estate.submit(customer.administrator(), allowing(customer, role, NIGHT)));
    }

    @Test
    void nobodyAddsToARoleWhatTheyDoNotHoldForAsLongAsThoseWhoHaveIt() {
        Estate.Customer customer = estate.customer();
        RoleView role = night(customer);
        RoleView designs = estate.submit(
                customer.administrator(),
                new CreateRole(
                        customer.ref(),
                        new Name("designs-roles"),
                        Set.of(Action.ROLE_READ, Action.ROLE_CHANGE, Action.SERVER_READ)));
        Caller dora = estate.person(customer, "dora", designs.name());
        Instant end = estate.clock().instant().plus(Duration.ofDays(1));
        estate.grant(customer, subject(dora), "image-creator", Optional.empty(), Optional.of(end));
        Set<Action> more = Set.of(Action.SERVER_READ, Action.IMAGE_DELETE);
        Caller anna = estate.person(customer, "anna");

        // nobody has it: nobody gets anything by it
        RoleView changed = estate.submit(dora, allowing(customer, role, Set.of(Action.SERVER_DELETE)));
        changed = estate.submit(dora, allowing(customer, changed, NIGHT));
        estate.grant(customer, subject(anna), role.id());
        ChangeRole tooMuch = allowing(customer, changed, more);
        ProblemException refused = Refused.with(IdentityProblem.GRANT_TOO_MUCH, () -> estate.submit(dora, tooMuch));

        assertEquals(List.of("image.delete"), refused.extra().get("missing"));
        // and less is no harm
        estate.submit(dora, allowing(customer, changed, Set.of(Action.SERVER_READ)));
        assertFalse(may(anna, customer, Action.SERVER_STOP));
    }

    @Test
    void oneGrantsARoleOnlyWhoseActionsOneHolds() {
        Estate.Customer customer = estate.customer();
        night(customer);
        Caller admin = estate.person(customer, "admin", "user-admin");
        estate.person(customer, "anna");

        Refused.with(
                IdentityProblem.GRANT_TOO_MUCH,
                () -> estate.submit(
                        admin,
                        new org.isthmus.api.identity.Grants.CreateGrant(
                                customer.ref(),
                                new Subject("user", "anna"),
                                "night-shift",
                                Subject.of("organization", customer.id()),
                                Optional.empty(),
                                Optional.empty())));
    }

    @Test
    void aRoleThatIsHeldIsNotDeletedAndOneThatShipsNeverChanged() {
        Estate.Customer customer = estate.customer();
        RoleView role = night(customer);
        Caller anna = estate.person(customer, "anna");
        GrantView granted = estate.grant(customer, subject(anna), role.name());
        Caller boss = customer.administrator();

        ProblemException used =
                Refused.with(Problem.IN_USE, () -> estate.submit(boss, new DeleteRole(customer.ref(), ref(role))));
        assertTrue(used.getMessage().contains(granted.id().value()), used.getMessage());
        estate.submit(boss, new DeleteGrant(customer.ref(), granted.id()));
        estate.submit(boss, new DeleteRole(customer.ref(), ref(role)));
        Refused.with(Problem.NOT_FOUND, () -> estate.submit(boss, new DeleteRole(customer.ref(), ref(role))));

        Ref shipped = new Ref("read-only");
        Refused.with(Problem.CONFLICT, () -> estate.submit(boss, new DeleteRole(customer.ref(), shipped)));
        Refused.with(
                Problem.CONFLICT,
                () -> estate.submit(
                        boss, new ChangeRole(customer.ref(), shipped, 0, Optional.empty(), Optional.of(NIGHT))));
    }

    @Test
    void aNameIsOneRolesOnlyAlsoThatOfOneThatShips() {
        Estate.Customer customer = estate.customer();
        night(customer);
        Caller boss = customer.administrator();
        for (String taken : List.of("night-shift", "auditor")) {
            Refused.with(
                    Problem.NAME_TAKEN,
                    () -> estate.submit(boss, new CreateRole(customer.ref(), new Name(taken), NIGHT)));
        }

        RoleView other = estate.submit(boss, new CreateRole(customer.ref(), new Name("day-shift"), NIGHT));
        Refused.with(
                Problem.NAME_TAKEN,
                () -> estate.submit(
                        boss,
                        new ChangeRole(
                                customer.ref(),
                                ref(other),
                                other.version(),
                                Optional.of(new Name("night-shift")),
                                Optional.empty())));
    }

    @Test
    void noRoleThatIsMadeHasWhatIsThePlatformsOrEverybodys() {
        for (Set<Action> actions : List.of(
                Set.<Action>of(), Set.of(Action.ENDPOINT_CREATE, Action.SERVER_READ), Set.of(Action.OWN_ACCOUNT))) {
            assertThrows(
                    IllegalArgumentException.class, () -> new CreateRole(Ref.PLATFORM, new Name("too-much"), actions));
        }
    }

    @Test
    void theRolesOfOthersAreNotThereAndGoWithTheirOrganization() throws SQLException {
        Estate.Customer mine = estate.customer();
        Estate.Customer other = estate.customer();
        RoleView theirs = night(other);
        Caller boss = mine.administrator();

        assertFalse(estate.identity().roles().all(boss, mine.ref()).contains(theirs));
        Refused.with(Problem.NOT_FOUND, () -> estate.identity().roles().get(boss, mine.ref(), ref(theirs)));
        Refused.with(Problem.NOT_FOUND, () -> estate.submit(boss, new DeleteRole(mine.ref(), ref(theirs))));
        Refused.with(IdentityProblem.ROLE_UNKNOWN, () -> estate.grant(mine, subject(boss), theirs.id()));

        estate.submit(estate.root(), new DeleteOrganization(other.ref()));
        try (Connection connection = estate.database().pool().getConnection();
                PreparedStatement left =
                        connection.prepareStatement("select id from idn_role where organization = ?")) {
            left.setString(1, other.id().value());
            assertFalse(left.executeQuery().next());
        }
    }
}
