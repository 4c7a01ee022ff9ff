// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.isthmus.model.Cidr;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.NetworkDriver.SeenPort;
import org.isthmus.spi.network.PortBinding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The driver against a real OVN of its own: what it makes, and what OVN makes of that. */
@Tag("real")
@Timeout(180)
final class OvnRealIT {
    private static final System.Logger LOG = System.getLogger(OvnRealIT.class.getName());

    @TempDir
    private Path cache;

    private Cloud cloud;

    @BeforeEach
    void start() {
        cloud = new Cloud(cache);
    }

    @AfterEach
    void stop() {
        if (cloud != null) {
            cloud.close();
        }
    }

    private String trace(PortSpec from, String packet) {
        return cloud.ovn()
                .trace(
                        from.network().value(),
                        "inport == \"" + Cloud.name(from) + "\" && eth.src == " + from.mac() + " && " + packet);
    }

    private static String ip4(PortSpec from, String destinationMac, String destination) {
        return "eth.dst == " + destinationMac + " && ip4.src == " + Cidr.text(from.address()) + " && ip4.dst == "
                + destination + " && ip.ttl == 64 && icmp4.type == 8";
    }

    @Test
    void portsOfANetworkReachEachOtherAndNothingElse() {
        NetworkSpec network = cloud.network();
        PortSpec a = cloud.port(network, 1, "a");
        PortSpec b = cloud.port(network, 2, "b");
        PortSpec elsewhere = cloud.port(cloud.network(), 3, "c");

        assertTrue(trace(a, ip4(a, b.mac().value(), Cidr.text(b.address())))
                .contains("output(\"" + Cloud.name(b) + "\")"));
        String arp = "eth.dst == ff:ff:ff:ff:ff:ff && arp.op == 1 && arp.sha == " + a.mac() + " && arp.spa == "
                + Cidr.text(a.address()) + " && arp.tpa == ";
        // OVN itself answers for ports it knows, and for the gateway address
        assertTrue(trace(a, arp + Cidr.text(b.address())).contains("eth.src = " + b.mac()));
        assertTrue(trace(a, arp + "10.1.0.1").contains("output(\"" + Cloud.name(a) + "\")"), "the gateway answers ARP");
        assertFalse(trace(a, arp + Cidr.text(elsewhere.address())).contains(Cloud.name(elsewhere)));
        assertNoOutput(trace(a, ip4(a, b.mac().value(), "198.51.100.7")));
        assertNoOutput(trace(a, ip4(a, elsewhere.mac().value(), Cidr.text(elsewhere.address()))));
        assertNoOutput(
                trace(a, "eth.dst == " + b.mac() + " && ip6.src == fe80::1 && ip6.dst == fe80::2 && ip.ttl == 64"));
    }

    @Test
    void aForgedMacOrAddressIsDropped() {
        NetworkSpec network = cloud.network();
        PortSpec a = cloud.port(network, 1, "a");
        PortSpec b = cloud.port(network, 2, "b");
        String toB = "eth.dst == " + b.mac() + " && ip4.dst == " + Cidr.text(b.address()) + " && ip.ttl == 64";

        assertNoOutput(cloud.ovn()
                .trace(
                        network.network().value(),
                        "inport == \"" + Cloud.name(a) + "\" && eth.src == 02:ff:ff:ff:ff:ff && ip4.src == "
                                + Cidr.text(a.address()) + " && " + toB));
        assertNoOutput(trace(a, "ip4.src == 10.1.0.200 && " + toB));
        String own = trace(a, "ip4.src == " + Cidr.text(a.address()) + " && " + toB);
        assertTrue(own.contains("output(\"" + Cloud.name(b) + "\")"), own);
    }

    @Test
    void nothingComesInEvenThroughAnUplinkSomebodyPluggedIn() {
        NetworkSpec network = cloud.network();
        PortSpec a = cloud.port(network, 1, "a");
        String uplink = "uplink";
        String on = network.network().value();
        cloud.ovn()
                .nbctl(
                        "--wait=sb",
                        "lsp-add",
                        on,
                        uplink,
                        "--",
                        "lsp-set-type",
                        uplink,
                        "localnet",
                        "--",
                        "lsp-set-addresses",
                        uplink,
                        "unknown",
                        "--",
                        "lsp-set-options",
                        uplink,
                        "network_name=phys");

        String in = "inport == \"" + uplink + "\" && eth.src == 02:00:00:00:00:99 && eth.dst == " + a.mac()
                + " && ip4.dst == " + Cidr.text(a.address()) + " && ip.ttl == 64 && ip4.src == ";
        assertNoOutput(cloud.ovn().trace(on, in + "198.51.100.7"));

        assertNoOutput(trace(a, ip4(a, "02:00:00:00:00:99", "198.51.100.7")));

        cloud.ovn().nbctl("--wait=sb", "acl-del", Northbound.groupName(network.network()));
        assertTrue(
                cloud.ovn().trace(on, in + "198.51.100.7").contains("output("), "without the rules it would come in");
    }

    @Test
    void dhcpAndDnsAreAnsweredByTheNetworkItself() {
        NetworkSpec network = cloud.network();
        PortSpec a = cloud.port(network, 1, "a");

        String discover = trace(
                a,
                "eth.dst == ff:ff:ff:ff:ff:ff && ip4.src == 0.0.0.0 && ip4.dst == 255.255.255.255 && ip.ttl == 64"
                        + " && udp.src == 68 && udp.dst == 67");
        String question = trace(
                a,
                "eth.dst == " + NetworkForm.of(network).gatewayMac() + " && ip4.src == " + Cidr.text(a.address())
                        + " && ip4.dst == 10.1.0.1 && ip.ttl == 64 && udp.src == 4000 && udp.dst == 53");

        assertTrue(discover.contains("output(\"" + Cloud.name(a) + "\")"), discover);
        assertTrue(discover.contains("ip4.src = 10.1.0.1"), discover);
        assertTrue(question.contains("dns_lookup"), question);
        assertEquals(
                "10.1.0.3 ::ffff:10.1.0.3",
                cloud.ovn()
                        .nbctl("get", "dns", cloud.dns(network), "records:a.acme.example")
                        .replace("\"", ""));
        assertEquals(
                "a.acme.example",
                cloud.ovn()
                        .nbctl("get", "dns", cloud.dns(network), "records:3.0.1.10.in-addr.arpa")
                        .replace("\"", ""));
    }

    private static void assertNoOutput(String trace) {
        assertFalse(trace.contains("output("), trace);
    }

    @Test
    void ensureMendsWhateverWasDoneToAPortOrItsNetwork() {
        NetworkSpec network = cloud.network();
        PortSpec port = cloud.port(network, 1, "a");
        String whole = dump(network);
        String on = network.network().value();
        String group = Northbound.groupName(network.network());
        List<List<String>> damages = List.of(
                List.of("lsp-set-addresses", Cloud.name(port), "unknown"),
                List.of("lsp-set-port-security", Cloud.name(port)),
                List.of("lsp-set-enabled", Cloud.name(port), "disabled"),
                List.of("lsp-set-type", Cloud.name(port), "localport"),
                List.of("lsp-set-dhcpv4-options", Cloud.name(port)),
                List.of("clear", "port_group", group, "ports"),
                List.of("acl-del", group, "from-lport"),
                List.of("acl-add", group, "to-lport", "2000", "outport == @" + group, "allow"),
                List.of("acl-add", on, "to-lport", "2000", "ip4", "allow"),
                List.of("pg-del", group),
                List.of("lsp-del", Northbound.gatewayName(network.network())),
                List.of("lsp-set-addresses", Northbound.gatewayName(network.network()), "unknown"),
                List.of("clear", "logical_switch", on, "dns_records"),
                List.of("destroy", "dns", cloud.dns(network)),
                List.of("--all", "destroy", "dhcp_options"),
                List.of("remove", "logical_switch_port", Cloud.name(port), "external_ids", "isthmus-host-a"),
                List.of("remove", "logical_switch_port", Cloud.name(port), "external_ids", "isthmus-nic"),
                List.of("create", "dns", "external_ids:isthmus-network=" + on),
                List.of("create", "dhcp_options", "cidr=10.9.0.0/24", "external_ids:isthmus-network=" + on));
        for (List<String> damage : damages) {
            cloud.ovn().nbctl(damage.toArray(String[]::new));

            cloud.done((by, call) -> by.ensurePort(call, port));

            assertEquals(whole, dump(network), () -> "after " + damage);
        }
        cloud.ovn().nbctl("remove", "logical_switch", on, "external_ids", "isthmus-network", "isthmus-cidr");
        cloud.done((by, call) -> by.ensureNetwork(call, network));
        assertEquals(whole, dump(network));
    }

    /** All there is, without the UUIDs that may change. */
    private String dump(NetworkSpec network) {
        StringBuilder text = new StringBuilder();
        for (String columns : List.of(
                "logical_switch name,external_ids,acls",
                "logical_switch_port name,type,addresses,port_security,enabled,external_ids",
                "acl direction,priority,match,action",
                "dhcp_options cidr,options,external_ids",
                "dns records,external_ids",
                "port_group name")) {
            String[] parts = columns.split(" ");
            text.append(cloud.ovn()
                            .nbctl("--format=csv", "--columns=" + parts[1], "list", parts[0])
                            .lines()
                            .sorted()
                            .toList())
                    .append('\n');
        }
        String options = cloud.ovn().nbctl("--bare", "--columns=_uuid", "list", "dhcp_options");
        for (SeenPort port :
                cloud.driver().find(network.network()).orElseThrow().ports()) {
            String name = Northbound.portName(port.port());
            text.append(cloud.ovn()
                    .nbctl("get", "logical_switch_port", name, "dhcpv4_options")
                    .equals(options));
        }
        String members = cloud.ovn().nbctl("get", "port_group", Northbound.groupName(network.network()), "ports");
        text.append(members.split(",").length).append(members.length() > 2);
        text.append(cloud.ovn()
                .nbctl("get", "logical_switch", network.network().value(), "dns_records")
                .equals("[" + cloud.dns(network) + "]"));
        return text.toString();
    }

    @Test
    void theBindingTellsTheHypervisorWhatItNeeds() {
        PortSpec port = cloud.spec(cloud.network(), 1, "a");

        PortBinding binding = cloud.done((by, call) -> by.ensurePort(call, port));

        assertEquals(
                new PortBinding(
                        PortBinding.OVS,
                        Map.of(
                                PortBinding.OVS_BRIDGE, "br-int",
                                PortBinding.OVS_INTERFACE_ID, Cloud.name(port),
                                PortBinding.MTU, "1442",
                                PortBinding.OFFLOADS, "false")),
                binding);
    }

    @Test
    void aChangeIsQuick() {
        NetworkSpec network = cloud.network();
        cloud.port(network, 1, "warm");
        List<Long> networks = new ArrayList<>();
        List<Long> ports = new ArrayList<>();
        List<Long> idle = new ArrayList<>();
        for (int number = 2; number < 42; number++) {
            PortSpec port = cloud.spec(network, number, "n" + number);
            networks.add(micros(cloud::network));
            ports.add(micros(() -> cloud.done((by, call) -> by.ensurePort(call, port))));
            idle.add(micros(() -> cloud.done((by, call) -> by.ensurePort(call, port))));
        }

        LOG.log(
                System.Logger.Level.INFO,
                "Until applied: network {0}, port {1}, port again {2}",
                summary(networks),
                summary(ports),
                summary(idle));
        assertTrue(ports.stream().sorted().toList().get(20) < 1_000_000);
    }

    private static long micros(Runnable body) {
        long before = System.nanoTime();
        body.run();
        return Duration.ofNanos(System.nanoTime() - before).toNanos() / 1000;
    }

    private static String summary(List<Long> micros) {
        List<Long> sorted = micros.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "median %.1f ms, 95 %% %.1f ms",
                sorted.get(sorted.size() / 2) / 1000.0,
                sorted.get(sorted.size() * 95 / 100) / 1000.0);
    }
}
