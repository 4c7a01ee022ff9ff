// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.Progress;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.NetworkContract;
import org.isthmus.tck.NetworkSubject;
import org.isthmus.tck.Waiting;
import org.junit.jupiter.api.io.TempDir;

/** The contract of networks on OpenStack. */
final class NeutronContractTest extends NetworkContract {
    @TempDir
    private Path cache;

    @Override
    protected NetworkSubject subject() {
        return new Neutron(new OpenStack(), cache);
    }

    private record Neutron(OpenStack cloud, Path cache) implements NetworkSubject {
        /** The part, which closes the whole with it as a controller does. */
        @Override
        public NetworkDriver open(DriverContext context) {
            Driver whole = Endpoints.open(NovaContractTest.endpoint(cloud), context);
            return new Part(whole, whole.facet(NetworkDriver.class).orElseThrow());
        }

        @Override
        public Waiting waiting() {
            return Waiting.real(Duration.ofMillis(50));
        }

        @Override
        public boolean makeUnmanaged() {
            return true; // the project has a network from the beginning
        }

        @Override
        public Optional<Outage> disconnect() {
            cloud.cutOff();
            return Optional.of(cloud::open);
        }

        @Override
        public List<String> leftovers(NetworkId network) {
            return cloud.named(network.value());
        }

        @Override
        public Set<String> secrets() {
            return Set.of(OpenStack.PASSWORD);
        }

        @Override
        public void close() {
            cloud.close();
        }
    }

    private record Part(Driver whole, NetworkDriver part) implements NetworkDriver {
        @Override
        public Health health() {
            return part.health();
        }

        @Override
        public Set<String> capabilities() {
            return part.capabilities();
        }

        @Override
        public <F> Optional<F> facet(Class<F> type) {
            return part.facet(type);
        }

        @Override
        public Progress<Void> ensureNetwork(Call call, NetworkSpec wanted) {
            return part.ensureNetwork(call, wanted);
        }

        @Override
        public Progress<PortBinding> ensurePort(Call call, PortSpec wanted) {
            return part.ensurePort(call, wanted);
        }

        @Override
        public Progress<Void> removePort(Call call, NetworkId network, NicId port) {
            return part.removePort(call, network, port);
        }

        @Override
        public Progress<Void> removeNetwork(Call call, NetworkId network) {
            return part.removeNetwork(call, network);
        }

        @Override
        public Optional<SeenNetwork> find(NetworkId network) {
            return part.find(network);
        }

        @Override
        public List<SeenNetwork> list() {
            return part.list();
        }

        @Override
        public void close() {
            whole.close();
        }
    }
}
