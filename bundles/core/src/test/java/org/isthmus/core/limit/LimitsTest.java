// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import static org.isthmus.core.Cloud.ACME;
import static org.isthmus.core.Cloud.HERE;
import static org.isthmus.core.Cloud.wish;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate.Submission;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.limit.LimitList.ChangeLimit;
import org.isthmus.api.limit.LimitList.CreateLimit;
import org.isthmus.api.limit.LimitList.DeleteLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.price.Item;
import org.isthmus.api.server.Servers.AttachDisk;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.DetachDisk;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.api.server.Servers.GrowDisk;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.ResizeServer;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.core.Cloud;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A cloud of one network, 0.20 an hour, in which a server is 0.133 an hour (2 CPUs, 2 GiB, 10 GiB), at noon of the 23rd of
 * November 2026: the month goes on for 180 hours. Ada is in the department web, which is in the department it.
 */
final class LimitsTest {
    private Cloud cloud;
    private Books books;
    private DepartmentId web;
    private DepartmentId it;

    @BeforeEach
    void open() {
        cloud = new Cloud("limits");
        books = new Books(cloud.house);
        web = cloud.house.access.department("web", "acme");
        it = cloud.house.access.department("it", "acme");
        cloud.house.access.move(cloud.user, web, it);
        cloud.furnished();
    }

    @AfterEach
    void close() {
        books.mustBeTrue("in the end");
        cloud.close();
    }

    private void pass(Duration time) {
        cloud.house.clock.advance(time);
    }

    private ProblemException refused(Command<?> command) {
        return refused(cloud.user, command);
    }

    private <R> ProblemException refused(Caller caller, Command<R> command) {
        ProblemException dry =
                assertThrows(ProblemException.class, () -> cloud.house.gate.submit(caller, command, Submission.dry()));
        ProblemException refused = assertThrows(ProblemException.class, () -> cloud.submit(caller, command));
        assertEquals(LimitProblem.EXCEEDED, refused.type(), refused.getMessage());
        assertEquals(refused.getMessage(), dry.getMessage(), "a dry run says the same");
        return refused;
    }

    /** What is limited, by what, and what is said of it when one server is there and a second is too much. */
    record Case(String kind, String whose, String limit) {
        @Override
        public String toString() {
            return limit + " of the " + kind + " " + whose;
        }
    }

    static Stream<Case> limits() {
        return Stream.of("monthly", "hourlyRate", "deploymentsPerDay")
                .flatMap(limit -> Stream.of(
                        new Case("user", "ada", limit),
                        new Case("department", "web", limit),
                        new Case("department", "it", limit),
                        new Case("organization", "acme", limit)));
    }

    @Test
    void aServerThatIsMadeOfAnotherOneIsPaidForByThatOnesDepartment() {
        cloud.deploy("one");
        Caller mover = cloud.house.access.user("mover", "acme");
        books.hour("department", "web", "0.333");

        ProblemException refused = refused(
                mover,
                new MoveServer(
                        ACME,
                        new Ref("one"),
                        HERE,
                        new Name("two"),
                        List.of(Cloud.NET),
                        Running.SNAPSHOT,
                        false,
                        false));

        assertTrue(refused.getMessage().contains("web"), refused.getMessage());
        assertEquals(1, cloud.servers().size());
    }

    @ParameterizedTest
    @MethodSource("limits")
    void whatWouldPassALimitIsRefusedBeforeAnythingIsMade(Case limited) {
        LimitView limit =
                switch (limited.limit()) {
                        // 0.333 an hour for 180 hours
                    case "monthly" -> books.month(limited.kind(), limited.whose(), "59.94");
                    case "hourlyRate" -> books.hour(limited.kind(), limited.whose(), "0.333");
                    default -> books.day(limited.kind(), limited.whose(), 1);
                };
        cloud.deploy("one");

        ProblemException refused = refused(wish("two"));

        assertEquals(limited.limit(), refused.extra().get("limit"));
        assertEquals(
                Map.of("kind", limited.kind(), "id", limit.subject().id()),
                refused.extra().get("subject"));
        assertTrue(refused.getMessage().contains(limited.whose()), refused.getMessage());
        assertTrue(refused.getMessage().contains("limit.set"), refused.getMessage());
        String resets =
                switch (limited.limit()) {
                    case "monthly" -> "2026-12-01T00:00:00Z";
                    case "hourlyRate" -> "null";
                    default -> "2026-11-24T00:00:00Z";
                };
        assertEquals(resets, String.valueOf(refused.extra().get("resetsAt")));
        assertEquals(1, cloud.servers().size());
        assertEquals(0, books.held());
        assertEquals(
                1, cloud.count("select count(*) from opr_operation where type = 'server.deploy'"), "nothing was begun");
    }

    @Test
    void theRefusalSaysHowMuchIsLeft() {
        books.set("organization", "acme", "50", null, null);

        ProblemException refused = refused(wish("one"));

        assertEquals(Map.of("amount", "14", "currency", "USD"), refused.extra().get("left"));
        assertEquals(
                "It would cost 23.94 USD until the month ends. Of the 50 USD a month of organization acme, 14 USD are left"
                        + " when all goes on as it is; the next month begins at 2026-12-01T00:00:00Z. Somebody with limit.set"
                        + " in acme can raise it.",
                refused.getMessage());
    }

    @Test
    void everythingThatCostsMoreIsChecked() {
        cloud.deploy("one");
        cloud.deploy("two");
        cloud.done(cloud.user, new StopServer(ACME, new Ref("two"), true));
        // 0.20 + 0.133 + 0.003
        LimitView limit = books.hour("user", "ada", "0.336");
        Ref one = new Ref("one");
        Ref disk = Ref.of(cloud.server("one").disks().get(0).id());

        refused(wish("three"));
        refused(new StartServer(ACME, new Ref("two")));
        refused(new ResizeServer(ACME, one, new Flavor(3, 2048)));
        refused(new AttachDisk(ACME, one, 1));
        refused(new GrowDisk(ACME, one, disk, 11));
        refused(new CreateNetwork(ACME, new Name("more"), HERE, Cidr.of("10.9.0.0/24"), false, true, Map.of()));
        cloud.done(cloud.user, new ResizeServer(ACME, one, new Flavor(1, 2048)));
        cloud.done(cloud.user, new AttachDisk(ACME, one, 1));
        cloud.done(cloud.user, new StopServer(ACME, one, true));

        assertEquals("hour 0.2063 0 0.1297", books.show(limit));
    }

    @Test
    void whatIsBeingMadeIsReservedUntilItIsThere() {
        LimitView limit = books.set("department", "it", "100", "1", null);
        assertEquals("hour 0.2 0 0.8 month 0 0 36 64", books.show(limit));

        cloud.submit(cloud.user, wish("one"));
        assertEquals("hour 0.2 0.133 0.667 month 0 23.94 59.94 40.06", books.show(limit));
        cloud.house.work();

        assertEquals("hour 0.333 0 0.667 month 0 0 59.94 40.06", books.show(limit));
        assertEquals(0, books.held());
        pass(Duration.ofHours(10));
        assertEquals("hour 0.333 0 0.667 month 3.33 0 59.94 40.06", books.show(limit));
    }

    @Test
    void whatWaitsForLongIsReservedAndNotUsed() {
        LimitView limit = books.set("user", "ada", "100", "1", null);
        cloud.submit(cloud.user, wish("one"));
        pass(Duration.ofHours(5));

        assertEquals("hour 0.2 0.133 0.667 month 1 23.94 59.94 40.06", books.show(limit));
    }

    @Test
    void aFailedDeploymentGivesEverythingBack() {
        LimitView limit = books.set("user", "ada", "100", "1", 1);
        LimitView all = books.set("organization", "acme", "100", "1", 1);
        cloud.script().failNext(DriverException.Kind.INVALID);
        OperationView failed = cloud.run(cloud.user, wish("one"));

        assertEquals(OperationState.FAILED, failed.state());
        assertEquals("hour 0.2 0 0.8 month 0 0 36 64", books.show(limit));
        assertEquals("hour 0.2 0 0.8 month 0 0 36 64", books.show(all));
        assertEquals(List.of(1, 1), List.of(left(limit), left(all)));
        assertEquals(0, cloud.count("select count(*) from lim_payer where deployment = true"));
        cloud.deploy("two");
        assertEquals(List.of(0, 0), List.of(left(limit), left(all)));
    }

    private int left(LimitView limit) {
        return books.now(limit).left().orElseThrow();
    }

    @Test
    void aStoppedServerLowersTheRateAndADeletedOneMore() {
        LimitView limit = books.set("user", "ada", "100", "1", null);
        cloud.deploy("one");
        pass(Duration.ofHours(80));
        cloud.done(cloud.user, new StopServer(ACME, new Ref("one"), true));
        // 80 hours of 0.333, 100 of 0.203
        assertEquals("hour 0.203 0 0.797 month 26.64 0 46.94 53.06", books.show(limit));
        cloud.done(cloud.user, new DeleteServer(ACME, new Ref("one")));
        pass(Duration.ofHours(25));
        cloud.domain.upkeep().runOnce();
        cloud.house.work();

        // its disk was kept for a day of grace, and the upkeep saw its end an hour later
        assertEquals("hour 0.2 0 0.8 month 31.715 0 46.715 53.285", books.show(limit));
    }

    @Test
    void aNewMonthBeginsWithWhatGoesOn() {
        LimitView limit = books.set("user", "ada", "250", "1", null);
        cloud.deploy("one");
        pass(Duration.ofHours(180));

        // 744 hours of 0.333
        assertEquals("hour 0.333 0 0.667 month 0 0 247.752 2.248", books.show(limit));
        ProblemException refused = refused(wish("two"));
        assertEquals("2027-01-01T00:00:00Z", refused.extra().get("resetsAt"));
        pass(Duration.ofHours(1));
        cloud.done(cloud.user, new StopServer(ACME, new Ref("one"), true));
        // an hour of 0.333, 743 of 0.203
        assertEquals("hour 0.203 0 0.797 month 0.333 0 151.162 98.838", books.show(limit));
    }

    @Test
    void whatIsReservedOverTheEndOfTheMonthIsReservedForAllOfTheNext() {
        LimitView limit = books.set("user", "ada", "1000", "1", null);
        pass(Duration.ofMinutes(180 * 60 - 3));
        cloud.submit(cloud.user, wish("one"));
        pass(Duration.ofMinutes(6));

        assertEquals("hour 0.2 0.133 0.667 month 0.01 98.952 247.752 752.248", books.show(limit));
        cloud.house.work();
        // 744 hours of 0.2 and all but a twentieth of one of 0.133
        assertEquals("hour 0.333 0 0.667 month 0.01 0 247.74535 752.25465", books.show(limit));
    }

    @Test
    void theFirstLimitOfAnAccountKnowsAllThatWasBefore() {
        LimitView first = books.set("organization", "acme", "1000", "10", null);
        cloud.deploy("one");
        pass(Duration.ofHours(30));
        cloud.done(cloud.user, new StopServer(ACME, new Ref("one"), true));
        pass(Duration.ofHours(7));
        cloud.submit(cloud.user, wish("two"));
        pass(Duration.ofMinutes(1));

        LimitView later = books.set("user", "ada", "1000", "10", null);

        assertEquals(books.show(first), books.show(later));
        cloud.house.work();
        assertEquals(books.show(first), books.show(later));
    }

    @Test
    void aDeploymentLimitOfADepartmentCountsWhoWasThereBeforeItWasSet() {
        Caller bob = cloud.house.access.user("bob", "acme");
        Caller eve = cloud.house.access.user("eve", "acme");
        cloud.house.access.move(bob, it);
        cloud.deploy("one");
        cloud.done(bob, wish("two"));
        cloud.done(eve, wish("three"));

        LimitView department = books.day("department", "it", 3);
        LimitView all = books.day("organization", "acme", 5);

        assertEquals(List.of(1, 2), List.of(left(department), left(all)));
        cloud.done(bob, wish("four"));
        refused(wish("five"));
        cloud.done(eve, wish("five"));
        assertEquals(
                "organization", ((Map<?, ?>) refused(eve, wish("six")).extra().get("subject")).get("kind"));
        pass(Duration.ofHours(12));
        assertEquals(List.of(3, 5), List.of(left(department), left(all)));
        cloud.deploy("six");
        assertEquals(List.of(2, 4), List.of(left(department), left(all)));
    }

    @Test
    void aUsersOwnDeploymentsADayStandInForThePolicys() {
        cloud.policy(policy -> new org.isthmus.api.organization.Policy(
                1, policy.deletionGrace(), policy.allowedLocations(), policy.requiredTags()));
        LimitView limit = books.day("user", "ada", 2);
        cloud.deploy("one");
        cloud.deploy("two");
        refused(wish("three"));

        cloud.submit(cloud.operator, new DeleteLimit(ACME, Ref.of(limit.id().orElseThrow())));

        ProblemException refused = refused(wish("three"));
        assertTrue(refused.getMessage().contains("all 1 deployments"), refused.getMessage());
    }

    @Test
    void whoMadeAThingPaysForItWhoeverStartsItAndWhereverTheyMoveTo() {
        LimitView adas = books.set("user", "ada", null, "0.333", null);
        LimitView webs = books.set("department", "web", null, "10", null);
        cloud.deploy("one");
        cloud.done(cloud.user, new StopServer(ACME, new Ref("one"), true));
        cloud.house.access.move(cloud.user, it);
        Caller bob = cloud.house.access.user("bob", "acme");

        cloud.done(bob, new StartServer(ACME, new Ref("one")));

        assertEquals("hour 0.333 0 0", books.show(adas));
        assertEquals("hour 0.333 0 9.667", books.show(webs));
        refused(bob, new AttachDisk(ACME, new Ref("one"), 1));
        cloud.done(bob, wish("two"));
    }

    @Test
    void rootIsNobodysPeopleButSpendsTheOrganizationsMoney() {
        books.day("organization", "acme", 0);
        cloud.done(cloud.operator, wish("one"));
        LimitView limit = books.now(list().get(0));
        cloud.submit(
                cloud.operator,
                new ChangeLimit(
                        ACME,
                        Ref.of(limit.id().orElseThrow()),
                        limit.version(),
                        Optional.empty(),
                        Optional.of(Optional.of(Money.usd("0.4"))),
                        Optional.of(Optional.empty())));

        refused(cloud.operator, wish("two"));
    }

    private List<LimitView> list() {
        return cloud.house.limits.list(cloud.operator, ACME, Query.all()).items();
    }

    @Test
    void theListShowsLimitsAndWhoDeployedToday() {
        Caller bob = cloud.house.access.user("bob", "acme");
        cloud.done(bob, wish("one"));
        books.month("user", "ada", "100");
        books.month("organization", "acme", "100");

        List<String> shown = list().stream()
                .map(each -> each.subject().kind() + " " + each.id().isPresent() + " "
                        + each.deploymentsPerDay().map(String::valueOf).orElse("-") + " "
                        + each.used().map(String::valueOf).orElse("-") + " "
                        + each.left().map(String::valueOf).orElse("-") + " "
                        + each.month().isPresent())
                .sorted()
                .toList();

        assertEquals(
                List.of("organization true - - - true", "user false 1000 1 999 false", "user true 1000 0 1000 true"),
                shown);
    }

    @Test
    void aLimitIsOfOneSubjectAndOfTheBooksCurrencyAndChangedByVersion() {
        LimitView limit = books.month("user", "ada", "100");
        Subject ada = new Subject("user", "ada");
        Optional<Money> none = Optional.empty();
        Ref ref = Ref.of(limit.id().orElseThrow());

        assertEquals(
                Problem.CONFLICT,
                problem(new CreateLimit(ACME, ada, Optional.of(Money.usd("1")), none, Optional.empty())));
        assertEquals(
                Problem.NOT_FOUND,
                problem(new CreateLimit(
                        ACME, new Subject("user", "zoe"), Optional.of(Money.usd("1")), none, Optional.empty())));
        assertEquals(
                Problem.MALFORMED,
                problem(new CreateLimit(
                        ACME,
                        new Subject("organization", "acme"),
                        Optional.of(Money.zero("EUR")),
                        none,
                        Optional.empty())));
        assertEquals(
                Problem.STALE,
                problem(new ChangeLimit(ACME, ref, 7, Optional.empty(), Optional.empty(), Optional.empty())));
        assertEquals(
                Problem.CONFLICT,
                problem(new ChangeLimit(
                        ACME, ref, 0, Optional.of(Optional.empty()), Optional.empty(), Optional.empty())));
        assertEquals(1, books.raise(limit, "200").version());
        cloud.submit(cloud.operator, new DeleteLimit(ACME, ref));
        assertEquals(Problem.NOT_FOUND, problem(new DeleteLimit(ACME, ref)));
        assertEquals(0, cloud.count("select limits from lim_guard"));
    }

    private org.isthmus.api.ProblemType problem(Command<?> command) {
        return assertThrows(ProblemException.class, () -> cloud.submit(cloud.operator, command))
                .type();
    }

    @Test
    void theOracleOfThePriceBookIsWhatAMonthComesTo() {
        LimitView limit = books.set("organization", "acme", "1000", "10", null);
        Subject thing = new Subject("server", "srv_oracle");
        Map<Item, Long> oracle =
                Map.of(Item.NETWORK, 1L, Item.CPU, 4L, Item.MEMORY_GIB, 8L, Item.STORAGE_GIB, 100L, Item.VPN_USER, 3L);
        cloud.house
                .database
                .tx()
                .execute(() -> cloud.house.usage.set(
                        cloud.house.clock.instant(), cloud.acme.id(), new Subject("network", "net_1"), Map.of()));

        cloud.house
                .database
                .tx()
                .execute(() -> cloud.house.usage.set(cloud.house.clock.instant(), cloud.acme.id(), thing, oracle));

        // beside the network that is there: 0.611 for 180 hours is 109.98
        assertEquals("hour 0.811 0 9.189 month 0 0 145.98 854.02", books.show(limit));
        pass(Duration.ofHours(180));
        // and for the 744 of December 454.584
        assertEquals("hour 0.811 0 9.189 month 0 0 603.384 396.616", books.show(limit));
    }

    @Test
    void whoSetNoLimitHasNoRowThatOthersWaitFor() {
        cloud.deploy("one");

        assertEquals(0, cloud.count("select count(*) from lim_limit"));
        assertEquals(0, cloud.count("select limits from lim_guard"));
        assertEquals(
                1, cloud.count("select count(*) from lim_deployment"), "only the user's own count, as without money");
    }

    @Test
    void detachingGivesBackWhatAttachingTook() {
        LimitView limit = books.set("user", "ada", "100", "1", null);
        cloud.deploy("one");
        String before = books.show(limit);
        cloud.done(cloud.user, new AttachDisk(ACME, new Ref("one"), 100));
        assertEquals("hour 0.363 0 0.637 month 0 0 65.34 34.66", books.show(limit));
        Ref disk = Ref.of(cloud.server("one").disks().get(1).id());
        cloud.done(cloud.user, new DetachDisk(ACME, new Ref("one"), disk));

        assertEquals(before, books.show(limit));
    }
}
