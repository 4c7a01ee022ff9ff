// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.util.List;
import java.util.Map;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.network.Networks;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.price.Item;
import org.isthmus.core.Things;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Cidr;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;

/** What can be seen of networks. */
public final class CoreNetworks implements Networks {
    private final Tx tx;
    private final Swaps swaps;
    private final NetworkStore networks;
    private final PriceBook prices;
    private final Things things;

    public CoreNetworks(Tx tx, Swaps swaps, NetworkStore networks, PriceBook prices) {
        this.tx = tx;
        this.swaps = swaps;
        this.networks = networks;
        this.prices = prices;
        this.things = new Things(tx);
    }

    @Override
    public Page<NetworkView> list(Caller caller, Ref organization, Query query) {
        Reach reach = may(caller, organization);
        return tx.read(() -> {
            Page<Network> page = networks.page(reach, query);
            Map<String, Map<String, String>> tags =
                    networks.tags(page.items().stream().map(Network::id).toList());
            Estimate estimate = prices.estimate(reach.organization().id(), Map.of(Item.NETWORK, 1L));
            return page.map(network -> view(network, tags.get(network.id().value()), estimate));
        });
    }

    @Override
    public NetworkView get(Caller caller, Ref organization, Ref ref) {
        Reach reach = may(caller, organization);
        return tx.read(() -> {
            things.require(reach, Things.Kind.NETWORK, ref);
            return view(networks.must(reach.organization().id(), ref));
        });
    }

    private Reach may(Caller caller, Ref organization) {
        return swaps.access().call(access -> access.reach(caller, Action.NETWORK_READ, organization));
    }

    /** One view; inside a transaction. */
    NetworkView view(Network network) {
        return view(
                network,
                networks.tags(List.of(network.id())).get(network.id().value()),
                prices.estimate(network.organization(), Map.of(Item.NETWORK, 1L)));
    }

    private static NetworkView view(Network network, Map<String, String> tags, Estimate estimate) {
        return new NetworkView(
                network.id(),
                network.name(),
                network.organization(),
                network.department(),
                network.location(),
                network.cidr(),
                Cidr.text(network.cidr().gateway()),
                network.dns(),
                network.dnsDomain(),
                network.neverPublic(),
                tags,
                network.state(),
                network.reason(),
                network.drift(),
                network.state() == NetworkState.FAILED ? Estimate.FREE : estimate,
                network.createdAt(),
                network.createdBy(),
                network.version());
    }
}
