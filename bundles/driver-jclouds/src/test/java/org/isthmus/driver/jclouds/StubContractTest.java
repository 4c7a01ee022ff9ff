// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.isthmus.driver.jclouds.cloud.Cloud;
import org.isthmus.driver.jclouds.cloud.CloudImage;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.tck.ComputeContract;
import org.isthmus.tck.ComputeSubject;
import org.isthmus.tck.Waiting;
import org.jclouds.http.HttpResponseException;
import org.junit.jupiter.api.io.TempDir;

/** Any provider of jclouds will do: the contract on the one that jclouds brings for tests, through ComputeService alone. */
final class StubContractTest extends ComputeContract {
    @TempDir
    private Path cache;

    @Override
    protected ComputeSubject subject() {
        return new Stub(cache, new AtomicBoolean());
    }

    /** The stub lives in this process and says no image's size; both are given to it on the wire. */
    private record Stub(Path cache, AtomicBoolean away) implements ComputeSubject {
        @Override
        public ComputeDriver open(DriverContext context) {
            CloudSettings settings = CloudSettings.of(Endpoints.of(
                    "a-secret-of-the-stub",
                    "provider",
                    "stub",
                    "identity",
                    "tck",
                    "publicAddresses",
                    "allow",
                    "instanceTypes",
                    "{\"1x64\": \"small\"}"));
            return JcloudsDriver.open(settings, context, this::wire);
        }

        private Cloud wire(Cloud stub) {
            return (Cloud) Proxy.newProxyInstance(
                    Cloud.class.getClassLoader(), new Class<?>[] {Cloud.class}, (proxy, method, arguments) -> {
                        if (away.get() && !method.getName().equals("close")) {
                            throw new HttpResponseException(
                                    "no answer", null, null, new ConnectException("connection refused"));
                        }
                        try {
                            return sized(method.invoke(stub, arguments));
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        private static Object sized(Object answer) {
            return answer instanceof Optional<?> one && one.orElse(null) instanceof CloudImage image
                    ? Optional.of(new CloudImage(image.ref(), image.name(), 1))
                    : answer;
        }

        @Override
        public Optional<Outage> disconnect() {
            away.set(true);
            return Optional.of(() -> away.set(false));
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
        public String host() {
            return "stub";
        }

        @Override
        public Set<String> secrets() {
            return Set.of("a-secret-of-the-stub");
        }
    }
}
