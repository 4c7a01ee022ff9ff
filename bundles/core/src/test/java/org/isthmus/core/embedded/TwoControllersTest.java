// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.event.Event;
import org.isthmus.api.event.EventListener;
import org.isthmus.api.gate.Gate.Answer;
import org.isthmus.api.gate.Gate.Outcome;
import org.isthmus.api.gate.Gate.Replay;
import org.isthmus.api.gate.Gate.Submission;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.api.location.Locations.EndpointView;
import org.isthmus.api.location.Locations.Kind;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.core.Fakes;
import org.isthmus.core.domain.Settings;
import org.isthmus.core.operation.OperationsPart;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.swap.Swaps;
import org.isthmus.driver.fake.FakeDriverFactory;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two controllers on one database, by mistake of one name: each does what the other does not, and nothing twice. */
@Timeout(60)
final class TwoControllersTest {
    private static final Ref ACME = new Ref("acme");
    private static final Ref HERE = new Ref("here");
    private static final int ROUNDS = 20;

    @TempDir
    Path directory;

    private final Clock clock = Clock.systemUTC();
    private final Ids ids = new Ids(clock);
    private final EmbeddedDatabase database = EmbeddedDatabase.inMemory("two");
    private final Fakes.FakeAccess access = new Fakes.FakeAccess(ids);
    private final Swaps swaps = Swaps.of(access, new Fakes.FakeAudit(ids));
    private final FakeDriverFactory driver = new FakeDriverFactory();
    private Caller operator;
    private Caller user;
    private EmbeddedCore one;
    private EmbeddedCore two;

    @BeforeEach
    void start() {
        access.organization("acme", new Policy(1000, Duration.ofHours(24), Optional.empty(), List.of()));
        operator = Caller.localRoot(access.platform(), "req-op");
        user = access.user("ada", "acme");
        one = controller(OperationsPart.unprobed());
        two = controller(OperationsPart.unprobed());
    }

    private EmbeddedCore controller(Worker.Probe probe) {
        return controller(probe, directory);
    }

    private EmbeddedCore controller(Worker.Probe probe, Path home) {
        EmbeddedCore core = new EmbeddedCore(
                database, clock, ids, swaps, Worker.Settings.DEFAULT, probe, Settings.in(home), List.of());
        core.add(driver);
        return core;
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        database.close();
    }

    private EndpointView furnish() {
        one.heart().gate().submit(operator, new CreateLocation(new Name("here"), Kind.CLOUD));
        return one.heart()
                .gate()
                .submit(operator, new CreateEndpoint(HERE, new Name("sim"), "fake", Map.of(), Map.of()))
                .result();
    }

    private static CreateNetwork network(int number) {
        return new CreateNetwork(
                ACME, new Name("net-" + number), HERE, Cidr.of("10.1." + number + ".0/24"), false, true, Map.of());
    }

    private OperationView create(EmbeddedCore through, int number) {
        return through.heart().gate().submit(user, network(number)).operation().orElseThrow();
    }

    private static Submission<NetworkView> keyed(String key) {
        return Submission.replayable(new Replay<>(
                key,
                Sha256.of(key.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                outcome -> new Answer(
                        202,
                        ((Outcome.Accepted<NetworkView>) outcome)
                                .operation()
                                .orElseThrow()
                                .id()
                                .value(),
                        "")));
    }

    private static void await(BooleanSupplier seen) {
        while (!seen.getAsBoolean()) {
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** Of either answer, the operation that it tells of. */
    private static String operation(Outcome<NetworkView> outcome) {
        return outcome instanceof Outcome.Accepted<NetworkView> accepted
                ? accepted.operation().orElseThrow().id().value()
                : ((Outcome.Replayed<NetworkView>) outcome).answer().body();
    }

    @Test
    void theSameKeyOnBothAtTheSameMomentMakesOneThingAndGetsOneAnswer() throws Exception {
        furnish();
        for (int round = 0; round < ROUNDS; round++) {
            int number = round;
            CyclicBarrier together = new CyclicBarrier(2);
            List<CompletableFuture<Outcome<NetworkView>>> answers = new ArrayList<>();
            for (EmbeddedCore each : List.of(one, two)) {
                answers.add(CompletableFuture.supplyAsync(() -> {
                    try {
                        together.await();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    return each.heart().gate().submit(user, network(number), keyed("key " + number));
                }));
            }

            assertEquals(
                    operation(answers.get(0).get()), operation(answers.get(1).get()));
        }
        assertEquals(
                ROUNDS,
                two.domain().networks().list(user, ACME, Query.all()).items().size());
    }

    @Test
    void whatOneAcceptsTheOtherRunsAndWhoWaitsAtTheFirstIsTold() {
        furnish();
        two.start();

        OperationView begun = create(one, 1);

        assertEquals(
                OperationState.SUCCEEDED,
                one.heart()
                        .operations()
                        .await(user, begun.id(), Duration.ofSeconds(20))
                        .state());
    }

    @Test
    void whatOneHadBegunWhenItWasStoppedTheOtherFinishesWithoutWaitingForTheLease() {
        furnish();
        EmbeddedCore leaving = controller((point, operation, type, step, undoing) -> {
            if (point == Worker.Probe.Point.AFTER_STEP) {
                throw new IllegalStateException("the machine is switched off in the middle of " + step);
            }
        });
        OperationView begun = create(leaving, 1);
        try {
            leaving.heart().worker().runUntilIdle();
        } catch (IllegalStateException inTheMiddle) {
            assertTrue(inTheMiddle.getMessage().contains("switched off"));
        }
        assertEquals(0, two.heart().worker().runUntilIdle(), "it is held");

        leaving.start();
        leaving.close();
        two.heart().worker().runUntilIdle();

        assertEquals(
                OperationState.SUCCEEDED,
                two.heart().operations().get(user, begun.id()).state());
    }

    @Test
    void twoOfOneNameHaveHoldersOfTheirOwn() {
        one.start();
        two.start();

        assertNotEquals(one.heart().holder(), two.heart().holder());
        furnish();
        for (int round = 0; round < ROUNDS; round++) {
            OperationView begun = create(round % 2 == 0 ? one : two, round);
            await(() -> two.heart().operations().get(user, begun.id()).state().ended());
        }
        assertEquals(
                ROUNDS,
                two.domain().networks().list(user, ACME, Query.all()).items().size());
    }

    @Test
    void oneWithAnotherKeyForSecretsDoesNotStartAndSaysWhichFileToCopy() {
        Path elsewhere = directory.resolve("elsewhere");

        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> controller(OperationsPart.unprobed(), elsewhere));

        String key = Settings.in(elsewhere).keyFile().toString();
        assertTrue(refused.getMessage().contains("Copy " + key + " from a controller"), refused.getMessage());
    }

    @Test
    void anEndpointThatOneLinksIsSoonOpenOnTheOther() {
        two.start();

        EndpointView endpoint = furnish();

        await(() -> two.domain().drivers().away(endpoint.id()).isEmpty());
    }

    @Test
    void whatHappensOnOneIsHeardOnTheOtherInOrderAndWithoutGaps() {
        furnish();
        one.start();
        two.start();
        long from = two.heart().events().newest();
        for (int round = 0; round < ROUNDS; round++) {
            create(round % 2 == 0 ? one : two, round);
        }

        List<Long> heard = new ArrayList<>();
        long after = from;
        long created = 0;
        while (created < ROUNDS) {
            for (Event event : two.heart().events().after(user, after, 7, Duration.ofSeconds(5))) {
                after = event.sequence();
                heard.add(after);
                created += event.type().equals("network.created") ? 1 : 0;
            }
        }

        assertEquals(heard.stream().sorted().distinct().toList(), heard);
    }

    @Test
    void aListenerHearsEachEventOnceAlsoWhenAnotherControllerHandsThemOn() {
        furnish();
        List<Long> heard = new ArrayList<>();
        EventListener billing = new EventListener() {
            @Override
            public String name() {
                return "billing";
            }

            @Override
            public void on(Event event) {
                heard.add(event.sequence());
            }
        };
        one.heart().events().add(billing);
        two.heart().events().add(billing);

        for (EmbeddedCore each : List.of(one, two, one)) {
            create(one, heard.size());
            each.heart().events().runOnce();
            each.heart().events().close();
        }

        assertTrue(heard.size() >= 3, heard::toString);
        assertEquals(heard.stream().sorted().distinct().toList(), heard);
    }
}
