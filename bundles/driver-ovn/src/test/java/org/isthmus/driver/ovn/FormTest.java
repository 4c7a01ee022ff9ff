// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.junit.jupiter.api.Test;

final class FormTest {
    private final Ids ids = new Ids(Clock.systemUTC());

    private NetworkSpec network(String cidr, String domain) {
        return new NetworkSpec(ids.network(), ids.organization(), new Name("net"), Cidr.of(cidr), true, domain);
    }

    private static Kind refusal(Runnable body) {
        return assertThrows(DriverException.class, body::run).kind();
    }

    @Test
    void guestsGetNoRouteThatLeadsNowhere() {
        Map<String, String> options =
                NetworkForm.of(network("10.1.0.0/24", "acme.example")).dhcpOptions(1442);

        assertFalse(options.containsKey("router"));
        assertEquals("10.1.0.1", options.get("server_id"));
        assertEquals("10.1.0.1", options.get("dns_server"));
        assertEquals("1442", options.get("mtu"));
        assertEquals("\"acme.example\"", options.get("domain_name"));
    }

    @Test
    void aDomainCannotBreakOutOfItsQuotationMarks() {
        for (String domain :
                List.of("a\", router=1.2.3.4", "A.example", "a..b", "-a.example", "a b", ".", "a".repeat(64))) {
            assertEquals(Kind.INVALID, refusal(() -> NetworkForm.of(network("10.1.0.0/24", domain))), domain);
        }
    }

    @Test
    void aSubnetNeedsRoomForAServer() {
        assertEquals(Kind.INVALID, refusal(() -> NetworkForm.of(network("10.1.0.0/31", ""))));
        assertEquals("10.1.0.1", NetworkForm.of(network("10.1.0.0/30", "")).gateway());
    }

    @Test
    void aGatewayAlwaysHasTheSameMacAndAnotherNetworksAnother() {
        NetworkSpec one = network("10.1.0.0/24", "");

        assertEquals(NetworkForm.of(one).gatewayMac(), NetworkForm.of(one).gatewayMac());
        assertNotEquals(
                NetworkForm.of(one).gatewayMac(),
                NetworkForm.of(network("10.1.0.0/24", "")).gatewayMac());
    }

    @Test
    void gatewayNetworkAndBroadcastAddressAreNoServers() {
        NetworkForm form = NetworkForm.of(network("10.1.0.0/24", ""));

        for (String address : List.of("10.1.0.0", "10.1.0.1", "10.1.0.255", "10.2.0.7")) {
            assertEquals(Kind.INVALID, refusal(() -> port(form, address).checkWithin(form)), address);
        }
        port(form, "10.1.0.2").checkWithin(form);
        port(form, "10.1.0.254").checkWithin(form);
    }

    private PortForm port(NetworkForm form, String address) {
        return PortForm.of(new PortSpec(
                ids.nic(), form.network(), MacAddress.local(7), Cidr.address(address), List.of(new Name("web"))));
    }

    @Test
    void aPortHasNotEndlesslyManyNames() {
        List<Name> names =
                IntStream.range(0, 17).mapToObj(i -> new Name("n" + i)).toList();

        assertEquals(
                Kind.INVALID,
                refusal(() -> PortForm.of(
                        new PortSpec(ids.nic(), ids.network(), MacAddress.local(7), Cidr.address("10.1.0.7"), names))));
    }
}
