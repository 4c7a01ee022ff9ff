// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;

/** A network driver that does what another does; broken ones change one thing about it. */
class ForwardingNetwork implements NetworkDriver {
    final NetworkDriver sound;

    ForwardingNetwork(NetworkDriver sound) {
        this.sound = sound;
    }

    @Override
    public Progress<Void> ensureNetwork(Call call, NetworkSpec wanted) {
        return sound.ensureNetwork(call, wanted);
    }

    @Override
    public Progress<PortBinding> ensurePort(Call call, PortSpec wanted) {
        return sound.ensurePort(call, wanted);
    }

    @Override
    public Progress<Void> removePort(Call call, NetworkId network, NicId port) {
        return sound.removePort(call, network, port);
    }

    @Override
    public Progress<Void> removeNetwork(Call call, NetworkId network) {
        return sound.removeNetwork(call, network);
    }

    @Override
    public Optional<SeenNetwork> find(NetworkId network) {
        return sound.find(network);
    }

    @Override
    public List<SeenNetwork> list() {
        return sound.list();
    }

    @Override
    public Health health() {
        return sound.health();
    }

    @Override
    public Set<String> capabilities() {
        return sound.capabilities();
    }

    @Override
    public <F> Optional<F> facet(Class<F> type) {
        return sound.facet(type);
    }

    @Override
    public void close() {
        sound.close();
    }
}
