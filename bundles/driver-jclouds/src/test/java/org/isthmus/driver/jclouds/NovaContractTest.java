// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.Waiting;
import org.junit.jupiter.api.io.TempDir;

/** The contract on OpenStack. */
final class NovaContractTest extends ComputeContract {
    @TempDir
    private Path cache;

    @Override
    protected ComputeSubject subject() {
        return new Nova(new OpenStack(), cache);
    }

    static EndpointConfig endpoint(OpenStack cloud) {
        return Endpoints.of(
                OpenStack.PASSWORD,
                "provider",
                "openstack-nova",
                "endpoint",
                cloud.keystone(),
                "identity",
                OpenStack.DOMAIN + ":" + OpenStack.USER,
                "properties",
                "{\"jclouds.keystone.scope\": \"project:" + OpenStack.PROJECT + "\"}");
    }

    private record Nova(OpenStack cloud, Path cache) implements ComputeSubject {
        @Override
        public ComputeDriver open(DriverContext context) {
            return Endpoints.open(endpoint(cloud), context);
        }

        @Override
        public Waiting waiting() {
            return Waiting.real(Duration.ofMillis(50));
        }

        @Override
        public ImageContent image() {
            return new Endpoints.SizeOnly(1 << 30);
        }

        @Override
        public Optional<String> template() {
            return Optional.of(OpenStack.IMAGE);
        }

        @Override
        public String host() {
            return "nova";
        }

        @Override
        public Optional<PortBinding> binding(NicId nic) {
            return Optional.of(new PortBinding("cloud-network", Map.of("port", cloud.makePort())));
        }

        @Override
        public Optional<String> makeUnmanaged() {
            return Optional.of(cloud.makeByHand());
        }

        @Override
        public OptionalLong starts(String ref) {
            return OptionalLong.of(cloud.starts(ref));
        }

        @Override
        public Optional<Outage> disconnect() {
            cloud.cutOff();
            return Optional.of(cloud::open);
        }

        @Override
        public List<String> leftovers(ServerId server) {
            return cloud.with("isthmus-server", server.value());
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
}
