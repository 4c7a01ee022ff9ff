// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.Waiting;
import org.junit.jupiter.api.io.TempDir;

/** The contract on EC2, whose machines start at once. */
final class Ec2ContractTest extends ComputeContract {
    @TempDir
    private Path cache;

    @Override
    protected ComputeSubject subject() {
        return new Amazon(new Ec2(), cache);
    }

    static EndpointConfig endpoint(Ec2 cloud) {
        return Endpoints.of(
                Ec2.SECRET,
                "provider",
                "aws-ec2",
                "endpoint",
                cloud.address(),
                "identity",
                Ec2.KEY_ID,
                "region",
                Ec2.REGION,
                "network",
                Ec2.PRIVATE_SUBNET,
                "securityGroups",
                "sg-0aaa",
                "instanceTypes",
                "{\"1x64\": \"m7i.large\"}");
    }

    private record Amazon(Ec2 cloud, Path cache) implements ComputeSubject {
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
            return new Endpoints.SizeOnly(8L << 30);
        }

        @Override
        public Optional<String> template() {
            return Optional.of(Ec2.IMAGE);
        }

        @Override
        public boolean startsAtOnce() {
            return true;
        }

        @Override
        public String host() {
            return Ec2.ZONE;
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
            return Set.of(Ec2.SECRET);
        }

        @Override
        public void close() {
            cloud.close();
        }
    }
}
