// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.driver.fake.Entry.Effect;
import org.isthmus.driver.fake.Entry.Mark;
import org.isthmus.driver.fake.FakeNetwork.FakePort;
import org.isthmus.driver.fake.Ledger.Change;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Switchboard.Outcome;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;

/** The networks of a fake endpoint: data only, no packet goes anywhere. */
final class FakeNetworks implements NetworkDriver {
    /** What the fake's ports plug into: nothing, and the fake's servers do not look. */
    private static final String BINDING = "fake";

    private final FakeDriver whole;
    private final Switchboard switchboard;

    FakeNetworks(FakeDriver whole, Switchboard switchboard) {
        this.whole = whole;
        this.switchboard = switchboard;
    }

    @Override
    public Progress<Void> ensureNetwork(Call call, NetworkSpec wanted) {
        String id = wanted.network().value();
        return switchboard.change(Verb.ENSURE_NETWORK, call, id, wanted.cidr().toString(), far -> {
            Optional<FakeNetwork> there = far.network(id);
            FakeNetwork network = FakeNetwork.of(
                    wanted,
                    there.map(FakeNetwork::token).orElse(call.token()),
                    there.map(FakeNetwork::ports).orElse(List.of()));
            if (there.equals(Optional.of(network))) {
                return Outcome.already(null);
            }
            for (FakePort port : network.ports()) {
                mustHold(wanted.cidr(), port.address(), Kind.CONFLICT);
            }
            Change change = there.isPresent() ? Change.CHANGED : Change.MADE;
            return leaves(network, Thing.NETWORK, id, change);
        });
    }

    private static <T> Outcome<T> leaves(FakeNetwork network, Thing thing, String id, Change change) {
        return Outcome.with(null, Effect.leaves(network, new Mark(thing, id, change)));
    }

    private static void mustHold(Cidr cidr, long address, Kind kind) {
        if (address < cidr.firstServer() || address > cidr.lastServer()) {
            throw new DriverException(
                    kind, "The address " + Cidr.text(address) + " is none of " + cidr + " that a port can have.");
        }
    }

    @Override
    public Progress<PortBinding> ensurePort(Call call, PortSpec wanted) {
        String id = wanted.port().value();
        return switchboard.change(Verb.ENSURE_PORT, call, id, Cidr.text(wanted.address()), far -> {
            FakeNetwork network = far.network(wanted.network().value())
                    .orElseThrow(() ->
                            new DriverException(Kind.NOT_FOUND, "There is no network " + wanted.network() + " here."));
            mustHold(network.subnet(), wanted.address(), Kind.INVALID);
            for (FakePort other : network.ports()) {
                mustNotClash(other, wanted);
            }
            Optional<FakePort> there = network.port(id);
            FakePort port = new FakePort(
                    id,
                    there.map(FakePort::token).orElse(call.token()),
                    wanted.mac().value(),
                    wanted.address(),
                    wanted.hostNames().stream().map(Name::value).toList());
            PortBinding binding = new PortBinding(BINDING, Map.of("port", id, PortBinding.MTU, "1500"));
            if (there.equals(Optional.of(port))) {
                return Outcome.already(binding);
            }
            Change change = there.isPresent() ? Change.CHANGED : Change.MADE;
            return Outcome.with(binding, Effect.leaves(network.with(port), new Mark(Thing.PORT, id, change)));
        });
    }

    private static void mustNotClash(FakePort other, PortSpec wanted) {
        if (other.port().equals(wanted.port().value())) {
            return;
        }
        if (other.address() == wanted.address()) {
            throw new DriverException(
                    Kind.CONFLICT,
                    "The address " + Cidr.text(wanted.address()) + " belongs to the port " + other.port() + ".");
        }
        if (other.mac().equals(wanted.mac().value())) {
            throw new DriverException(
                    Kind.CONFLICT, "The MAC " + wanted.mac() + " belongs to the port " + other.port() + ".");
        }
    }

    @Override
    public Progress<Void> removePort(Call call, NetworkId network, NicId port) {
        return switchboard.change(Verb.REMOVE_PORT, call, port.value(), network.value(), far -> {
            Optional<FakeNetwork> there = far.network(network.value())
                    .filter(candidate -> candidate.port(port.value()).isPresent());
            if (there.isEmpty()) {
                return Outcome.already(null);
            }
            return leaves(there.get().without(port.value()), Thing.PORT, port.value(), Change.REMOVED);
        });
    }

    @Override
    public Progress<Void> removeNetwork(Call call, NetworkId network) {
        String id = network.value();
        return switchboard.change(Verb.REMOVE_NETWORK, call, id, "", far -> {
            Optional<FakeNetwork> there = far.network(id);
            if (there.isEmpty()) {
                return Outcome.already(null);
            }
            int ports = there.get().ports().size();
            if (ports > 0) {
                throw new DriverException(
                        Kind.CONFLICT, "The network " + id + " has " + ports + " ports; remove them first.");
            }
            return Outcome.with(null, Effect.removes(id, List.of(new Mark(Thing.NETWORK, id, Change.REMOVED))));
        });
    }

    @Override
    public Optional<SeenNetwork> find(NetworkId network) {
        return switchboard.ask(Verb.FIND_NETWORK, network.value(), far -> far.network(network.value())
                .map(found -> found.seen(far::plugged)));
    }

    @Override
    public List<SeenNetwork> list() {
        return switchboard.ask(Verb.LIST_NETWORKS, "", far -> far.networks().stream()
                .filter(FakeNetwork::managed)
                .map(network -> network.seen(far::plugged))
                .toList());
    }

    @Override
    public Health health() {
        return whole.health();
    }

    @Override
    public Set<String> capabilities() {
        return whole.capabilities();
    }

    @Override
    public <F> Optional<F> facet(Class<F> type) {
        return whole.facet(type);
    }

    /** Closes the whole driver. */
    @Override
    public void close() {
        whole.close();
    }
}
