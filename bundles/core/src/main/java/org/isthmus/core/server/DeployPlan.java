// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.lease.ServerLeases.LeaseView;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.Servers;
import org.isthmus.api.server.Servers.DeployServer;
import org.isthmus.api.server.Servers.Group;
import org.isthmus.api.server.Servers.GroupRule;
import org.isthmus.api.server.Servers.WishedNic;
import org.isthmus.core.Moment;
import org.isthmus.core.Policies;
import org.isthmus.core.Things;
import org.isthmus.core.Times;
import org.isthmus.core.image.CoreImages;
import org.isthmus.core.image.Image;
import org.isthmus.core.lease.LeaseBook;
import org.isthmus.core.network.Network;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.core.server.Server.Power;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.ServerId;

/** Plans a new server: everything that can be known beforehand is checked beforehand. */
final class DeployPlan {
    private static final long BYTES_IN_GIB = 1L << 30;
    private static final int MOST_HOST_TAG = 63;

    private final Ids ids;
    private final Workbench bench;
    private final CoreImages images;
    private final OperationBook operations;
    private final PriceBook prices;
    private final ServerViews views;
    private final LeaseBook leases;
    private final Swaps swaps;

    DeployPlan(
            Ids ids,
            Workbench bench,
            ServerAssembly.Neighbours near,
            OperationBook operations,
            PriceBook prices,
            ServerViews views,
            Swaps swaps) {
        this.ids = ids;
        this.bench = bench;
        this.images = near.images();
        this.leases = near.leaseBook();
        this.swaps = swaps;
        this.operations = operations;
        this.prices = prices;
        this.views = views;
    }

    /** What a wish names, found. */
    private record Found(LocationView location, List<Network> networks, Image image, List<Long> diskGiB) {}

    /**
     * An image that is made by the very operation that then makes the server.
     *
     * @param diskBytes the sizes that its disks will have
     * @param beginning begins that operation
     */
    record First(Image image, List<Long> diskBytes, Beginning beginning) {}

    /** Begins the operation that makes the server. */
    @FunctionalInterface
    interface Beginning {
        OperationId begin(Change change, Subject server);
    }

    Plan<ServerView> plan(Caller caller, OrganizationView organization, DeployServer wish) {
        return plan(caller, organization, wish, Optional.empty());
    }

    Plan<ServerView> plan(Caller caller, OrganizationView organization, DeployServer wish, Optional<First> first) {
        for (String tag : wish.placement().hostTags()) {
            if (tag.isEmpty() || tag.length() > MOST_HOST_TAG || tag.chars().anyMatch(Character::isISOControl)) {
                throw Problem.MALFORMED.at(
                        "/placement/hostTags", "A host tag has 1 to " + MOST_HOST_TAG + " printable characters.");
            }
        }
        Found found = bench.tx().read(() -> {
            requireOneRule(organization, wish);
            if (bench.servers().nameTaken(organization.id(), wish.name())) {
                throw ServerStore.taken(wish.name());
            }
            return find(organization, wish, first);
        });
        ServerId id = ids.server();
        List<Violation> violations = new ArrayList<>(Policies.locations(organization, List.of(found.location())));
        violations.addAll(Policies.tags(organization, wish.tags()));
        Optional<Plan<LeaseView>> lease =
                leases.making(caller, organization, id, made(caller, organization, wish), wish.lease());
        lease.ifPresent(plan -> violations.addAll(plan.violations()));
        long diskGiB = found.diskGiB().stream().mapToLong(Long::longValue).sum();
        return Plan.<ServerView>of(Subject.of("server", id), change -> {
                    ServerId made = apply(organization, wish, found, first, id, change);
                    lease.ifPresent(plan -> plan.effect().apply(change));
                    return views.of(bench.servers().must(made), false);
                })
                .costing(prices.estimate(organization.id(), Charges.running(wish.flavor(), diskGiB)))
                .violating(violations)
                .deploying();
    }

    /** The new server, and what it is made of: a right that does not reach all of these makes none. */
    List<Resource> touches(OrganizationView organization, DeployServer wish, Optional<DepartmentId> department) {
        List<Resource> found = bench.things().find(organization.id(), networks(wish));
        List<Resource> all = new ArrayList<>(found);
        all.addAll(bench.things().find(organization.id(), List.of(Subject.of("image", wish.image()))));
        all.add(made(wish, department, found));
        return all;
    }

    private static Resource made(DeployServer wish, Optional<DepartmentId> department, List<Resource> networks) {
        return Things.made(
                Things.Kind.SERVER, Ref.of(wish.name()), wish.tags(), department, networks.toArray(Resource[]::new));
    }

    private static List<Subject> networks(DeployServer wish) {
        return wish.nics().stream()
                .map(nic -> Subject.of("network", nic.network()))
                .distinct()
                .toList();
    }

    /** The server as grants will see it. */
    private Resource made(Caller caller, OrganizationView organization, DeployServer wish) {
        Optional<DepartmentId> home = swaps.access().call(access -> wish
                .department()
                .map(named -> access.departments(organization.id(), named))
                .orElseGet(
                        () -> caller.organization().equals(organization.id()) ? access.departments(caller) : List.of())
                .stream()
                .findFirst());
        return made(wish, home, bench.things().find(organization.id(), networks(wish)));
    }

    private void requireOneRule(OrganizationView organization, DeployServer wish) {
        wish.placement().group().ifPresent(group -> bench.servers()
                .rule(organization.id(), group.name())
                .filter(rule -> rule != group.rule())
                .ifPresent(rule -> {
                    throw Problem.CONFLICT.because("%s", twoRules(group, rule));
                }));
    }

    /** Why a server cannot be of a group that has another rule. */
    static String twoRules(Group group, GroupRule rule) {
        return "The servers of the group %s are to be %s; one that is to be %s needs a group of another name."
                .formatted(group.name(), rule, group.rule());
    }

    private Found find(OrganizationView organization, DeployServer wish, Optional<First> first) {
        List<Network> networks = new ArrayList<>();
        for (int i = 0; i < wish.nics().size(); i++) {
            WishedNic nic = wish.nics().get(i);
            Network network = bench.networks().must(organization.id(), nic.network());
            requireActive(network);
            requireWithin(network, nic, "/nics/" + i + "/address");
            networks.add(network);
        }
        LocationView location = location(wish, networks);
        if (!bench.endpoints().hasCompute(location.id())) {
            throw LocationProblem.ABILITY_MISSING.because(
                    "Location %s has no endpoint that runs servers; an operator links one.", location.name());
        }
        if (first.isPresent()) {
            return new Found(
                    location,
                    networks,
                    first.get().image(),
                    diskGiB(wish, first.get().diskBytes()));
        }
        Image image = images.ready(organization.id(), wish.image());
        images.requireAt(image, location.id());
        return new Found(location, networks, image, diskGiB(wish, images.disks(image.id())));
    }

    /** The image's disks as wished or, where nothing was wished, as they are; then the blank ones. */
    private static List<Long> diskGiB(DeployServer wish, List<Long> ofImage) {
        List<Long> sizes = new ArrayList<>(wish.diskGiB());
        for (int i = 0; i < ofImage.size(); i++) {
            long least = (ofImage.get(i) + BYTES_IN_GIB - 1) / BYTES_IN_GIB;
            if (i >= sizes.size()) {
                sizes.add(least);
            } else if (sizes.get(i) < least) {
                throw ServerProblem.DISK_TOO_SMALL.at(
                        "/disks/" + i + "/sizeGiB",
                        "The image describes a disk of " + least + " GiB; " + (i == 0 ? "the boot disk" : "disk " + i)
                                + " has at least that.");
            }
        }
        if (sizes.size() > Servers.MAX_DISKS) {
            throw Problem.MALFORMED.at("/disks", "A server has at most " + Servers.MAX_DISKS + " disks.");
        }
        return sizes;
    }

    static void requireActive(Network network) {
        if (network.state() != NetworkState.ACTIVE) {
            throw NetworkProblem.NOT_ACTIVE.because("Network %s is %s.", network.name(), network.state());
        }
    }

    static void requireWithin(Network network, WishedNic nic, String pointer) {
        nic.address().ifPresent(address -> {
            if (address < network.cidr().firstServer()
                    || address > network.cidr().lastServer()) {
                throw Problem.MALFORMED.at(
                        pointer,
                        "An address on network " + network.name() + " lies in " + network.cidr()
                                + ", past the gateway and before the broadcast address.");
            }
        });
    }

    private LocationView location(DeployServer wish, List<Network> networks) {
        Network first = networks.get(0);
        for (Network each : networks) {
            if (!each.location().equals(first.location())) {
                throw Problem.MALFORMED.at(
                        "/nics", "The networks " + first.name() + " and " + each.name() + " are at two locations.");
            }
        }
        LocationView location = bench.locations().must(Ref.of(first.location()));
        wish.location().map(bench.locations()::must).ifPresent(wished -> {
            if (!wished.id().equals(location.id())) {
                throw elsewhere(first, location);
            }
        });
        return location;
    }

    static ProblemException elsewhere(Network network, LocationView is) {
        return Problem.MALFORMED.at(
                "/location",
                "The network " + network.name() + " is at " + is.name() + "; a server is where its networks are.");
    }

    private ServerId apply(
            OrganizationView organization,
            DeployServer wish,
            Found found,
            Optional<First> first,
            ServerId id,
            Change change) {
        Map<NetworkId, Network> networks = lock(found);
        requireOneRule(organization, wish);
        // after the lock, so that of many who want one name the second already sees the first
        if (bench.servers().nameTaken(organization.id(), wish.name())) {
            throw ServerStore.taken(wish.name());
        }
        Image image = first.map(First::image)
                .orElseGet(() ->
                        images.ready(organization.id(), Ref.of(found.image().id())));
        Subject subject = Subject.of("server", id);
        OperationId operation = first.map(way -> way.beginning().begin(change, subject))
                .orElseGet(() -> operations.begin(change, ServerDeploy.TYPE, subject, Map.of()));
        Server server = bench.servers()
                .insert(
                        new Server(
                                id,
                                organization.id(),
                                change.department(),
                                found.location().id(),
                                wish.name(),
                                ServerState.REQUESTED,
                                Optional.empty(),
                                Power.OFF,
                                Power.ON,
                                wish.flavor(),
                                image.id(),
                                wish.sshKeys(),
                                wish.purpose(),
                                wish.isProtected(),
                                wish.placement(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.of(operation),
                                Times.kept(change.now()),
                                change.caller().username(),
                                0),
                        wish.tags());
        for (int i = 0; i < found.diskGiB().size(); i++) {
            bench.parts().insert(new Disk(ids.disk(), id, i, found.diskGiB().get(i)));
        }
        for (int i = 0; i < wish.nics().size(); i++) {
            Network network = networks.get(found.networks().get(i).id());
            WishedNic nic = wish.nics().get(i);
            bench.ports().allocate(network, ids.nic(), id, i, nic.address(), nic.mac());
        }
        wish.userData().ifPresent(text -> bench.parts().keepUserData(id, text));
        bench.parts()
                .keepTrust(
                        id,
                        bench.authorities().inUse(Moment.of(change), "system").generation());
        change.event(
                "server.requested", server.subject(), Map.of("name", wish.name().value()));
        return server.id();
    }

    /** The networks as they are now, and nobody else gives out their addresses until this is committed. */
    private Map<NetworkId, Network> lock(Found found) {
        Map<NetworkId, Network> networks = new LinkedHashMap<>();
        // always in one order, so that two who want the same two networks do not wait for each other
        found.networks().stream()
                .map(Network::id)
                .distinct()
                .sorted(Comparator.comparing(NetworkId::value))
                .forEach(id -> {
                    bench.networks().lock(id);
                    Network network = bench.networks().must(id);
                    requireActive(network);
                    networks.put(id, network);
                });
        return networks;
    }
}
