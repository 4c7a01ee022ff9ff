// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Progress;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.NetworkDriver.SeenPort;
import org.isthmus.tck.HostContext;
import org.isthmus.tck.Wish;

/** A private OVN with one host, the driver on it, and what a controller does with that. */
final class Cloud implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Clock clock = Clock.systemUTC();
    private final Ids ids = new Ids(clock);
    private final PrivateOvn ovn = new PrivateOvn();
    private final HostContext context;
    private final OvnDriver driver;

    Cloud(Path cache) {
        context = new HostContext(clock, cache);
        ovn.startHost("h1", "netdev");
        driver = open();
    }

    /** One more driver on the same OVN. */
    OvnDriver open() {
        EndpointConfig endpoint = new EndpointConfig(
                ids.endpoint(),
                "test",
                Map.of("northbound", ovn.northbound(), "southbound", ovn.southbound(), "hostTimeout", "PT2S"),
                Map.of());
        return (OvnDriver) new OvnDriverFactory().open(endpoint, context);
    }

    PrivateOvn ovn() {
        return ovn;
    }

    OvnDriver driver() {
        return driver;
    }

    HostContext context() {
        return context;
    }

    /** A network to wish for. */
    NetworkSpec networkSpec(boolean dns) {
        return new NetworkSpec(
                ids.network(), ids.organization(), new Name("net"), Cidr.of("10.1.0.0/24"), dns, "acme.example");
    }

    NetworkSpec network() {
        NetworkSpec spec = networkSpec(true);
        done((on, call) -> on.ensureNetwork(call, spec));
        return spec;
    }

    /** A port to wish for. */
    PortSpec spec(NetworkSpec network, int number, String name) {
        return new PortSpec(
                ids.nic(),
                network.network(),
                MacAddress.local(number),
                network.cidr().firstServer() + number,
                List.of(new Name(name)));
    }

    PortSpec port(NetworkSpec network, int number, String name) {
        PortSpec port = spec(network, number, name);
        done((on, call) -> on.ensurePort(call, port));
        return port;
    }

    Call call() {
        return new Call("t." + ids.uuid(), clock.instant().plus(PATIENCE));
    }

    /** As the host does it: again and again with the same token until it is done. */
    <T> T done(Wish<OvnDriver, T> wish) {
        Call call = call();
        while (true) {
            Duration pause = Duration.ofMillis(50);
            try {
                Progress<T> progress = wish.say(driver, call);
                if (progress instanceof Progress.Done<T> done) {
                    return done.result();
                }
                Progress.Pending<T> pending = (Progress.Pending<T>) progress;
                call = call.withMemo(pending.memo());
                pause = pending.askAgainAfter();
            } catch (DriverException e) {
                if (!e.passing()) {
                    throw e;
                }
            }
            assertTrue(clock.instant().isBefore(call.deadline()), "not done in time");
            LockSupport.parkNanos(pause.toNanos());
        }
    }

    SeenPort seen(PortSpec port) {
        return driver.find(port.network()).orElseThrow().ports().stream()
                .filter(each -> each.port().equals(port.port()))
                .findFirst()
                .orElseThrow();
    }

    static String name(PortSpec port) {
        return Northbound.portName(port.port());
    }

    /** The UUID of the network's row of names. */
    String dns(NetworkSpec network) {
        return ovn.nbctl(
                "--bare", "--columns=_uuid", "find", "dns", "external_ids:isthmus-network=" + network.network());
    }

    @Override
    public void close() {
        driver.close();
        context.close();
        ovn.close();
    }
}
