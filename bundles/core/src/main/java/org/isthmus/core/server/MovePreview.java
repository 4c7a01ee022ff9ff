// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.server.MoveBatchPlan;
import org.isthmus.api.server.MoveBatchPlan.MoveReason;
import org.isthmus.api.server.MoveBatchPlan.PlannedDisk;
import org.isthmus.api.server.MoveBatchPlan.PlannedMove;
import org.isthmus.api.server.MoveBatchPlan.PlannedNic;
import org.isthmus.api.server.MoveBatches.MoveServers;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Covered;
import org.isthmus.core.Policies;
import org.isthmus.core.Things;
import org.isthmus.core.approval.CoreApprovals;
import org.isthmus.core.image.Destinations;
import org.isthmus.core.image.Destinations.Destination;
import org.isthmus.core.limit.Limits;
import org.isthmus.core.limit.Room;
import org.isthmus.core.location.Endpoint;
import org.isthmus.core.network.Network;
import org.isthmus.core.network.Port;
import org.isthmus.core.network.PortStore;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.LocationId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.ComputeDriver;

/**
 * What moves would come to, and all that is in the way of each: by the rules by which the gate judges one move, but where the
 * gate stops at the first thing in the way, this goes on looking. What is the same for several is read once, and what each has
 * of its own in a few queries for all. What it says of a thing, it says only where that is in the caller's reach. Of one
 * request; used by one thread.
 */
final class MovePreview {
    /** What it judges by. */
    record Rules(Ids ids, Swaps swaps, Workbench bench, Destinations destinations, PriceBook prices, Limits limits) {}

    private final Rules rules;
    private final Workbench bench;
    private final Caller caller;
    private final Reach reach;
    private final OrganizationId organization;
    private final Instant now;
    private final List<MoveServer> wishes;
    private final Sources sources;

    private final Once<Ref, LocationView> locations = new Once<>(this::location);
    private final Once<LocationView, Destination> destinations = new Once<>(this::destination);
    private final Once<Ref, Network> networks = new Once<>(this::network);
    private final Once<Network, Taken> taken = new Once<>(this::taken);
    private final Once<Able, Boolean> abilities = new Once<>(this::able);
    private final Once<Optional<DepartmentId>, Room> rooms = new Once<>(this::room);
    private final Map<LocationId, List<String>> formats = new HashMap<>();

    MovePreview(Rules rules, Caller caller, Reach reach, Instant now, List<MoveServer> wishes) {
        this.rules = rules;
        this.bench = rules.bench();
        this.caller = caller;
        this.reach = reach;
        this.organization = reach.organization().id();
        this.now = now;
        this.wishes = wishes;
        this.sources = read(this::sources);
    }

    /** What was looked at, or the problem with it: found out once, and told to all who ask. */
    private static final class Once<K, V> {
        private final Function<K, V> look;
        private final Map<K, Supplier<V>> known = new HashMap<>();

        Once(Function<K, V> look) {
            this.look = look;
        }

        V get(K key) {
            return known.computeIfAbsent(key, this::look).get();
        }

        private Supplier<V> look(K key) {
            try {
                V found = look.apply(key);
                return () -> found;
            } catch (ProblemException e) {
                return () -> {
                    throw e;
                };
            }
        }
    }

    /**
     * All that the moves have of their own.
     *
     * @param things as grants see them; empty for a caller whose right reaches everything
     * @param serverNames those of the wished ones that are taken
     */
    private record Sources(
            Map<Ref, Server> servers,
            Map<ServerId, List<Port>> ports,
            Map<ServerId, List<Disk>> disks,
            Map<String, Map<String, String>> tags,
            Map<Subject, Resource> things,
            Set<Name> serverNames,
            Set<Name> imageNames) {}

    private Sources sources() {
        Map<Ref, Server> servers = bench.servers()
                .named(organization, wishes.stream().map(MoveServer::server).toList());
        Set<ServerId> ids = servers.values().stream().map(Server::id).collect(Collectors.toSet());
        return new Sources(
                servers,
                bench.ports().shown(ids),
                bench.parts().disks(ids),
                bench.servers().tags(ids),
                reach.everything() ? Map.of() : MovePlan.things(bench, organization, wishes),
                bench.servers()
                        .taken(
                                organization,
                                wishes.stream().map(MoveServer::name).toList()),
                rules.destinations()
                        .taken(
                                organization,
                                wishes.stream().map(MovePlan::imageName).toList()));
    }

    /** What of a network is somebody's already, of what would be kept on it. */
    private record Taken(Set<Long> addresses, Set<MacAddress> macs) {}

    /** An endpoint that is to read out a server that runs, or does not. */
    private record Able(EndpointId endpoint, boolean running) {}

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

        private void forget(List<MoveReason> told) {
            told.forEach(each -> all.remove(each.detail(), each));
        }

        private List<MoveReason> list() {
            return List.copyOf(all.values());
        }
    }

    /**
     * Of all of them.
     *
     * @throws ProblemException NOT_FOUND or FORBIDDEN for who may not move a single one
     */
    MoveBatchPlan of(MoveServers batch, Runnable nameIsFree) {
        List<PlannedMove> moves = wishes.stream().map(this::of).toList();
        refuse(moves);
        Estimate sum = sum(moves);
        Reasons reasons = new Reasons();
        reasons.check(nameIsFree);
        reasons.check(() -> requireDistinct(moves));
        reasons.check(() -> rooms.get(Optional.empty()).requireCost(sum));
        moves.stream()
                .filter(move -> department(move).isPresent())
                .collect(Collectors.groupingBy(this::department))
                .forEach((department, some) ->
                        reasons.check(() -> rooms.get(department).requireCost(sum(some))));
        // what one alone hears already is no news of all
        moves.forEach(move -> reasons.forget(move.reasons()));
        return new MoveBatchPlan(
                reasons.list().isEmpty()
                        && moves.stream().allMatch(move -> move.reasons().isEmpty()),
                sum,
                moves.stream().mapToLong(PlannedMove::bytes).sum(),
                reasons.list(),
                moves);
    }

    private static void refuse(List<PlannedMove> moves) {
        if (moves.stream()
                .allMatch(one -> one.flavor().isEmpty() || lacking(one).isPresent())) {
            PlannedMove first = moves.get(0);
            throw lacking(first)
                    .map(reason -> Problem.FORBIDDEN.because("%s", reason.detail()))
                    .orElseGet(() -> ServerStore.absent(first.server()));
        }
    }

    private static Optional<MoveReason> lacking(PlannedMove move) {
        return move.reasons().stream()
                .filter(reason -> reason.problem().equals(Problem.FORBIDDEN.slug()))
                .findFirst();
    }

    private static Estimate sum(List<PlannedMove> moves) {
        List<Estimate> all =
                moves.stream().flatMap(one -> one.estimate().stream()).toList();
        return all.isEmpty()
                ? Estimate.FREE
                : Estimate.of(
                        all.get(0).hourly().currency(),
                        all.stream().flatMap(each -> each.items().stream()).toList());
    }

    private Optional<DepartmentId> department(PlannedMove move) {
        return Optional.ofNullable(sources.servers().get(move.server())).flatMap(Server::department);
    }

    /** Of those that are told of at all: what is out of reach has no two names. */
    private void requireDistinct(List<PlannedMove> moves) {
        Set<ServerId> seen = new HashSet<>();
        for (int i = 0; i < moves.size(); i++) {
            Ref named = moves.get(i).server();
            if (moves.get(i).flavor().isPresent()
                    && !seen.add(sources.servers().get(named).id())) {
                throw MoveServers.twice(i, named);
            }
        }
    }

    private PlannedMove of(MoveServer wish) {
        Reasons reasons = new Reasons();
        Optional<Server> source = reasons.looking(() -> source(wish));
        if (source.isEmpty()) {
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
        Server server = source.get();
        List<Port> ports = sources.ports().get(server.id());
        List<Disk> disks = sources.disks().get(server.id());
        reasons.check(() -> ServerCapture.require(server, MovePlan.source(wish)));
        server.place()
                .map(place -> new Able(place.endpoint(), server.state() == ServerState.RUNNING))
                .ifPresent(able -> reasons.check(() -> abilities.get(able)));
        reasons.check(() -> requireFreeNames(wish));
        Optional<LocationView> location = reasons.looking(() -> locations.get(wish.location()));
        location.ifPresent(there -> {
            reasons.check(() -> destinations.get(there));
            against(server, there)
                    .forEach(violation -> reasons.add(Problem.AGAINST_POLICY
                            .because("%s", violation.detail())
                            .with(List.of(violation.error()))));
        });
        List<PlannedNic> nics = nics(wish, ports, location, reasons);
        reasons.check(() ->
                requireCovered(wish, reach.everything() ? Stream.empty() : MovePlan.touches(wish, sources.things())));
        Estimate estimate =
                rules.prices().estimate(organization, Charges.running(server.flavor(), Charges.diskGiB(disks)));
        reasons.check(() -> rooms.get(server.department()).requireFor(estimate));
        boolean clear = reasons.list().isEmpty();
        List<String> made = location.map(this::formats).orElse(List.of());
        return new PlannedMove(
                wish.server(),
                wish.location(),
                wish.name(),
                Optional.of(server.flavor()),
                disks.stream()
                        .map(disk -> new PlannedDisk(disk.sizeGiB(), made))
                        .toList(),
                nics,
                disks.stream().mapToLong(Disk::bytes).sum(),
                clear ? Optional.of(estimate) : Optional.empty(),
                clear && caller.user().isPresent()
                        ? CoreApprovals.dear(reach.organization(), estimate).stream()
                                .toList()
                        : List.of(),
                reasons.list());
    }

    private <T> T read(Supplier<T> what) {
        return bench.tx().read(what::get);
    }

    private Server source(MoveServer wish) {
        Server server = Optional.ofNullable(sources.servers().get(wish.server()))
                .orElseThrow(() -> ServerStore.absent(wish.server()));
        requireCovered(wish, thing(wish.about()));
        return server;
    }

    /** One that came in this moment is not there for this plan. */
    private Stream<Resource> thing(Subject named) {
        if (reach.everything()) {
            return Stream.empty();
        }
        return Stream.of(Optional.ofNullable(sources.things().get(named))
                .orElseThrow(() -> Things.absent(named.kind(), named.id())));
    }

    private void requireCovered(MoveServer wish, Stream<Resource> things) {
        List<Resource> all = things.toList();
        if (!all.isEmpty()) {
            rules.swaps().access().call(access -> {
                Covered.require(access, caller, wish, reach, all);
                return true;
            });
        }
    }

    private boolean able(Able wanted) {
        ServerCapture.requireAbilities(bench, wanted.endpoint(), wanted.running());
        return true;
    }

    private LocationView location(Ref named) {
        return read(() -> bench.locations().must(named));
    }

    private Destination destination(LocationView there) {
        return read(() -> rules.destinations().of(there, rules.ids().image()));
    }

    private Network network(Ref named) {
        return read(() -> bench.networks().must(organization, named));
    }

    private Room room(Optional<DepartmentId> of) {
        List<DepartmentId> payers = rules.swaps().access().call(access -> {
            Set<DepartmentId> all = new LinkedHashSet<>(access.departments(caller));
            of.ifPresent(home -> all.addAll(access.departments(organization, Ref.of(home))));
            return List.copyOf(all);
        });
        return rules.limits().room(caller, reach.organization(), payers, now);
    }

    private void requireFreeNames(MoveServer wish) {
        if (sources.serverNames().contains(wish.name())) {
            throw ServerStore.taken(wish.name());
        }
        Name image = MovePlan.imageName(wish);
        if (sources.imageNames().contains(image)) {
            throw Destinations.taken(image);
        }
    }

    private List<Violation> against(Server server, LocationView location) {
        List<Violation> all = new ArrayList<>(Policies.locations(reach.organization(), List.of(location)));
        all.addAll(Policies.tags(
                reach.organization(), sources.tags().get(server.id().value())));
        return all;
    }

    private List<PlannedNic> nics(MoveServer wish, List<Port> ports, Optional<LocationView> location, Reasons reasons) {
        if (ports.size() != wish.networks().size()) {
            reasons.check(() -> {
                throw MovePlan.wrongNetworks(ports.size());
            });
        }
        List<PlannedNic> nics = new ArrayList<>();
        for (int i = 0; i < Math.min(ports.size(), wish.networks().size()); i++) {
            Port port = ports.get(i);
            Ref named = wish.networks().get(i);
            String pointer = "/nics/" + i + "/address";
            Optional<Network> network = reasons.looking(() -> {
                requireCovered(wish, thing(Subject.of("network", named)));
                return networks.get(named);
            });
            Reasons mac = new Reasons();
            Reasons address = new Reasons();
            network.ifPresent(there -> {
                reasons.check(() -> DeployPlan.requireActive(there));
                location.ifPresent(at -> reasons.check(() -> requireThere(there, at)));
                if (wish.keepMac()) {
                    mac.check(() -> requireFree(there, port.mac()));
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

    private void requireKeepable(Network network, Port port, String pointer) {
        DeployPlan.requireWithin(network, new WishedNic(Ref.of(network.id()), Optional.of(port.address())), pointer);
        if (taken.get(network).addresses().contains(port.address())) {
            throw PortStore.taken(network, port.address());
        }
    }

    private void requireFree(Network network, MacAddress mac) {
        if (taken.get(network).macs().contains(mac)) {
            throw PortStore.taken(network, mac);
        }
    }

    private Taken taken(Network network) {
        NetworkId id = network.id();
        List<Port> coming = wishes.stream().flatMap(wish -> coming(wish, id)).toList();
        return read(() -> new Taken(
                bench.ports()
                        .addressesTaken(id, coming.stream().map(Port::address).toList()),
                bench.ports().macsTaken(id, coming.stream().map(Port::mac).toList())));
    }

    /** The interfaces that are to come to a network. */
    private Stream<Port> coming(MoveServer wish, NetworkId to) {
        Server server = sources.servers().get(wish.server());
        if (server == null) {
            return Stream.empty();
        }
        List<Port> ports = sources.ports().get(server.id());
        return IntStream.range(0, Math.min(ports.size(), wish.networks().size()))
                .filter(i -> leads(wish.networks().get(i), to))
                .mapToObj(ports::get);
    }

    private boolean leads(Ref named, NetworkId to) {
        try {
            return networks.get(named).id().equals(to);
        } catch (ProblemException e) {
            return false;
        }
    }

    /** In the words of the gate. */
    private void requireThere(Network network, LocationView wished) {
        LocationView is = locations.get(Ref.of(network.location()));
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
