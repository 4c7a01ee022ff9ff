// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.limit.LimitList.DeleteLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.price.Item;
import org.isthmus.core.House;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.model.Ids.DepartmentId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** However many ask at once, they never pass a limit together, and the books agree afterwards. */
final class AtOnceTest {
    private static final int CLIENTS = 64;
    private static final long SEED = Long.getLong("isthmus.seed", 20261130);

    private House house;
    private Books books;
    private DepartmentId web;
    private DepartmentId it;
    private final List<Caller> people = new ArrayList<>();

    /** Makes something of one CPU, 0.04 an hour. */
    record Make(String thing, boolean fails) implements Command<String> {
        @Override
        public Ref organization() {
            return Books.ACME;
        }

        @Override
        public Action action() {
            return Action.SERVER_DEPLOY;
        }

        @Override
        public Subject about() {
            return new Subject("thing", thing);
        }
    }

    private final class Maker implements CommandHandler<Make, String> {
        @Override
        public Class<Make> handles() {
            return Make.class;
        }

        @Override
        public Plan<String> plan(Caller caller, OrganizationView organization, Make wish) {
            return Plan.<String>of(wish.about(), change -> {
                        house.operations
                                .book()
                                .begin(change, "thing.make", wish.about(), Map.of("fails", "" + wish.fails()));
                        return wish.thing();
                    })
                    .costing(house.prices.estimate(organization.id(), Map.of(Item.CPU, 1L)))
                    .deploying();
        }
    }

    private final class Making implements Process {
        @Override
        public String type() {
            return "thing.make";
        }

        @Override
        public List<String> steps() {
            return List.of("MAKE");
        }

        @Override
        public StepOutcome run(Run run, String step) {
            return Boolean.parseBoolean(run.get("fails").orElseThrow())
                    ? StepOutcome.fail("It was to fail.")
                    : StepOutcome.done();
        }

        @Override
        public StepOutcome undo(Run run, String step) {
            return StepOutcome.done();
        }

        @Override
        public void ended(Run run, Ending end, StepChange change) {
            house.usage.set(
                    change.now(),
                    run.organization(),
                    run.subject(),
                    end == Ending.SUCCEEDED ? Map.of(Item.CPU, 1L) : Map.of());
        }
    }

    @BeforeEach
    void open() {
        house = new House("at-once");
        house.access.organization("acme", new Policy(100_000, Duration.ofHours(24), Optional.empty(), List.of()));
        web = house.access.department("web", "acme");
        it = house.access.department("it", "acme");
        for (int i = 0; i < 8; i++) {
            Caller each = house.access.user("user-" + i, "acme");
            house.access.move(each, i % 2 == 0 ? new DepartmentId[] {web, it} : new DepartmentId[] {it});
            people.add(each);
        }
        house.gate.add(new Maker());
        house.operations.processes().add(new Making());
        books = new Books(house);
    }

    @AfterEach
    void close() {
        house.close();
    }

    /** What came of a request; one that met too many others is made again, as its client would. */
    private String submit(Caller caller, Command<?> wish) {
        for (int attempt = 1; ; attempt++) {
            try {
                house.gate.submit(caller, wish);
                return "accepted";
            } catch (ProblemException e) {
                if (e.type() != Problem.UNAVAILABLE || attempt == 50) {
                    return e.type() == LimitProblem.EXCEEDED ? "exceeded" : e.type() + " " + e.getMessage();
                }
            }
        }
    }

    private Map<String, AtomicInteger> all(int requests, IntFunction<Callable<String>> request) throws Exception {
        Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        List<Future<String>> under = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            under.add(clients.submit(request.apply(i)));
        }
        for (Future<String> each : under) {
            answers.computeIfAbsent(each.get(), key -> new AtomicInteger()).incrementAndGet();
        }
        clients.shutdown();
        return answers;
    }

    private void exactlySoManyAreAccepted(
            int requests, int affordable, boolean monthly, String kind, String whose, int people) throws Exception {
        // everybody's limits but one are wide, so that all accounts are kept
        for (String[] wide : new String[][] {
            {"user", "user-0"}, {"department", "web"}, {"department", "it"}, {"organization", "acme"}
        }) {
            if (!wide[1].equals(whose)) {
                books.set(wide[0], wide[1], "1000000", "1000000", 100_000);
            }
        }
        // for the 180 hours that the month goes on, or for one
        LimitView limit = monthly
                ? books.month(
                        kind, whose, BigDecimal.valueOf(720L * affordable, 2).toPlainString())
                : books.hour(kind, whose, BigDecimal.valueOf(4L * affordable, 2).toPlainString());

        Map<String, AtomicInteger> answers =
                all(requests, i -> () -> submit(this.people.get(i % people), new Make("t" + i, false)));

        assertEquals(
                "{accepted=" + affordable + ", exceeded=" + (requests - affordable) + "}",
                new TreeMap<>(answers).toString());
        books.mustBeTrue("reserved");
        assertEquals(affordable, books.held());
        house.work();
        books.mustBeTrue("used");
        assertEquals(0, books.held());
        assertTrue(books.show(limit).endsWith(" 0"), books.show(limit));
    }

    @Test
    void aSampleOfRequestsAtOnceForAnOrganizationsMoney() throws Exception {
        exactlySoManyAreAccepted(300, 100, false, "organization", "acme", 8);
    }

    @Test
    void aSampleOfRequestsAtOnceForADepartmentsMoney() throws Exception {
        exactlySoManyAreAccepted(200, 60, true, "department", "it", 8);
    }

    @Test
    @Tag("whole")
    void tenThousandRequestsOfSixtyFourClientsForAnOrganizationsMoney() throws Exception {
        exactlySoManyAreAccepted(10_000, 2_500, false, "organization", "acme", 8);
    }

    @Test
    @Tag("whole")
    void tenThousandRequestsOfSixtyFourClientsForOneUsersMoney() throws Exception {
        exactlySoManyAreAccepted(10_000, 1_000, true, "user", "user-0", 1);
    }

    /** Whoever waited for the other would be told, after some seconds, that the database is busy. */
    @Test
    void whoDeploysWhereNoLimitIsSetWaitsForNobodyElseOfTheOrganization() throws Exception {
        OrganizationView acme = house.access.organization(
                "acme", new Policy(100_000, Duration.ofHours(24), Optional.empty(), List.of()));
        Claim claim = new Claim(people.get(0), List.of(web, it), acme, new Subject("thing", "slow"), 40_000, true);
        Instant now = house.clock.instant();
        house.limits.prepare(claim, now);
        CountDownLatch reserved = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        ExecutorService other = Executors.newSingleThreadExecutor();
        Future<?> slow = other.submit(() -> house.database.tx().run(() -> {
            boolean limited = house.limits.checkFirst(claim, now);
            house.limits.reserve(claim, limited, Optional.of(house.ids.operation()), now);
            reserved.countDown();
            done.await();
            return null;
        }));
        reserved.await();

        house.gate.submit(people.get(1), new Make("quick", false));
        house.gate.submit(people.get(2), new Make("quick too", true));
        house.work();

        done.countDown();
        slow.get();
        other.shutdown();
        assertEquals(1, books.held());
    }

    /** Limits come and go while things are made and fail: what a new limit counts and what changes meanwhile never miss each other. */
    @Test
    void aLimitThatIsSetWhileOthersWorkCountsAllOfIt() throws Exception {
        Random random = new Random(SEED);
        List<String[]> subjects = List.of(
                new String[] {"user", "user-0"},
                new String[] {"user", "user-1"},
                new String[] {"department", "web"},
                new String[] {"organization", "acme"});
        List<Integer> turns = random.ints(300, 0, 20).boxed().toList();

        Map<String, AtomicInteger> answers = all(300, i -> () -> {
            if (turns.get(i) < subjects.size()) {
                String[] subject = subjects.get(turns.get(i));
                return toggled(subject[0], subject[1]);
            }
            if (turns.get(i) < 2 * subjects.size()) {
                house.work();
                return "worked";
            }
            return submit(people.get(i % people.size()), new Make("t" + i, turns.get(i) % 5 == 0));
        });

        assertEquals(Set.of("accepted", "toggled", "worked"), answers.keySet());
        house.work();
        books.mustBeTrue("seed " + SEED);
        assertEquals(0, books.held(), "seed " + SEED);
    }

    private String toggled(String kind, String whose) {
        try {
            books.set(kind, whose, "1000000", "1000000", 100_000);
        } catch (ProblemException e) {
            if (e.type() == Problem.CONFLICT) {
                house
                        .limits
                        .list(Caller.localRoot(house.access.platform(), "req"), Books.ACME, Query.all())
                        .items()
                        .stream()
                        .filter(each -> each.name().equals(Optional.of(whose)))
                        .findFirst()
                        .ifPresent(each -> submit(
                                Caller.localRoot(house.access.platform(), "req"),
                                new DeleteLimit(Books.ACME, Ref.of(each.id().orElseThrow()))));
            } else if (e.type() != Problem.UNAVAILABLE) {
                return e.type() + " " + e.getMessage();
            }
        }
        return "toggled";
    }
}
