// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.SeenNetwork;
import org.isthmus.spi.network.NetworkDriver.SeenPort;

/** A network of the fake far end with its ports, as the ledger keeps it. */
record FakeNetwork(
        String network,
        String token,
        String organization,
        String name,
        String cidr,
        boolean dnsServer,
        String dnsDomain,
        List<FakePort> ports) {
    FakeNetwork {
        ports = List.copyOf(ports);
    }

    record FakePort(String port, String token, String mac, long address, List<String> hostNames) {
        FakePort {
            hostNames = List.copyOf(hostNames);
        }
    }

    static FakeNetwork of(NetworkSpec spec, String token, List<FakePort> ports) {
        return new FakeNetwork(
                spec.network().value(),
                token,
                spec.organization().value(),
                spec.name().value(),
                spec.cidr().toString(),
                spec.dnsServer(),
                spec.dnsDomain(),
                ports);
    }

    /** False for what somebody else made: it carries no token. */
    boolean managed() {
        return !token.isEmpty();
    }

    Cidr subnet() {
        return Cidr.of(cidr);
    }

    Optional<FakePort> port(String id) {
        return ports.stream().filter(port -> port.port().equals(id)).findFirst();
    }

    /** The network with this port in place of the one of the same id, or added. */
    FakeNetwork with(FakePort changed) {
        List<FakePort> all = new ArrayList<>(without(changed.port()).ports);
        all.add(changed);
        return withPorts(all);
    }

    FakeNetwork without(String port) {
        return withPorts(
                ports.stream().filter(other -> !other.port().equals(port)).toList());
    }

    private FakeNetwork withPorts(List<FakePort> all) {
        return new FakeNetwork(network, token, organization, name, cidr, dnsServer, dnsDomain, all);
    }

    /** As the driver shows it; a port is up when a running server has the interface of its id. */
    SeenNetwork seen(Predicate<String> up) {
        return new SeenNetwork(
                new NetworkId(network),
                token,
                subnet(),
                ports.stream()
                        .map(port -> new SeenPort(
                                new NicId(port.port()), port.token(), port.mac(), port.address(), up.test(port.port())))
                        .toList());
    }
}
