// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.isthmus.model.Cidr;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver.Health;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.NetworkDriver.SeenPort;
import org.isthmus.spi.network.PortBinding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The driver against a real OVN of its own: many at once, and what happens when parts die or hang. */
@Tag("real")
@Timeout(180)
final class OvnFailureRealIT {
    private static final System.Logger LOG = System.getLogger(OvnFailureRealIT.class.getName());

    @TempDir
    private Path cache;

    private Cloud cloud;

    @BeforeEach
    void start() {
        cloud = new Cloud(cache);
    }

    @AfterEach
    void stop() {
        if (cloud != null) {
            cloud.close();
        }
    }

    @Test
    void manyAtOnceMakeEachPortOnceAndANameOfSeveralLeadsToAll() throws Exception {
        NetworkSpec network = cloud.network();
        List<PortSpec> ports = IntStream.range(1, 41)
                .mapToObj(number -> cloud.spec(network, number, "web"))
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(16);
        List<Future<PortBinding>> results = new ArrayList<>();
        // two controllers on one OVN, each asked for the same
        OvnDriver other = cloud.open();
        for (PortSpec port : ports) {
            Callable<PortBinding> here = () -> cloud.done((by, call) -> by.ensurePort(call, port));
            Callable<PortBinding> there = () -> cloud.done((by, call) -> other.ensurePort(call, port));
            results.add(threads.submit(here));
            results.add(threads.submit(there));
        }
        for (Future<PortBinding> result : results) {
            assertEquals(PortBinding.OVS, result.get().kind());
        }
        threads.shutdown();
        other.close();

        assertEquals(
                40, cloud.driver().find(network.network()).orElseThrow().ports().size());
        String addresses = cloud.ovn()
                .nbctl("get", "dns", cloud.dns(network), "records:web")
                .replace("\"", "");
        Set<String> found = new HashSet<>(List.of(addresses.split(" ")));
        for (PortSpec port : ports) {
            assertTrue(found.contains(Cidr.text(port.address())), () -> "all are found by name: " + addresses);
        }
    }

    @Test
    void aPortIsUpWhenALiveHostHasPluggedItIn() {
        PortSpec port = cloud.port(cloud.network(), 1, "a");
        assertFalse(cloud.seen(port).up());

        cloud.ovn().plug("h1", "vif1", Cloud.name(port));
        Daemons.until(
                "the port is up", Duration.ofSeconds(10), () -> cloud.seen(port).up());

        assertTrue(cloud.context().changes().contains(port.port().value()), "the host was given a hint");
        cloud.ovn().signal("h1-controller", "STOP");
        cloud.driver().health();
        Daemons.until("its host counts as dead", Duration.ofSeconds(10), () -> !cloud.seen(port)
                .up());
        cloud.ovn().signal("h1-controller", "CONT");
        Daemons.until(
                "it is up again", Duration.ofSeconds(10), () -> cloud.seen(port).up());
    }

    @Test
    void aDeadHostIsWaitedForOnceAndThenNoMore() {
        cloud.ovn().startHost("h2", "netdev");
        Daemons.until(
                "two hosts",
                Duration.ofSeconds(10),
                () -> cloud.driver().health().detail().startsWith("2"));
        NetworkSpec network = cloud.network();
        cloud.ovn().signal("h2-controller", "STOP");

        long first = millis(() -> cloud.port(network, 1, "a"));
        long second = millis(() -> cloud.port(network, 2, "b"));
        Health health = cloud.driver().health();

        LOG.log(System.Logger.Level.INFO, "With a dead host: first change {0} ms, next {1} ms", first, second);
        assertTrue(first >= 1800, () -> "it was waited for: " + first + " ms");
        assertTrue(second < 1500, () -> "it was not waited for again: " + second + " ms");
        assertEquals(Health.State.DEGRADED, health.state());
        assertTrue(health.detail().contains("h2"), health::detail);
        cloud.ovn().signal("h2-controller", "CONT");
        Daemons.until(
                "the host is back",
                Duration.ofSeconds(20),
                () -> cloud.driver().health().state() == Health.State.UP);
    }

    @Test
    void withoutNorthdAChangeIsUnderWayAndDoneWhenItReturns() {
        cloud.ovn().kill("northd");
        NetworkSpec network = cloud.networkSpec(false);
        Call call = cloud.call();

        long took = millis(
                () -> assertInstanceOf(Progress.Pending.class, cloud.driver().ensureNetwork(call, network)));

        assertTrue(took < 2000, () -> "it does not block: " + took + " ms");
        assertEquals(Health.State.DEGRADED, cloud.driver().health().state());
        assertTrue(
                cloud.driver().health().detail().contains("northd"),
                () -> cloud.driver().health().detail());
        cloud.ovn().startNorthd();
        cloud.done((by, again) -> by.ensureNetwork(again, network));
    }

    @Test
    void killingTheDatabasesInTheMiddleOfEverythingLosesAndDoublesNothing() throws Exception {
        NetworkSpec network = cloud.network();
        ExecutorService threads = Executors.newFixedThreadPool(6);
        List<PortSpec> ports = IntStream.range(1, 61)
                .mapToObj(number -> cloud.spec(network, number, String.format(Locale.ROOT, "n%d", number)))
                .toList();
        List<Future<PortBinding>> results = new ArrayList<>();
        for (PortSpec port : ports) {
            Callable<PortBinding> ensure = () -> cloud.done((by, call) -> by.ensurePort(call, port));
            results.add(threads.submit(ensure));
        }
        for (int round = 0; round < 4; round++) {
            int settled = round * 12 + 6;
            Daemons.until(
                    "some are made",
                    Cloud.PATIENCE,
                    () -> results.stream().filter(Future::isDone).count() >= settled);
            String victim = round % 2 == 0 ? "nb" : "sb";
            cloud.ovn().kill(victim);
            cloud.ovn().startDatabase(victim);
        }
        for (Future<PortBinding> result : results) {
            result.get();
        }
        threads.shutdown();

        List<SeenPort> seen =
                cloud.driver().find(network.network()).orElseThrow().ports();
        assertEquals(
                new HashSet<>(ports.stream().map(PortSpec::port).toList()),
                new HashSet<>(seen.stream().map(SeenPort::port).toList()));
        assertEquals(60, seen.size());
        assertEquals(61, cloud.ovn().count("logical_switch_port", network.network()), "with the gateway's");
    }

    @Test
    void aDatabaseThatHangsIsUnavailableWithinTenSeconds() {
        NetworkSpec network = cloud.network();
        cloud.ovn().signal("nb", "STOP");

        long took = millis(
                () -> assertThrows(DriverException.class, () -> cloud.driver().find(network.network())));
        long health = millis(
                () -> assertEquals(Health.State.DOWN, cloud.driver().health().state()));

        assertTrue(took < 10_000 && health < 10_000, () -> took + " and " + health + " ms");
        cloud.ovn().signal("nb", "CONT");
        Daemons.until("it is found again", Duration.ofSeconds(20), () -> {
            try {
                return cloud.driver().find(network.network()).isPresent();
            } catch (DriverException e) {
                return false;
            }
        });
    }

    private static long millis(Runnable body) {
        long before = System.nanoTime();
        body.run();
        return Duration.ofNanos(System.nanoTime() - before).toMillis();
    }
}
