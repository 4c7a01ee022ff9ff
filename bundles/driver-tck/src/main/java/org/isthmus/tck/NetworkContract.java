// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.NetworkDriver.SeenNetwork;
import org.isthmus.spi.network.NetworkDriver.SeenPort;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.Replayer.Disturbance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The contract of a network driver, as far as it can be seen without guests. Extend it, answer {@link #subject}, and run
 * it; nothing else is to be written.
 */
public abstract class NetworkContract extends DriverContract {
    private NetworkSubject subject;
    private NetworkBench bench;

    /** The driver under test and its far end; asked once before each test. */
    protected abstract NetworkSubject subject();

    @BeforeEach
    final void open() {
        subject = subject();
        bench = new NetworkBench(subject);
    }

    @AfterEach
    final void clearAway() {
        if (bench != null) {
            bench.close();
        }
        if (subject != null) {
            subject.close();
        }
    }

    @Override
    final Subject<?> currentSubject() {
        return subject;
    }

    @Override
    final Set<Class<?>> claimed() {
        return subject.facets();
    }

    @Override
    final Bench<?> currentBench() {
        return bench.driver();
    }

    @Override
    final void ordinaryLife() {
        NetworkSpec network = bench.network();
        PortSpec port = bench.port(network, 0);
        bench.ensure(port);
        bench.find(network.network());
        bench.list();
        bench.remove(port);
        bench.remove(network);
    }

    @Override
    final void refusals() {
        NetworkSpec network = bench.network();
        PortSpec port = bench.port(network, 0);
        bench.ensure(port);
        bench.driver().refusal((driver, call) -> driver.ensurePort(call, bench.port(network, 0)));
        bench.driver().refusal((driver, call) -> driver.removeNetwork(call, network.network()));
        bench.driver().refusal((driver, call) -> driver.ensurePort(call, bench.port(bench.spec(), 0)));
    }

    @Test
    final void n01_ensureNetworkMakesItWithItsToken() {
        NetworkSpec spec = bench.spec();
        String token = bench.driver().token();

        bench.driver().done(token, (driver, call) -> driver.ensureNetwork(call, spec));

        SeenNetwork wanted = new SeenNetwork(spec.network(), token, spec.cidr(), List.of());
        assertEquals(Optional.of(wanted), bench.find(spec.network()));
        assertTrue(bench.list().contains(wanted), "list shows it");
    }

    @Test
    final void n02_theSameNetworkIsMadeOnceEver() {
        for (int seed = 1; seed <= subject.schedules(); seed++) {
            NetworkSpec spec = bench.spec();
            Replayer<NetworkDriver> replayer = replayer(seed);

            replayer.untilDone((driver, call) -> driver.ensureNetwork(call, spec));

            assertTrue(bench.find(spec.network()).isPresent());
            bench.assertAtMostOne(spec, replayer.trail());
            bench.remove(spec);
        }
    }

    private Replayer<NetworkDriver> replayer(long seed) {
        return bench.driver()
                .replayer(
                        seed,
                        Disturbance.MEMO_LOST,
                        Disturbance.MEMO_STALE,
                        Disturbance.SAID_TWICE,
                        Disturbance.RESTARTED);
    }

    @Test
    final void n03_twoThreadsMakeOneNetwork() {
        for (int round = 0; round < subject.schedules(); round++) {
            NetworkSpec spec = bench.spec();
            String token = bench.driver().token();

            Replayer.fromTwoThreads(
                    () -> bench.driver().done(token, (driver, call) -> driver.ensureNetwork(call, spec)));

            Replayer<NetworkDriver> replayer = bench.driver().replayer(round, Disturbance.TWO_THREADS);
            replayer.untilDone(token, (driver, call) -> driver.ensureNetwork(call, spec));
            bench.assertAtMostOne(spec, replayer.trail());
            bench.remove(spec);
        }
    }

    @Test
    final void n04_ensureBringsANetworkToTheFormWanted() {
        NetworkSpec first = bench.network();
        String token = bench.seen(first).token();

        NetworkSpec second = NetworkBench.on(first, subject.otherCidr());
        bench.ensure(second);

        SeenNetwork seen = bench.seen(second);
        assertEquals(second.cidr(), seen.cidr());
        assertEquals(token, seen.token(), "it keeps the token that made it");
        if (subject.damage(first.network())) {
            bench.ensure(second);
            assertTrue(subject.isWhole(first.network()), "what was taken away below is there again");
        }
    }

    @Test
    final void n05_twoNetworksMayHaveTheSameSubnet() {
        NetworkSpec first = bench.network();
        NetworkSpec second = bench.spec();

        bench.ensure(second);

        assertEquals(first.cidr(), bench.seen(first).cidr());
        assertEquals(first.cidr(), bench.seen(second).cidr());
    }

    @Test
    final void n06_ensurePortMakesItAndAnswersABinding() {
        NetworkSpec network = bench.network();
        PortSpec port = bench.port(network, 0);
        String token = bench.driver().token();

        PortBinding binding = bench.driver().done(token, (driver, call) -> driver.ensurePort(call, port));

        assertFalse(binding.kind().isBlank(), "the binding says its kind");
        assertEquals(new SeenPort(port.port(), token, port.mac().value(), port.address(), false), bench.seen(port));
    }

    @Test
    final void n07_theSamePortIsMadeOnceEver() {
        NetworkSpec network = bench.network();
        for (int seed = 1; seed <= subject.schedules(); seed++) {
            PortSpec port = bench.port(network, seed);
            Replayer<NetworkDriver> replayer = replayer(seed);

            replayer.untilDone((driver, call) -> driver.ensurePort(call, port));

            assertEquals(1, bench.seenPorts(port).size(), replayer::trail);
        }
    }

    @Test
    final void n08_theBindingOfAPortStaysTheSame() {
        NetworkSpec network = bench.network();
        PortSpec port = bench.port(network, 0);
        PortBinding first = bench.ensure(port);

        PortBinding second = bench.ensure(port);
        bench.driver().restart();
        PortBinding third = bench.ensure(port);

        assertEquals(first, second);
        assertEquals(first, third);
    }

    @Test
    final void n09_ensureBringsAPortToTheFormWanted() {
        NetworkSpec network = bench.network();
        PortSpec port = bench.port(network, 0);
        bench.ensure(port);

        PortSpec moved = NetworkBench.with(port, bench.mac(), port.address() + 1);
        bench.ensure(moved);

        SeenPort seen = bench.seen(moved);
        assertEquals(moved.address(), seen.address());
        assertEquals(moved.mac().value(), seen.mac());
    }

    @Test
    final void n10_aPortOnANetworkThatIsNotThereIsNotFound() {
        PortSpec port = bench.port(bench.spec(), 0);

        bench.driver()
                .mustRefuse(
                        "A port on a network that is not there",
                        (driver, call) -> driver.ensurePort(call, port),
                        Kind.NOT_FOUND);
    }

    @Test
    final void n11_anAddressAnotherPortHoldsIsAConflict() {
        NetworkSpec network = bench.network();
        bench.ensure(bench.port(network, 0));
        PortSpec second = bench.port(network, 0);

        bench.driver()
                .mustRefuse(
                        "An address another port holds",
                        (driver, call) -> driver.ensurePort(call, second),
                        Kind.CONFLICT);

        assertEquals(List.of(), bench.seenPorts(second));
    }

    @Test
    final void n12_aMacAnotherPortHoldsIsAConflict() {
        NetworkSpec network = bench.network();
        PortSpec first = bench.port(network, 0);
        bench.ensure(first);
        PortSpec second = NetworkBench.with(bench.port(network, 1), first.mac(), first.address() + 1);

        bench.driver()
                .mustRefuse(
                        "A MAC another port holds", (driver, call) -> driver.ensurePort(call, second), Kind.CONFLICT);

        assertEquals(List.of(), bench.seenPorts(second));
    }

    @Test
    final void n13_portsOfTwoNetworksMayHaveTheSameAddressAndMac() {
        NetworkSpec network = bench.network();
        PortSpec first = bench.port(network, 0);
        bench.ensure(first);
        NetworkSpec other = bench.network();

        PortSpec second = NetworkBench.with(bench.port(other, 0), first.mac(), first.address());
        bench.ensure(second);

        assertEquals(bench.seen(first).address(), bench.seen(second).address());
        assertEquals(bench.seen(first).mac(), bench.seen(second).mac());
    }

    @Test
    final void n14_anAddressOutsideTheSubnetIsInvalid() {
        NetworkSpec network = bench.network();
        PortSpec port = bench.port(network, 0);
        PortSpec outside =
                NetworkBench.with(port, port.mac(), subject.otherCidr().firstServer());

        bench.driver()
                .mustRefuse(
                        "An address outside the subnet",
                        (driver, call) -> driver.ensurePort(call, outside),
                        Kind.INVALID);
    }

    @Test
    final void n15_oneOfTwoThreadsGetsAnAddress() {
        NetworkSpec network = bench.network();
        for (int round = 0; round < subject.schedules(); round++) {
            PortSpec first = bench.port(network, 10 + round);
            PortSpec second = bench.port(network, 10 + round);

            List<Optional<Kind>> outcomes = Replayer.fromThreads(List.of(claim(first), claim(second)));

            assertEquals(
                    Set.of(Optional.empty(), Optional.of(Kind.CONFLICT)),
                    new HashSet<>(outcomes),
                    "one gets the address, the other is told so");
        }
    }

    private Callable<Optional<Kind>> claim(PortSpec port) {
        return () -> bench.driver()
                .refusal((driver, call) -> driver.ensurePort(call, port))
                .map(DriverException::kind);
    }

    @Test
    final void n16_removePortFreesItsAddress() {
        NetworkSpec network = bench.network();
        PortSpec port = bench.port(network, 0);
        bench.ensure(port);

        bench.remove(port);

        assertEquals(List.of(), bench.seenPorts(port));
        bench.ensure(NetworkBench.with(bench.port(network, 0), port.mac(), port.address()));
    }

    @Test
    final void n17_removeOfAPortThatIsNotThereIsDone() {
        NetworkSpec network = bench.network();

        bench.remove(bench.port(network, 0));
        bench.remove(bench.port(bench.spec(), 0));
    }

    @Test
    final void n18_removeOfANetworkWithPortsIsAConflict() {
        NetworkSpec network = bench.network();
        PortSpec port = bench.port(network, 0);
        bench.ensure(port);

        bench.driver()
                .mustRefuse(
                        "Remove of a network with ports",
                        (driver, call) -> driver.removeNetwork(call, network.network()),
                        Kind.CONFLICT);

        assertEquals(1, bench.seenPorts(port).size(), "its port is still there");
    }

    @Test
    final void n19_removeNetworkRemovesIt() {
        NetworkSpec network = bench.network();

        bench.remove(network);

        bench.assertGone(network);
    }

    @Test
    final void n20_removeOfANetworkThatIsNotThereIsDone() {
        NetworkSpec never = bench.spec();

        bench.remove(never);

        assertEquals(Optional.empty(), bench.find(never.network()));
    }

    @Test
    final void n21_listShowsEverythingAfterARestart() {
        NetworkSpec network = bench.network();
        bench.ensure(bench.port(network, 0));
        SeenNetwork before = bench.seen(network);

        bench.driver().restart();

        assertEquals(List.of(before), bench.listed(network));
    }

    @Test
    final void n22_whatSomebodyElseMadeIsNotShown() {
        List<SeenNetwork> before = bench.list();
        Assumptions.assumeTrue(subject.makeUnmanaged(), "This subject cannot make an unmanaged network.");

        assertEquals(new HashSet<>(before), new HashSet<>(bench.list()));
    }

    @Test
    final void n23_anAbsentFarEndIsNeverEmpty() {
        NetworkSpec network = bench.network();

        bench.driver().mustBeUnavailableWhileAway(driver -> driver.find(network.network()), NetworkDriver::list);
    }

    @Test
    final void n24_aChangeWhileAwayIsUnavailableAndDoneOnceAfterwards() {
        NetworkSpec spec = bench.spec();
        String token = bench.driver().token();
        Call call = bench.driver().call(token);

        bench.driver().mustBeUnavailableWhileAway(driver -> driver.ensureNetwork(call, spec));
        bench.driver().done(token, (driver, said) -> driver.ensureNetwork(said, spec));

        bench.assertAtMostOne(spec, "asked again after an outage");
        assertTrue(bench.find(spec.network()).isPresent());
    }

    @Test
    final void n25_findOfANetworkThatNeverWasIsEmpty() {
        NetworkId never = bench.driver().ids().network();

        assertEquals(Optional.empty(), bench.find(never));
    }
}
