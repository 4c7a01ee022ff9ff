// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.NetworkDriver.SeenNetwork;
import org.isthmus.spi.network.NetworkDriver.SeenPort;
import org.isthmus.spi.network.PortBinding;
import org.junit.jupiter.api.Assertions;

/** Makes networks and ports for the rules, and clears away what a test made. */
public final class NetworkBench implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(NetworkBench.class.getName());

    private final NetworkSubject subject;
    private final Bench<NetworkDriver> bench;
    private final List<NetworkId> planned = new ArrayList<>();
    private final OrganizationId organization;
    private long nextMac;

    public NetworkBench(NetworkSubject subject) {
        this.subject = subject;
        this.bench = new Bench<>(subject);
        this.organization = bench.ids().organization();
        this.nextMac = bench.ids().uuid().getLeastSignificantBits() & 0xffffff0000L;
    }

    public Bench<NetworkDriver> driver() {
        return bench;
    }

    public NetworkSubject subject() {
        return subject;
    }

    /** A network like no other, on the first test subnet. */
    public NetworkSpec spec() {
        NetworkId id = bench.ids().network();
        planned.add(id);
        Name name = new Name("tck-" + id.value().substring(id.value().length() - 12));
        return new NetworkSpec(id, organization, name, subject.cidr(), true, "tck.internal");
    }

    /** The same network on another subnet. */
    public static NetworkSpec on(NetworkSpec spec, Cidr cidr) {
        return new NetworkSpec(
                spec.network(), spec.organization(), spec.name(), cidr, spec.dnsServer(), spec.dnsDomain());
    }

    /** A new port with the network's n-th server address, from 0. */
    public PortSpec port(NetworkSpec network, int n) {
        NicId id = bench.ids().nic();
        return new PortSpec(
                id, network.network(), mac(), network.cidr().firstServer() + n, List.of(new Name("host-" + n)));
    }

    public MacAddress mac() {
        return MacAddress.local(nextMac++);
    }

    /** The same port in another form. */
    public static PortSpec with(PortSpec port, MacAddress mac, long address) {
        return new PortSpec(port.port(), port.network(), mac, address, port.hostNames());
    }

    /** Makes a network and waits until it is there. */
    public NetworkSpec network() {
        NetworkSpec spec = spec();
        ensure(spec);
        return spec;
    }

    public void ensure(NetworkSpec spec) {
        bench.done((driver, call) -> driver.ensureNetwork(call, spec));
    }

    public PortBinding ensure(PortSpec port) {
        return bench.done((driver, call) -> driver.ensurePort(call, port));
    }

    public void remove(PortSpec port) {
        bench.done((driver, call) -> driver.removePort(call, port.network(), port.port()));
    }

    public void remove(NetworkSpec network) {
        bench.done((driver, call) -> driver.removeNetwork(call, network.network()));
    }

    public Optional<SeenNetwork> find(NetworkId network) {
        return bench.ask(driver -> driver.find(network));
    }

    /** The network as it is; fails when it is not there. */
    public SeenNetwork seen(NetworkSpec network) {
        return find(network.network()).orElseThrow(() -> new AssertionError("find is empty, but the network was made"));
    }

    public List<SeenNetwork> list() {
        return bench.ask(NetworkDriver::list);
    }

    /** Every entry of the list that is this network. */
    public List<SeenNetwork> listed(NetworkSpec network) {
        return list().stream()
                .filter(seen -> seen.network().equals(network.network()))
                .toList();
    }

    /** The port as find shows it: none, one, or wrongly several. */
    public List<SeenPort> seenPorts(PortSpec port) {
        return find(port.network()).map(SeenNetwork::ports).orElse(List.of()).stream()
                .filter(seen -> seen.port().equals(port.port()))
                .toList();
    }

    /** The one port; fails when there is not exactly one. */
    public SeenPort seen(PortSpec port) {
        List<SeenPort> all = seenPorts(port);
        Assertions.assertEquals(1, all.size(), () -> "find shows this port once: " + all);
        return all.get(0);
    }

    /** Fails when the list has more than one such network. */
    public void assertAtMostOne(NetworkSpec network, String when) {
        int count = listed(network).size();
        Assertions.assertTrue(count <= 1, () -> count + " networks were made: " + when);
    }

    /** Fails when anything of it is still to be seen. */
    public void assertGone(NetworkSpec network) {
        Assertions.assertEquals(Optional.empty(), find(network.network()), "find still shows it");
        Assertions.assertEquals(List.of(), listed(network), "list still shows it");
        Assertions.assertEquals(
                List.of(), subject.leftovers(network.network()), "something of the network is still below");
    }

    /** Removes what the test made. A failure here is logged: the rules about removal are where it counts. */
    @Override
    public void close() {
        for (NetworkId network : planned) {
            try {
                for (SeenPort port : find(network).map(SeenNetwork::ports).orElse(List.of())) {
                    bench.done((driver, call) -> driver.removePort(call, network, port.port()));
                }
                bench.done((driver, call) -> driver.removeNetwork(call, network));
            } catch (RuntimeException | AssertionError e) {
                LOG.log(System.Logger.Level.WARNING, "Could not clear away {0}: {1}", network, e.getMessage());
            }
        }
        bench.close();
    }
}
