// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.isthmus.model.Ids;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.tck.NetworkContract;
import org.isthmus.tck.NetworkSubject;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * The network contract on an OVN in use: that of the system properties {@code isthmus.ovn.northbound} and {@code
 * isthmus.ovn.southbound}, or of environment variables of those names. Leaves nothing behind.
 */
@Tag("real")
final class LiveContractRealIT extends NetworkContract {
    @TempDir
    Path cache;

    private static Optional<String> given(String setting) {
        String name = "isthmus.ovn." + setting;
        return Optional.ofNullable(System.getProperty(name, System.getenv(name)))
                .filter(text -> !text.isBlank());
    }

    @Override
    protected NetworkSubject subject() {
        Assumptions.assumeTrue(
                given("northbound").isPresent(),
                "No OVN was named: set isthmus.ovn.northbound, such as unix:/var/run/ovn/ovnnb_db.sock.");
        return new NetworkSubject() {
            @Override
            public NetworkDriver open(DriverContext context) {
                Map<String, String> settings = new HashMap<>();
                given("northbound").ifPresent(text -> settings.put("northbound", text));
                given("southbound").ifPresent(text -> settings.put("southbound", text));
                return (NetworkDriver) new OvnDriverFactory()
                        .open(
                                new EndpointConfig(new Ids(Clock.systemUTC()).endpoint(), "live", settings, Map.of()),
                                context);
            }

            @Override
            public Path cache() {
                return cache;
            }
        };
    }
}
