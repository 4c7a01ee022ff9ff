// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.isthmus.driver.fake.Script.Stage;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver.Health;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.HostContext;
import org.isthmus.tck.Replayer;
import org.isthmus.tck.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FaultsTest {
    /** Thrown in place of a halt. */
    private static final class Halted extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final EndpointId ENDPOINT = new EndpointId("ept_00000000-0000-7000-8000-000000000001");

    private final SettableClock clock = new SettableClock();
    private final Ids ids = new Ids(clock);
    private final List<Duration> passed = new ArrayList<>();
    private final Simulator simulator = new Simulator(new Switchboard.Machine() {
        @Override
        public void pass(Duration delay) {
            passed.add(delay);
        }

        @Override
        public void halt() {
            throw new Halted();
        }
    });
    private final ServerSpec spec = spec("web-1");

    @TempDir
    Path cache;

    private HostContext context;
    private FakeDriver driver;

    @AfterEach
    void close() {
        if (driver != null) {
            driver.close();
            context.close();
        }
    }

    private FakeDriver open(Map<String, String> settings) {
        close();
        context = new HostContext(clock, cache);
        driver = simulator.open(new EndpointConfig(ENDPOINT, "demo", settings, Map.of()), context);
        return driver;
    }

    private FakeDriver openWith(String faults) {
        return open(Map.of("faults", faults));
    }

    private ServerSpec spec(String name) {
        return new ServerSpec(
                ids.server(),
                new Name(name),
                "fake-1",
                2,
                1024,
                List.of(new ServerSpec.DiskSpec(ids.disk(), 1 << 20, Optional.empty())),
                List.of(),
                new ServerSpec.Seed("", "", ""));
    }

    private Progress<Created> create() {
        return driver.create(new Call("create-1", clock.instant()), spec);
    }

    private Progress<Void> power(PowerWish wish, String token) {
        return driver.power(new Call(token, clock.instant()), "fake-" + spec.server(), wish);
    }

    private Kind refusal() {
        return assertThrows(DriverException.class, this::create).kind();
    }

    @Test
    void aFaultStrikesAsOftenAsItSaysAlsoAcrossAReopening() {
        String faults = "[{\"on\":\"create\",\"kind\":\"UNAVAILABLE\",\"times\":2}]";

        openWith(faults);
        assertEquals(Kind.UNAVAILABLE, refusal());
        openWith(faults);
        assertEquals(Kind.UNAVAILABLE, refusal());

        assertInstanceOf(Progress.Done.class, create());
    }

    @Test
    void aFaultTakenOutAndPutInAgainStrikesAnew() {
        String faults = "[{\"on\":\"*\",\"kind\":\"NO_CAPACITY\",\"times\":1}]";
        openWith(faults);
        assertEquals(Kind.NO_CAPACITY, refusal());

        openWith("[]");
        openWith(faults);

        assertEquals(Kind.NO_CAPACITY, refusal());
    }

    @Test
    void aCrashBeforeTheEffectLeavesNothingAndHappensOnce() {
        String faults = "[{\"on\":\"create\",\"kind\":\"CRASH\",\"times\":1}]";
        openWith(faults);
        assertThrows(Halted.class, this::create);

        openWith(faults);

        assertEquals(Optional.empty(), driver.find(spec.server()));
        assertInstanceOf(Progress.Done.class, create());
    }

    @Test
    void aCrashAfterTheEffectLeavesTheServerAndTheRepeatFindsIt() {
        String faults = "[{\"on\":\"create\",\"kind\":\"CRASH\",\"times\":1,\"afterEffect\":true}]";
        openWith(faults);
        assertThrows(Halted.class, this::create);

        openWith(faults);

        assertTrue(driver.find(spec.server()).isPresent());
        assertInstanceOf(Progress.Done.class, create());
        Ledger.Contents contents = driver.ledger().contents();
        assertEquals(Set.of(), contents.doubled());
        assertEquals(1, contents.effects(spec.server().value()).size());
        assertEquals(
                2,
                contents.calls().stream()
                        .filter(call -> call.verb().equals("create"))
                        .count());
    }

    @Test
    void aDelayIsRealTimeAndNothingElse() {
        openWith("[{\"on\":\"create\",\"delay\":\"PT0.3S\"}]");

        assertInstanceOf(Progress.Done.class, create());

        assertEquals(List.of(Duration.ofMillis(300)), passed);
    }

    @Test
    void pendingAnswersAreCountedByTokenAndNeedNoMemo() {
        open(Map.of("pendingSteps", "2"));
        assertInstanceOf(Progress.Pending.class, create());
        open(Map.of("pendingSteps", "2"));
        assertInstanceOf(Progress.Pending.class, create());

        assertInstanceOf(Progress.Done.class, create());
        assertInstanceOf(Progress.Done.class, create());
    }

    @Test
    void aLostHostTakesNothingAndNobodyKnowsItsServersPower() {
        openWith("[]");
        create();
        power(PowerWish.ON, "on-1");

        openWith("[{\"kind\":\"LOST_HOST\",\"host\":\"fake-1\"}]");

        assertEquals(Power.UNKNOWN, driver.find(spec.server()).orElseThrow().power());
        assertEquals(Health.State.DEGRADED, driver.health().state());
        assertFalse(driver.capacity().get(0).available());
        assertEquals(
                Kind.UNAVAILABLE,
                assertThrows(DriverException.class, () -> power(PowerWish.OFF, "off-1"))
                        .kind());
    }

    @Test
    void aDeafGuestKeepsShutDownPendingUntilPowerIsCut() {
        openWith("[{\"kind\":\"DEAF_GUEST\"}]");
        create();
        power(PowerWish.ON, "on-1");

        assertInstanceOf(Progress.Pending.class, power(PowerWish.SHUT_DOWN, "down-1"));
        assertInstanceOf(Progress.Done.class, power(PowerWish.OFF, "off-1"));
    }

    @Test
    void whatATestSaysGoesWrongOnce() {
        openWith("[]");
        driver.failNext(Kind.THROTTLED);
        driver.list();

        assertEquals(Kind.THROTTLED, refusal());
        assertInstanceOf(Progress.Done.class, create());
    }

    @Test
    void anAnswerCanBeLost() {
        openWith("[]");
        simulator.script().loseNextAnswer(Verb.CREATE);

        assertEquals(Kind.UNAVAILABLE, refusal());
        assertTrue(driver.find(spec.server()).isPresent());
    }

    @Test
    void watchersAreToldOfEveryMomentAndMayEndItThere() {
        openWith("[]");
        List<Stage> stages = new ArrayList<>();
        simulator.script().watch((stage, verb, token, object) -> {
            stages.add(stage);
            if (stage == Stage.BEFORE_EFFECT) {
                throw new Halted();
            }
        });

        assertThrows(Halted.class, this::create);

        assertEquals(List.of(Stage.CALLED, Stage.BEFORE_EFFECT), stages);
        simulator.script().clear();
        assertEquals(Optional.empty(), driver.find(spec.server()));
    }

    @Test
    void anInterruptedThreadDoesNoHarmToTheLedger() {
        openWith("[]");
        Thread.currentThread().interrupt();
        driver.list();
        assertTrue(Thread.interrupted(), "the interrupt is kept");
        simulator.script().watch((stage, verb, token, object) -> {
            if (stage == Stage.BEFORE_EFFECT) {
                Thread.currentThread().interrupt();
            }
        });

        assertEquals(Kind.UNAVAILABLE, refusal());
        assertTrue(Thread.interrupted(), "the interrupt is kept");
        simulator.script().clear();

        assertInstanceOf(Progress.Done.class, create());
        assertEquals(Set.of(), driver.ledger().contents().doubled());
    }

    @Test
    void twoEndpointsOnOneLedgerCountTheirFaultsApart() {
        String crash = "[{\"on\":\"create\",\"kind\":\"CRASH\",\"times\":1}]";
        openWith(crash);
        assertThrows(Halted.class, this::create);

        EndpointConfig other = new EndpointConfig(ids.endpoint(), "other", Map.of(), Map.of());
        simulator.open(other, context).close();
        openWith(crash);

        assertInstanceOf(Progress.Done.class, create());
        assertEquals(1, driver.list().size());
    }

    @Test
    void eightThreadsMakeEachServerOnceAndLoseNone() {
        openWith("[]");
        List<Callable<Boolean>> bodies = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            ServerSpec each = spec("web-" + i);
            bodies.add(() -> {
                for (int repeat = 0; repeat < 20; repeat++) {
                    driver.create(new Call("create-" + each.name(), clock.instant()), each);
                }
                return true;
            });
        }

        Replayer.fromThreads(bodies);

        assertEquals(8, driver.list().size());
        assertEquals(Set.of(), driver.ledger().contents().doubled());
        assertEquals(8, driver.ledger().contents().living(Ledger.Thing.SERVER).size());
    }

    @Test
    void aPortIsUpWhileARunningServerHasItsInterface() {
        openWith("[]");
        Ids.NetworkId network = ids.network();
        Ids.NicId nic = ids.nic();
        MacAddress mac = MacAddress.local(7);
        Cidr cidr = Cidr.of("10.1.0.0/24");
        driver.networks()
                .ensureNetwork(
                        new Call("net-1", clock.instant()),
                        new NetworkSpec(network, ids.organization(), new Name("lan"), cidr, true, "lan.internal"));
        driver.networks()
                .ensurePort(
                        new Call("port-1", clock.instant()),
                        new PortSpec(nic, network, mac, cidr.firstServer(), List.of()));
        create();
        driver.facet(Attachable.class)
                .orElseThrow()
                .attachNic(
                        new Call("nic-1", clock.instant()),
                        "fake-" + spec.server(),
                        new ServerSpec.NicSpec(nic, mac, new PortBinding("fake", Map.of())));
        boolean before = up(network);

        power(PowerWish.ON, "on-1");

        assertFalse(before);
        assertTrue(up(network));
    }

    private boolean up(Ids.NetworkId network) {
        return driver.networks().find(network).orElseThrow().ports().get(0).up();
    }

    @Test
    void everythingWrongWithTheSettingsIsSaidAtOnce() {
        Map<String, String> settings = Map.of(
                "hosts", "[{\"name\":\"a\"},{\"name\":\"a\",\"colour\":\"red\"}]",
                "pendingSteps", "-1",
                "facets", "Resizable,Flying",
                "faults", "[{\"on\":\"explode\",\"kind\":\"BOOM\",\"delay\":\"PT1H\"}]");
        EndpointConfig endpoint = new EndpointConfig(ENDPOINT, "demo", settings, Map.of());
        context = new HostContext(clock, cache);

        DriverException refusal = assertThrows(DriverException.class, () -> simulator.open(endpoint, context));

        assertEquals(Kind.INVALID, refusal.kind());
        for (String wrong : List.of("named twice", "colour", "pendingSteps", "facets", "explode", "BOOM", "delay")) {
            assertTrue(refusal.getMessage().contains(wrong), wrong + " in: " + refusal.getMessage());
        }
        context.close();
    }

    @Test
    void theMemoryOfAHostIsNotGivenTwice() {
        open(Map.of("hosts", "[{\"name\":\"fake-1\",\"memoryMiB\":1500}]"));
        create();
        ServerSpec second = spec("web-2");

        DriverException refusal =
                assertThrows(DriverException.class, () -> driver.create(new Call("create-2", clock.instant()), second));

        assertEquals(Kind.NO_CAPACITY, refusal.kind());
    }
}
