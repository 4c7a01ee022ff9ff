// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Gate.Outcome.Allowed;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.api.server.MoveBatchPlan.MoveReason;
import org.isthmus.api.server.MoveBatchPlan.PlannedDisk;
import org.isthmus.api.server.MoveBatchPlan.PlannedMove;
import org.isthmus.api.server.MoveBatchPlan.PlannedNic;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Policies;
import org.isthmus.core.Things;
import org.isthmus.core.image.Destinations;
import org.isthmus.core.location.Endpoint;
import org.isthmus.core.network.Network;
import org.isthmus.core.network.Port;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.ComputeDriver;

/**
 * What moves would come to, and all that is in the way of each: where the gate stops at the first, this goes on looking. What it
 * says of a thing, it says only where that is in the caller's reach. Of one request; used by one thread.
 */
final class MovePreview {
    private final Ids ids;
    private final Workbench bench;
    private final Destinations destinations;
    private final Reach reach;
    private final Map<LocationId, List<String>> formats = new HashMap<>();
    private final Map<Ref, DepartmentId> departments = new HashMap<>();

    MovePreview(Ids ids, Workbench bench, Destinations destinations, Reach reach) {
        this.ids = ids;
        this.bench = bench;
        this.destinations = destinations;
        this.reach = reach;
    }

    /** What was found in the way, once each, in order. */
    private static final class Reasons {
        private final Map<String, MoveReason> all = new LinkedHashMap<>();

        private void add(ProblemException e) {
            if (e.errors().isEmpty()) {
                add(e, e.getMessage());
            } else {
                e.errors().forEach(error -> add(e, error.detail()));
            }
        }

        private void add(ProblemException e, String detail) {
            all.putIfAbsent(detail, new MoveReason(e.type().slug(), detail));
        }

        private <T> Optional<T> looking(Supplier<T> at) {
            try {
                return Optional.of(at.get());
            } catch (ProblemException e) {
                add(e);
                return Optional.empty();
            }
        }

        private void addAll(Reasons others) {
            others.all.forEach(all::putIfAbsent);
        }

        private void check(Runnable what) {
            looking(() -> {
                what.run();
                return true;
            });
        }

        private List<MoveReason> list() {
            return List.copyOf(all.values());
        }
    }

    /** How a problem reads among reasons. */
    static List<MoveReason> reasons(ProblemException e) {
        Reasons reasons = new Reasons();
        reasons.add(e);
        return reasons.list();
    }

    /** The department of a server that was looked at, which is the new one's, too. */
    Optional<DepartmentId> department(Ref server) {
        return Optional.ofNullable(departments.get(server));
    }

    private record Source(Server server, List<Port> ports, List<Disk> disks) {}

    /**
     * Of one server.
     *
     * @param gate asks the gate for the same move, without effect
     */
    PlannedMove of(MoveServer wish, Supplier<Allowed<ServerView>> gate) {
        Reasons reasons = new Reasons();
        Optional<Source> source = reasons.looking(() -> source(wish));
        if (source.isEmpty()) {
            // the gate says the same, and writes it down
            reasons.looking(gate);
            return new PlannedMove(
                    wish.server(),
                    wish.location(),
                    wish.name(),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    0,
                    Optional.empty(),
                    List.of(),
                    reasons.list());
        }
        Source found = source.get();
        found.server().department().ifPresent(home -> departments.put(wish.server(), home));
        reasons.check(() -> ServerCapture.require(found.server(), MovePlan.source(wish)));
        reasons.check(() -> ServerCapture.requireAbilities(bench, found.server()));
        reasons.check(() -> requireFreeNames(wish));
        Optional<LocationView> location =
                reasons.looking(() -> read(() -> bench.locations().must(wish.location())));
        location.ifPresent(there -> {
            reasons.check(() -> read(() -> destinations.of(there, ids.image())));
            against(found.server(), there)
                    .forEach(violation -> reasons.add(Problem.AGAINST_POLICY
                            .because("%s", violation.detail())
                            .with(List.of(violation.error()))));
        });
        List<PlannedNic> nics = nics(wish, found, location, reasons);
        Optional<Allowed<ServerView>> allowed = reasons.looking(gate);
        List<String> made = location.map(this::formats).orElse(List.of());
        return new PlannedMove(
                wish.server(),
                wish.location(),
                wish.name(),
                Optional.of(found.server().flavor()),
                found.disks().stream()
                        .map(disk -> new PlannedDisk(disk.sizeGiB(), made))
                        .toList(),
                nics,
                found.disks().stream().mapToLong(Disk::bytes).sum(),
                allowed.map(Allowed::estimate),
                allowed.map(Allowed::approval).orElse(List.of()),
                reasons.list());
    }

    private <T> T read(Supplier<T> what) {
        return bench.tx().read(what::get);
    }

    private Source source(MoveServer wish) {
        bench.things().require(reach, Things.Kind.SERVER, wish.server());
        return read(() -> {
            Server server = bench.servers().must(reach.organization().id(), wish.server());
            return new Source(
                    server, bench.ports().of(server.id()), bench.parts().disks(server.id()));
        });
    }

    private void requireFreeNames(MoveServer wish) {
        read(() -> {
            if (bench.servers().nameTaken(reach.organization().id(), wish.name())) {
                throw ServerStore.taken(wish.name());
            }
            destinations.requireFree(reach.organization().id(), MovePlan.imageName(wish));
            return true;
        });
    }

    private List<Violation> against(Server server, LocationView location) {
        List<Violation> all = new ArrayList<>(Policies.locations(reach.organization(), List.of(location)));
        Map<String, String> tags = read(() -> bench.servers().tags(List.of(server.id())))
                .getOrDefault(server.id().value(), Map.of());
        all.addAll(Policies.tags(reach.organization(), tags));
        return all;
    }

    private List<PlannedNic> nics(MoveServer wish, Source found, Optional<LocationView> location, Reasons reasons) {
        if (found.ports().size() != wish.networks().size()) {
            reasons.check(() -> {
                throw MovePlan.wrongNetworks(found.ports().size());
            });
        }
        List<PlannedNic> nics = new ArrayList<>();
        for (int i = 0; i < Math.min(found.ports().size(), wish.networks().size()); i++) {
            Port port = found.ports().get(i);
            Ref named = wish.networks().get(i);
            String pointer = "/nics/" + i + "/address";
            Optional<Network> network = reasons.looking(() -> network(named));
            Reasons mac = new Reasons();
            Reasons address = new Reasons();
            network.ifPresent(there -> {
                reasons.check(() -> DeployPlan.requireActive(there));
                location.ifPresent(at -> reasons.check(() -> requireThere(there, at)));
                if (wish.keepMac()) {
                    mac.check(() -> read(() -> free(there, Optional.empty(), Optional.of(port.mac()))));
                }
                if (wish.keepAddress()) {
                    address.check(() -> requireKeepable(there, port, pointer));
                }
            });
            reasons.addAll(mac);
            reasons.addAll(address);
            nics.add(nic(wish, port, named, mac, address));
        }
        return nics;
    }

    private static PlannedNic nic(MoveServer wish, Port port, Ref network, Reasons mac, Reasons address) {
        List<String> notes = new ArrayList<>();
        if (!wish.keepMac()) {
            notes.add("A new MAC address: keepMac is false.");
        }
        if (!wish.keepAddress()) {
            notes.add("A free address of the network: keepAddress is false.");
        }
        notes.addAll(mac.all.keySet());
        notes.addAll(address.all.keySet());
        return new PlannedNic(
                network,
                wish.keepMac() && mac.all.isEmpty() ? Optional.of(port.mac()) : Optional.empty(),
                wish.keepAddress() && address.all.isEmpty() ? Optional.of(Cidr.text(port.address())) : Optional.empty(),
                notes);
    }

    private Network network(Ref named) {
        bench.things().require(reach, Things.Kind.NETWORK, named);
        return read(() -> bench.networks().must(reach.organization().id(), named));
    }

    private void requireKeepable(Network network, Port port, String pointer) {
        DeployPlan.requireWithin(network, new WishedNic(Ref.of(network.id()), Optional.of(port.address())), pointer);
        read(() -> free(network, Optional.of(port.address()), Optional.empty()));
    }

    private boolean free(Network network, Optional<Long> address, Optional<MacAddress> mac) {
        bench.ports().requireFree(network, address, mac);
        return true;
    }

    /** In the words of the gate, so that it is told once. */
    private void requireThere(Network network, LocationView wished) {
        LocationView is = read(() -> bench.locations().must(Ref.of(network.location())));
        if (!is.id().equals(wished.id())) {
            throw DeployPlan.elsewhere(network, is);
        }
    }

    /** What disks are made into for each endpoint of a location: what it takes first. */
    private List<String> formats(LocationView location) {
        return formats.computeIfAbsent(
                location.id(), id -> read(() -> bench.endpoints().compute(id)).stream()
                        .flatMap(endpoint -> first(endpoint).stream())
                        .distinct()
                        .toList());
    }

    private Optional<String> first(Endpoint endpoint) {
        try {
            return bench.drivers().compute(endpoint.id(), ComputeDriver::formats).stream()
                    .findFirst()
                    .map(Enum::name);
        } catch (DriverAway | DriverException | ProblemException e) {
            return Optional.empty();
        }
    }
}
