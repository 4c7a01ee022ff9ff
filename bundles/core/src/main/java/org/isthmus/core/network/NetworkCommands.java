// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.api.location.Locations.LocationView;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.api.network.Networks.ChangeNetwork;
import org.isthmus.api.network.Networks.CreateNetwork;
import org.isthmus.api.network.Networks.DeleteNetwork;
import org.isthmus.api.network.Networks.NetworkState;
import org.isthmus.api.network.Networks.NetworkView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.price.Item;
import org.isthmus.core.Handling;
import org.isthmus.core.Policies;
import org.isthmus.core.Things;
import org.isthmus.core.Times;
import org.isthmus.core.location.EndpointStore;
import org.isthmus.core.location.LocationStore;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.core.price.PriceBook;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.store.Tx;

/** Carries out what is wished of networks. */
public final class NetworkCommands {
    private final Tx tx;
    private final Ids ids;
    private final NetworkStore networks;
    private final LocationStore locations;
    private final EndpointStore endpoints;
    private final OperationBook operations;
    private final PriceBook prices;
    private final CoreNetworks views;
    private final Things things;

    public NetworkCommands(
            Tx tx,
            Ids ids,
            NetworkStore networks,
            LocationStore locations,
            EndpointStore endpoints,
            OperationBook operations,
            PriceBook prices,
            CoreNetworks views) {
        this.tx = tx;
        this.ids = ids;
        this.networks = networks;
        this.locations = locations;
        this.endpoints = endpoints;
        this.operations = operations;
        this.prices = prices;
        this.views = views;
        this.things = new Things(tx);
    }

    public List<CommandHandler<?, ?>> handlers() {
        return List.of(
                new Handling<>(
                        CreateNetwork.class,
                        this::create,
                        (organization, wish, department) -> List.of(
                                Things.made(Things.Kind.NETWORK, Ref.of(wish.name()), wish.tags(), department))),
                new Handling<>(
                        ChangeNetwork.class,
                        this::change,
                        (organization, wish, department) -> things.named(organization, wish.about(), wish.tags())),
                new Handling<>(
                        DeleteNetwork.class,
                        this::delete,
                        (organization, wish, department) ->
                                things.named(organization, wish.about(), Optional.empty())));
    }

    private Plan<NetworkView> create(Caller caller, OrganizationView organization, CreateNetwork wish) {
        LocationView location = tx.read(() -> {
            LocationView found = locations.must(wish.location());
            if (networks.find(organization.id(), Ref.of(wish.name())).isPresent()) {
                throw NetworkStore.taken(wish.name());
            }
            endpoint(found);
            requireNoOverlap(organization, found, wish);
            return found;
        });
        NetworkId id = ids.network();
        return Plan.<NetworkView>of(Subject.of("network", id), change -> {
                    // from here on nobody else makes a network or unlinks an endpoint at this location
                    locations.touch(location.id());
                    requireNoOverlap(organization, location, wish);
                    OperationId operation =
                            operations.begin(change, NetworkCreate.TYPE, Subject.of("network", id), Map.of());
                    Network made = networks.insert(
                            new Network(
                                    id,
                                    organization.id(),
                                    change.department(),
                                    location.id(),
                                    endpoint(location),
                                    wish.name(),
                                    wish.cidr(),
                                    wish.dns(),
                                    wish.name() + "." + organization.name() + ".internal",
                                    wish.neverPublic(),
                                    NetworkState.REQUESTED,
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.of(operation),
                                    Times.kept(change.now()),
                                    change.caller().username(),
                                    0),
                            wish.tags());
                    change.event(
                            "network.requested",
                            made.subject(),
                            Map.of(
                                    "name",
                                    made.name().value(),
                                    "cidr",
                                    made.cidr().toString()));
                    return views.view(made);
                })
                .costing(prices.estimate(organization.id(), Map.of(Item.NETWORK, 1L)))
                .violating(Policies.locations(organization, List.of(location)));
    }

    private EndpointId endpoint(LocationView location) {
        return endpoints
                .networkEndpoint(location.id())
                .orElseThrow(() -> LocationProblem.NO_NETWORK_DRIVER.because(
                        "Location %s has no network endpoint; ask an operator to link one.", location.name()));
    }

    private void requireNoOverlap(OrganizationView organization, LocationView location, CreateNetwork wish) {
        networks.overlapping(organization.id(), location.id(), wish.cidr()).ifPresent(other -> {
            throw NetworkProblem.OVERLAP.because(
                    "%s overlaps the subnet of your network %s at %s; choose another.",
                    wish.cidr(), other, location.name());
        });
    }

    private Plan<NetworkView> change(Caller caller, OrganizationView organization, ChangeNetwork wish) {
        Network network = tx.read(() -> networks.must(organization.id(), wish.network()));
        if (network.version() != wish.version()) {
            throw Problem.STALE.because("The network has version %d by now; read it again.", network.version());
        }
        if (network.neverPublic() && wish.neverPublic().equals(Optional.of(false))) {
            throw NetworkProblem.NEVER_PUBLIC.because(
                    "Network %s was made never to be public, and stays so; make another network.", network.name());
        }
        return Plan.<NetworkView>of(network.subject(), change -> {
                    Network changed = networks.change(
                            network,
                            wish.name().orElse(network.name()),
                            wish.neverPublic().orElse(network.neverPublic()),
                            wish.tags());
                    change.event(
                            "network.changed",
                            network.subject(),
                            Map.of("name", changed.name().value()));
                    return views.view(changed);
                })
                .costing(tx.read(() -> views.view(network)).estimate());
    }

    private Plan<NetworkView> delete(Caller caller, OrganizationView organization, DeleteNetwork wish) {
        Network network = tx.read(() -> {
            Network found = networks.must(organization.id(), wish.network());
            requireIdle(found);
            requireUnused(found);
            return found;
        });
        return Plan.<NetworkView>of(network.subject(), change -> {
                    if (!networks.lock(network.id())) {
                        throw NetworkStore.absent(wish.network());
                    }
                    Network now = networks.must(network.id());
                    requireIdle(now);
                    requireUnused(now);
                    OperationId operation = operations.begin(
                            change,
                            NetworkDelete.TYPE,
                            network.subject(),
                            Map.of(NetworkDelete.WAS, now.state().name()));
                    Network going = networks.moveTo(
                            network.id(), NetworkState.DELETING, Optional.empty(), Optional.of(operation));
                    change.event(
                            "network.deleting",
                            network.subject(),
                            Map.of("name", network.name().value()));
                    return views.view(going);
                })
                .destroying();
    }

    private static void requireIdle(Network network) {
        if (network.state() != NetworkState.ACTIVE && network.state() != NetworkState.FAILED) {
            throw notReady(network);
        }
    }

    private static ProblemException notReady(Network network) {
        return NetworkProblem.NOT_ACTIVE.because(
                "Network %s is %s; wait for its operation to end, or cancel it.", network.name(), network.state());
    }

    private void requireUnused(Network network) {
        List<String> servers = networks.servers(network.id());
        if (!servers.isEmpty()) {
            throw Problem.IN_USE.because(
                    "On network %s are servers still, recoverable ones included: %s%s. Delete them first.",
                    network.name(),
                    String.join(", ", servers.subList(0, Math.min(3, servers.size()))),
                    servers.size() > 3 ? " …" : "");
        }
    }
}
