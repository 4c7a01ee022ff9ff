// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.Waiting;
import org.junit.jupiter.api.io.TempDir;

/** Any provider of jclouds will do: the contract on the one that jclouds brings for tests, through ComputeService alone. */
final class StubContractTest extends ComputeContract {
    @TempDir
    private Path cache;

    @Override
    protected ComputeSubject subject() {
        return new Stub(cache);
    }

    private record Stub(Path cache) implements ComputeSubject {
        @Override
        public ComputeDriver open(DriverContext context) {
            return Endpoints.open(
                    Endpoints.of(
                            "a-secret-of-the-stub",
                            "provider",
                            "stub",
                            "identity",
                            "tck",
                            "publicAddresses",
                            "allow",
                            "instanceTypes",
                            "{\"1x64\": \"small\"}"),
                    context);
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
            return Optional.of("1");
        }

        @Override
        public boolean startsAtOnce() {
            return true;
        }

        @Override
        public boolean knowsImageSizes() {
            return false;
        }

        @Override
        public String host() {
            return "stub";
        }

        @Override
        public Set<String> secrets() {
            return Set.of("a-secret-of-the-stub");
        }
    }
}
