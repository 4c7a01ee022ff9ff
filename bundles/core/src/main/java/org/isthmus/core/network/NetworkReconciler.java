// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.isthmus.api.Subject;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.core.Moment;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.NetworkDriver.SeenNetwork;
import org.isthmus.spi.network.NetworkDriver.SeenPort;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares the networks an endpoint shows with the records, and reports what differs. Repairs and deletes nothing. */
public final class NetworkReconciler {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkReconciler.class);
    private static final int MOST_REMEMBERED = 100_000;
    private static final int MOST_NAMED = 5;

    private final Tx tx;
    private final NetworkStore networks;
    private final PortStore ports;
    private final Drivers drivers;
    private final Leases leases;
    private final Function<OrganizationId, Moment> moments;
    /** Strangers told of already, so that each is told once while this controller runs. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    /**
     * A reconciler.
     *
     * @param moments the present moment, in an organization
     */
    public NetworkReconciler(
            Tx tx,
            NetworkStore networks,
            PortStore ports,
            Drivers drivers,
            Leases leases,
            Function<OrganizationId, Moment> moments) {
        this.tx = tx;
        this.networks = networks;
        this.ports = ports;
        this.drivers = drivers;
        this.leases = leases;
        this.moments = moments;
    }

    /** What the records say at one moment. */
    private record Records(Map<NetworkId, Network> networks, Map<NicId, Port> ports, Set<NicId> settled) {}

    /**
     * Compares one endpoint. Away or unavailable, it says nothing, and nothing is concluded from it.
     *
     * @param lease of the one controller that does this; checked with every write
     * @param platform whose events the endpoint's are
     */
    public void reconcile(EndpointId endpoint, Leases.Lease lease, OrganizationId platform) {
        Records before = records(endpoint);
        List<SeenNetwork> seen;
        try {
            seen = drivers.network(endpoint, NetworkDriver::list);
        } catch (DriverAway | DriverException e) {
            LOG.debug("The networks of endpoint {} are not compared just now: {}", endpoint, e.getMessage());
            return;
        }
        Records after = records(endpoint);
        Map<NetworkId, SeenNetwork> byId = new HashMap<>();
        seen.forEach(each -> byId.put(each.network(), each));
        for (Network network : after.networks().values()) {
            // what changed while the list was read is compared the next time
            if (network.state() == NetworkState.ACTIVE
                    && network.operation().isEmpty()
                    && network.equals(before.networks().get(network.id()))) {
                Optional<String> drift = drift(network, Optional.ofNullable(byId.get(network.id())), before, after);
                if (!drift.equals(network.drift())) {
                    keep(network, drift, lease);
                }
            }
        }
        seen.stream()
                .filter(each -> !before.networks().containsKey(each.network())
                        && !after.networks().containsKey(each.network()))
                .forEach(each -> stranger(endpoint, each, lease, platform));
    }

    private Records records(EndpointId endpoint) {
        return tx.read(() -> new Records(
                networks.of(endpoint).stream().collect(Collectors.toMap(Network::id, Function.identity())),
                ports.of(endpoint).stream().collect(Collectors.toMap(Port::id, Function.identity())),
                ports.settled(endpoint)));
    }

    private static Optional<String> drift(Network network, Optional<SeenNetwork> found, Records before, Records after) {
        if (found.isEmpty()) {
            return Optional.of("It is missing below.");
        }
        SeenNetwork seen = found.get();
        List<String> drift = new ArrayList<>();
        if (!seen.cidr().equals(network.cidr())) {
            drift.add("Its subnet below is " + seen.cidr() + ".");
        }
        Map<NicId, SeenPort> there = new HashMap<>();
        seen.ports().forEach(port -> there.put(port.port(), port));
        List<NicId> missing = new ArrayList<>();
        List<NicId> changed = new ArrayList<>();
        for (Port port : after.ports().values()) {
            boolean settled = port.network().equals(network.id())
                    && after.settled().contains(port.id())
                    && before.settled().contains(port.id());
            if (!settled) {
                continue;
            }
            SeenPort is = there.get(port.id());
            if (is == null) {
                missing.add(port.id());
            } else if (is.address() != port.address()
                    || !is.mac().equals(port.mac().value())) {
                changed.add(port.id());
            }
        }
        Set<NicId> extra = new HashSet<>(there.keySet());
        extra.removeAll(before.ports().keySet());
        extra.removeAll(after.ports().keySet());
        named("Ports are missing below:", missing).ifPresent(drift::add);
        named("Ports have another address below:", changed).ifPresent(drift::add);
        named("There are unknown ports below:", List.copyOf(extra)).ifPresent(drift::add);
        return drift.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", drift));
    }

    private static Optional<String> named(String what, List<NicId> ports) {
        if (ports.isEmpty()) {
            return Optional.empty();
        }
        String first =
                ports.stream().map(NicId::value).sorted().limit(MOST_NAMED).collect(Collectors.joining(", "));
        return Optional.of(what + " " + first
                + (ports.size() > MOST_NAMED ? " and " + (ports.size() - MOST_NAMED) + " more." : "."));
    }

    private void keep(Network looked, Optional<String> drift, Leases.Lease lease) {
        tx.retrying(() -> {
            leases.fence(lease);
            if (networks.drift(looked, drift)) {
                moments.apply(looked.organization())
                        .event(
                                drift.isPresent() ? "network.drifted" : "network.drift-ended",
                                looked.subject(),
                                Map.of("name", looked.name().value(), "drift", drift.orElse("")));
            }
            return null;
        });
    }

    private void stranger(EndpointId endpoint, SeenNetwork seen, Leases.Lease lease, OrganizationId platform) {
        if (told.size() > MOST_REMEMBERED) {
            told.clear();
        }
        if (!told.add(endpoint + " " + seen.network())) {
            return;
        }
        tx.retrying(() -> {
            leases.fence(lease);
            moments.apply(platform)
                    .event(
                            "endpoint.unknown-network",
                            Subject.of("endpoint", endpoint),
                            Map.of(
                                    "network",
                                    seen.network().value(),
                                    "cidr",
                                    seen.cidr().toString()));
            return null;
        });
    }
}
