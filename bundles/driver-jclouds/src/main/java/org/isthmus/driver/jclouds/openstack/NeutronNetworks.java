// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.openstack;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.isthmus.driver.jclouds.cloud.Calls;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.driver.jclouds.cloud.Lazily;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.NetworkDriver.SeenNetwork;
import org.isthmus.spi.network.NetworkDriver.SeenPort;
import org.isthmus.spi.network.PortBinding;
import org.jclouds.openstack.neutron.v2.NeutronApi;
import org.jclouds.openstack.neutron.v2.NeutronApiMetadata;
import org.jclouds.openstack.neutron.v2.domain.AllocationPool;
import org.jclouds.openstack.neutron.v2.domain.IP;
import org.jclouds.openstack.neutron.v2.domain.Network;
import org.jclouds.openstack.neutron.v2.domain.NetworkStatus;
import org.jclouds.openstack.neutron.v2.domain.Port;
import org.jclouds.openstack.neutron.v2.domain.Subnet;

/**
 * Private networks by Neutron: a network of the project without a router, its one subnet, and a port for each interface, with
 * port security as the cloud has it by default. Nothing but these reaches it, and it reaches nothing else.
 *
 * <p>Neutron takes nothing of ours in the request that makes something but a name, so whose a thing is and the token that made
 * it are its name. Names need not be unique, so two may come about; the first by Neutron's id is the one, whoever looks, and
 * the others go.
 */
final class NeutronNetworks implements AutoCloseable {
    /** The kind of binding, and its attribute with Neutron's id of the port. */
    static final String BINDING = "cloud-network";

    static final String PORT = "port";
    private static final String OURS = "isthmus";
    /** What Neutron keeps of a subnet for its own ports, for DHCP and metadata, at its end. */
    private static final long KEPT = 4;

    private final CloudSettings settings;
    private final Lazily<NeutronApi> context;
    private final Supplier<String> region;
    /** Changes of one network wait for each other; which of these is its own is found by its id. */
    private final List<ReentrantLock> locks =
            IntStream.range(0, 16).mapToObj(i -> new ReentrantLock()).toList();

    NeutronNetworks(CloudSettings settings, Supplier<String> region) {
        this.settings = settings;
        this.region = region;
        this.context = new Lazily<>(
                () -> Keystone.context(new NeutronApiMetadata(), settings).buildApi(NeutronApi.class));
    }

    private NeutronApi api() {
        return context.get();
    }

    /** It as the SPI wants it. */
    NetworkDriver driver(Calls calls) {
        return new NeutronDriver(this, calls);
    }

    /**
     * What a name says.
     *
     * @param id ours, of the network or interface
     */
    private record Mark(String id, String token) {
        private static final Pattern ID = Pattern.compile("(net|nic)_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

        private static Optional<Mark> of(String name) {
            String[] parts = String.valueOf(name).split(":", -1);
            return parts.length == 3
                            && parts[0].equals(OURS)
                            && ID.matcher(parts[1]).matches()
                    ? Optional.of(new Mark(parts[1], parts[2]))
                    : Optional.empty();
        }

        private String name() {
            return OURS + ":" + id + ":" + token;
        }
    }

    /** What is there, looked at once. */
    private record Seen(List<Network> networks, List<Subnet> subnets, List<Port> ports) {
        private List<Network> of(NetworkId id) {
            return networks.stream()
                    .filter(one -> isOf(one.getName(), id.value()))
                    .toList();
        }

        /** Its first one of IPv4; somebody may have given it others. */
        private Optional<Subnet> subnet(Network network) {
            return subnets.stream()
                    .filter(one -> one.getCidr().indexOf(':') < 0)
                    .filter(one -> one.getNetworkId().equals(network.getId()))
                    .findFirst();
        }

        private List<Port> ports(Network network) {
            return ports.stream()
                    .filter(one -> one.getNetworkId().equals(network.getId()))
                    .filter(one -> isOurs(one.getName(), NicId.PREFIX))
                    .toList();
        }
    }

    private static boolean isOurs(String name, String prefix) {
        return Mark.of(name).filter(mark -> mark.id().startsWith(prefix + "_")).isPresent();
    }

    private static boolean isOf(String name, String id) {
        return Mark.of(name).filter(mark -> mark.id().equals(id)).isPresent();
    }

    private Seen look() {
        String here = region.get();
        List<Network> networks =
                new ArrayList<>(api().getNetworkApi(here).list().concat().toList());
        if (networks.isEmpty() && api().getExtensionApi(here).list().isEmpty()) {
            // the provider takes "not found" for an empty list
            throw new DriverException(Kind.UNAVAILABLE, "The cloud shows neither networks nor extensions of Neutron.");
        }
        networks.removeIf(one -> !isOurs(one.getName(), NetworkId.PREFIX));
        networks.sort(Comparator.comparing(Network::getId));
        List<Subnet> subnets =
                new ArrayList<>(api().getSubnetApi(here).list().concat().toList());
        subnets.sort(Comparator.comparing(Subnet::getId));
        List<Port> ports =
                new ArrayList<>(api().getPortApi(here).list().concat().toList());
        ports.sort(Comparator.comparing(Port::getId));
        return new Seen(networks, subnets, ports);
    }

    /** Runs a change while no other of this network is under way in this process. */
    <T> T alone(NetworkId network, Callable<T> change) throws Exception {
        ReentrantLock lock = locks.get(Math.floorMod(network.hashCode(), locks.size()));
        lock.lockInterruptibly();
        try {
            return change.call();
        } finally {
            lock.unlock();
        }
    }

    void ensure(String token, NetworkSpec wanted) {
        String here = region.get();
        Seen seen = look();
        List<Network> there = seen.of(wanted.network());
        for (Network other : there.subList(Math.min(1, there.size()), there.size())) {
            if (seen.ports(other).isEmpty()) {
                api().getNetworkApi(here).delete(other.getId());
            }
        }
        String name = new Mark(wanted.network().value(), token).name();
        Network network = there.isEmpty()
                ? api().getNetworkApi(here)
                        .create(Network.createBuilder(name).adminStateUp(true).build())
                : there.get(0);
        Optional<Subnet> subnet = seen.subnet(network);
        String cidr = wanted.cidr().toString();
        if (subnet.isPresent() && !subnet.orElseThrow().getCidr().equals(cidr)) {
            api().getSubnetApi(here).delete(subnet.orElseThrow().getId());
            subnet = Optional.empty();
        }
        if (subnet.isEmpty()) {
            long last = wanted.cidr().lastServer();
            long first = last - Math.min(KEPT, wanted.cidr().size() / 4) + 1;
            api().getSubnetApi(here)
                    .create(Subnet.createBuilder(network.getId(), cidr)
                            .name(network.getName())
                            .ipVersion(4)
                            .enableDhcp(true)
                            .allocationPools(List.of(AllocationPool.builder()
                                    .start(Cidr.text(first))
                                    .end(Cidr.text(last))
                                    .build()))
                            .build());
        }
    }

    PortBinding ensure(String token, PortSpec wanted) {
        Seen seen = look();
        Network network = seen.of(wanted.network()).stream()
                .findFirst()
                .orElseThrow(
                        () -> new DriverException(Kind.NOT_FOUND, "There is no network " + wanted.network() + "."));
        Subnet subnet = seen.subnet(network)
                .orElseThrow(() ->
                        new DriverException(Kind.NOT_FOUND, "Network " + wanted.network() + " has no subnet yet."));
        if (!Cidr.of(subnet.getCidr()).contains(wanted.address())) {
            throw new DriverException(
                    Kind.INVALID,
                    Cidr.text(wanted.address()) + " is not in " + subnet.getCidr() + ", the network's subnet.");
        }
        List<Port> there = seen.ports(network).stream()
                .filter(port -> isOf(port.getName(), wanted.port().value()))
                .toList();
        for (Port other : there.subList(Math.min(1, there.size()), there.size())) {
            api().getPortApi(region.get()).delete(other.getId());
        }
        if (there.isEmpty()) {
            return binding(make(new Mark(wanted.port().value(), token), network, subnet, wanted));
        }
        return binding(brought(there.get(0), seen, network, subnet, wanted));
    }

    /** An address is changed in place. A MAC only the cloud's owner may change, so the port is made anew, when it can be. */
    private Port brought(Port port, Seen seen, Network network, Subnet subnet, PortSpec wanted) {
        boolean sameMac = wanted.mac().value().equalsIgnoreCase(port.getMacAddress());
        if (sameMac && address(port) == wanted.address()) {
            return port;
        }
        for (Port other : seen.ports()) {
            if (other.getNetworkId().equals(network.getId())
                    && !other.getId().equals(port.getId())
                    && (address(other) == wanted.address()
                            || wanted.mac().value().equalsIgnoreCase(other.getMacAddress()))) {
                throw new DriverException(
                        Kind.CONFLICT,
                        "Another port of the network has " + Cidr.text(wanted.address()) + " or " + wanted.mac() + ".");
            }
        }
        if (sameMac) {
            return api().getPortApi(region.get())
                    .update(
                            port.getId(),
                            Port.updateBuilder().fixedIps(ips(subnet, wanted)).build());
        }
        Mark mark = Mark.of(port.getName()).orElseThrow();
        api().getPortApi(region.get()).delete(port.getId());
        return make(mark, network, subnet, wanted);
    }

    private Port make(Mark mark, Network network, Subnet subnet, PortSpec wanted) {
        Port.CreateBuilder port = Port.createBuilder(network.getId())
                .name(mark.name())
                .adminStateUp(true)
                .macAddress(wanted.mac().value())
                .fixedIps(ips(subnet, wanted));
        if (!settings.securityGroups().isEmpty()) {
            port.securityGroups(ImmutableSet.copyOf(settings.securityGroups()));
        }
        return api().getPortApi(region.get()).create(port.build());
    }

    private static ImmutableSet<IP> ips(Subnet subnet, PortSpec wanted) {
        return ImmutableSet.of(IP.builder()
                .subnetId(subnet.getId())
                .ipAddress(Cidr.text(wanted.address()))
                .build());
    }

    private static PortBinding binding(Port port) {
        return new PortBinding(BINDING, Map.of(PORT, port.getId()));
    }

    /** Its first address, or -1. */
    private static long address(Port port) {
        return port.getFixedIps() == null
                ? -1
                : port.getFixedIps().stream()
                        .map(IP::getIpAddress)
                        .filter(text -> text.indexOf(':') < 0)
                        .findFirst()
                        .map(Cidr::address)
                        .orElse(-1L);
    }

    void remove(NetworkId network, NicId nic) {
        Seen seen = look();
        for (Network one : seen.of(network)) {
            for (Port port : seen.ports(one)) {
                if (isOf(port.getName(), nic.value())) {
                    api().getPortApi(region.get()).delete(port.getId());
                }
            }
        }
    }

    void remove(NetworkId network) {
        Seen seen = look();
        List<Network> there = seen.of(network);
        if (there.stream().anyMatch(one -> !seen.ports(one).isEmpty())) {
            throw new DriverException(Kind.CONFLICT, "Network " + network + " has ports; remove these first.");
        }
        for (Network one : there) {
            api().getNetworkApi(region.get()).delete(one.getId());
        }
    }

    /** One that has no subnet yet is not made yet. */
    List<SeenNetwork> list() {
        Seen seen = look();
        Map<String, SeenNetwork> found = new LinkedHashMap<>();
        for (Network network : seen.networks()) {
            Mark mark = Mark.of(network.getName()).orElseThrow();
            seen.subnet(network)
                    .ifPresent(subnet -> found.putIfAbsent(
                            mark.id(),
                            new SeenNetwork(
                                    new NetworkId(mark.id()),
                                    mark.token(),
                                    Cidr.of(subnet.getCidr()),
                                    ports(seen.ports(network)))));
        }
        return List.copyOf(found.values());
    }

    private static List<SeenPort> ports(List<Port> ports) {
        Map<String, SeenPort> found = new LinkedHashMap<>();
        Function<Port, Mark> mark = port -> Mark.of(port.getName()).orElseThrow();
        for (Port port : ports) {
            found.putIfAbsent(
                    mark.apply(port).id(),
                    new SeenPort(
                            new NicId(mark.apply(port).id()),
                            mark.apply(port).token(),
                            port.getMacAddress(),
                            address(port),
                            port.getStatus() == NetworkStatus.ACTIVE));
        }
        return List.copyOf(found.values());
    }

    @Override
    public void close() {
        context.made().ifPresent(NovaCloud::end);
    }
}
