// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemException.FieldError;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.identity.Access.Verdict;
import org.isthmus.api.identity.AccessReviews;
import org.isthmus.api.identity.BreakGlass;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Directories;
import org.isthmus.api.identity.Grants;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.Provisioning;
import org.isthmus.api.identity.Roles;
import org.isthmus.api.identity.Sessions;
import org.isthmus.api.identity.Syncs;
import org.isthmus.api.identity.Tokens;
import org.isthmus.api.identity.Users;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.organization.Organizations.ChangeOrganization;
import org.isthmus.api.organization.Organizations.CreateOrganization;
import org.isthmus.api.organization.Organizations.DeleteOrganization;
import org.isthmus.api.organization.Organizations.SetPolicy;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class OrganizationsTest {
    private static Estate estate;

    @BeforeAll
    static void open() {
        estate = Estate.open(OrganizationsTest.class);
    }

    @AfterAll
    static void close() {
        estate.close();
    }

    private static CreateOrganization create(String name, Optional<Ref> parent) {
        return new CreateOrganization(new Name(name), Optional.empty(), parent, Optional.empty(), Optional.empty());
    }

    @Test
    void everyCommandOfIdentityHasExactlyOneHandler() {
        Set<String> commands = List.of(
                        Organizations.class,
                        Users.class,
                        Departments.class,
                        Roles.class,
                        Grants.class,
                        Sessions.class,
                        Tokens.class,
                        Directories.class,
                        Groups.class,
                        Provisioning.class,
                        Syncs.class,
                        AccessReviews.class,
                        BreakGlass.class)
                .stream()
                .flatMap(type -> List.of(type.getDeclaredClasses()).stream())
                .filter(org.isthmus.api.gate.Command.class::isAssignableFrom)
                .filter(Class::isRecord)
                .map(Class::getName)
                .collect(Collectors.toSet());
        List<String> handled = estate.identity().handlers().stream()
                .map(CommandHandler::handles)
                .map(Class::getName)
                .toList();

        assertEquals(commands, Set.copyOf(handled));
        assertEquals(commands.size(), handled.size());
    }

    @Test
    void aNewOrganizationIsThereForRootAndItsOwnPeopleOnly() {
        Estate.Customer mine = estate.customer();
        Estate.Customer other = estate.customer();

        assertEquals(
                List.of(mine.organization()),
                estate.identity()
                        .organizations()
                        .list(mine.administrator(), Query.all())
                        .items());
        assertEquals(
                mine.organization(), estate.identity().organizations().get(mine.administrator(), Ref.of(mine.id())));
        Refused.with(Problem.NOT_FOUND, () -> estate.identity().organizations().get(mine.administrator(), other.ref()));
        List<OrganizationView> all = estate.identity()
                .organizations()
                .list(estate.root(), Query.all())
                .items();
        assertTrue(all.containsAll(List.of(mine.organization(), other.organization())));
        assertEquals(
                List.of(),
                estate.identity()
                        .organizations()
                        .list(
                                mine.administrator(),
                                new Query(Map.of("name", other.ref().text()), Optional.empty(), Page.Request.first()))
                        .items());
        Refused.with(Problem.MALFORMED, () -> estate.identity()
                .organizations()
                .list(
                        mine.administrator(),
                        new Query(Map.of("colour", "red"), Optional.empty(), Page.Request.first())));
    }

    @Test
    void aNameIsTakenOnlyOnceAlsoByManyAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> attempts = IntStream.range(0, 8)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        try {
                            estate.submit(estate.root(), create("contested", Optional.empty()));
                            return true;
                        } catch (ProblemException e) {
                            assertEquals(Problem.NAME_TAKEN, e.type());
                            return false;
                        }
                    })
                    .toList();
            int made = 0;
            for (Future<Boolean> attempt : threads.invokeAll(attempts)) {
                made += attempt.get() ? 1 : 0;
            }

            assertEquals(1, made);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void onlyThePlatformMakesOrganizations() {
        Estate.Customer customer = estate.customer();

        Refused.with(
                Problem.NOT_FOUND, () -> estate.submit(customer.administrator(), create("pirates", Optional.empty())));
    }

    @Test
    void aPolicyIsSetAsAWholeAtTheVersionRead() {
        Estate.Customer customer = estate.customer();
        Policy policy = new Policy(3, Duration.ofHours(1), Optional.of(List.of("berlin")), List.of("cost-centre"));

        OrganizationView changed = estate.submit(customer.administrator(), new SetPolicy(customer.ref(), 1, policy));

        assertEquals(policy, changed.policy());
        assertEquals(2, changed.version());
        assertEquals(
                policy,
                estate.identity()
                        .access()
                        .require(customer.administrator(), Action.POLICY_READ, customer.ref())
                        .policy());
        Refused.with(
                Problem.STALE,
                () -> estate.submit(customer.administrator(), new SetPolicy(customer.ref(), 1, Policy.DEFAULT)));
    }

    @Test
    void loosenedApprovalsNameThePolicyWhoseItIsAndWhoCanChangeIt() {
        Estate.Customer customer = estate.customer();
        Policy strict = Policy.DEFAULT.approving(Optional.of(Money.usd("40")), 3, true);
        estate.submit(customer.administrator(), new SetPolicy(customer.ref(), 1, strict));

        List<String> reasons = estate.plan(customer.administrator(), new SetPolicy(customer.ref(), 2, Policy.DEFAULT))
                .approval();

        String of = " of " + customer.ref() + ": it would be ";
        String who = " Who has policy.set in " + customer.ref() + " can change that.";
        assertEquals(
                List.of(
                        "approvalAbove" + of + "raised or taken away." + who,
                        "bulkDeleteThreshold" + of + "raised or taken away." + who,
                        "approveRaisedLimits" + of + "taken away." + who),
                reasons);
    }

    @Test
    void aPolicyThatCannotBeKeptIsRefusedWithEveryMistake() {
        Estate.Customer customer = estate.customer();
        Policy wrong = new Policy(
                3, Duration.ofHours(1), Optional.of(List.of("berlin", "two\nlines")), List.of("cost centre", "ok"));

        ProblemException problem = Refused.with(
                Problem.MALFORMED,
                () -> estate.submit(customer.administrator(), new SetPolicy(customer.ref(), 1, wrong)));

        assertEquals(
                List.of("/allowedLocations/1", "/requiredTags/0"),
                problem.errors().stream().map(FieldError::pointer).toList());
    }

    @Test
    void anAdministratorRenamesTheirOrganizationForPeople() {
        Estate.Customer customer = estate.customer();

        OrganizationView changed = estate.submit(
                customer.administrator(), new ChangeOrganization(customer.ref(), 1, Optional.of("The Great Company")));

        assertEquals("The Great Company", changed.displayName());
        assertEquals(
                "The Great Company",
                estate.identity()
                        .access()
                        .require(customer.administrator(), Action.ORGANIZATION_READ, customer.ref())
                        .displayName());
    }

    @Test
    void anOrganizationIsDeletedOnlyWhenItOwnsNothing() {
        Estate.Customer customer = estate.customer();
        String[] servers = {"3 servers"};
        estate.identity()
                .ask(organization ->
                        organization.equals(customer.id()) ? Optional.ofNullable(servers[0]) : Optional.empty());

        ProblemException problem = Refused.with(
                Problem.IN_USE, () -> estate.submit(estate.root(), new DeleteOrganization(customer.ref())));
        assertTrue(problem.getMessage().contains("3 servers"));

        servers[0] = null;
        estate.submit(estate.root(), new DeleteOrganization(customer.ref()));
        Refused.with(Problem.NOT_FOUND, () -> estate.submit(estate.root(), new DeleteOrganization(customer.ref())));
    }

    @Test
    void aDeletedOrganizationIsGoneWithItsPeopleAndItsNameIsFree() {
        Estate.Customer customer = estate.customer();
        Secret bearer = estate.login("boss@" + customer.ref());
        estate.identity().logins().caller(bearer, Estate.origin());

        estate.submit(estate.root(), new DeleteOrganization(customer.ref()));

        Refused.with(Problem.NOT_LOGGED_IN, () -> estate.identity().logins().caller(bearer, Estate.origin()));
        assertEquals(Verdict.ABSENT, estate.verdict(customer.administrator(), Action.SERVER_READ, customer.ref()));
        assertEquals(Verdict.ABSENT, estate.verdict(estate.root(), Action.SERVER_READ, customer.ref()));
        OrganizationView anew = estate.submit(
                        estate.root(), create(customer.ref().text(), Optional.empty()))
                .organization();
        assertEquals(anew, estate.identity().access().require(estate.root(), Action.SERVER_READ, customer.ref()));
        assertEquals(Verdict.ABSENT, estate.verdict(customer.administrator(), Action.SERVER_READ, customer.ref()));
    }

    @Test
    void thePlatformAndParentsAreNotDeleted() {
        Estate.Customer reseller = estate.customer();
        estate.submit(estate.root(), create("below-" + reseller.ref(), Optional.of(reseller.ref())));

        Refused.with(Problem.IN_USE, () -> estate.submit(estate.root(), new DeleteOrganization(reseller.ref())));
        Refused.with(Problem.CONFLICT, () -> estate.submit(estate.root(), new DeleteOrganization(Ref.PLATFORM)));
        Refused.with(
                Problem.MALFORMED,
                () -> estate.submit(estate.root(), create("orphan", Optional.of(new Ref("no-such-parent")))));
    }
}
