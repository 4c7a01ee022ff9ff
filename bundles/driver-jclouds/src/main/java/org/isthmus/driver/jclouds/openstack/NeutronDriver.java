// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.openstack;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.driver.jclouds.cloud.Calls;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;

/** The network part of an open cloud; it lives and ends with the whole. */
final class NeutronDriver implements NetworkDriver {
    private final NeutronNetworks networks;
    private final Calls calls;

    NeutronDriver(NeutronNetworks networks, Calls calls) {
        this.networks = networks;
        this.calls = calls;
    }

    @Override
    public Health health() {
        try {
            int made = list().size();
            return Health.up("Neutron, " + made + " networks of ours");
        } catch (DriverException e) {
            return Health.down(e.getMessage());
        }
    }

    @Override
    public Set<String> capabilities() {
        return Set.of("NoNetworkNames");
    }

    @Override
    public Progress<Void> ensureNetwork(Call call, NetworkSpec wanted) {
        return calls.call(
                "make the network",
                () -> networks.alone(wanted.network(), () -> {
                    networks.ensure(call.token(), wanted);
                    return Progress.done();
                }));
    }

    @Override
    public Progress<PortBinding> ensurePort(Call call, PortSpec wanted) {
        return calls.call(
                "make the port",
                () -> networks.alone(wanted.network(), () -> Progress.done(networks.ensure(call.token(), wanted))));
    }

    @Override
    public Progress<Void> removePort(Call call, NetworkId network, NicId port) {
        return calls.call(
                "remove the port",
                () -> networks.alone(network, () -> {
                    networks.remove(network, port);
                    return Progress.done();
                }));
    }

    @Override
    public Progress<Void> removeNetwork(Call call, NetworkId network) {
        return calls.call(
                "remove the network",
                () -> networks.alone(network, () -> {
                    networks.remove(network);
                    return Progress.done();
                }));
    }

    @Override
    public Optional<SeenNetwork> find(NetworkId network) {
        return list().stream().filter(one -> one.network().equals(network)).findFirst();
    }

    @Override
    public List<SeenNetwork> list() {
        return calls.call("list its networks", networks::list);
    }

    /** Nothing: the endpoint closes what both parts share. */
    @Override
    public void close() {}
}
