// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.isthmus.driver.ovn.ovsdb.Row;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;

/**
 * What a network looks like in OVN. All of it can be read back from its switch, so that {@code ensurePort} can mend a
 * network without having been told its form.
 */
record NetworkForm(NetworkId network, String organization, String name, Cidr cidr, boolean dns, String domain) {
    /** Seconds; addresses never move, so it only decides how soon a guest hears of another MTU or DNS server. */
    private static final String LEASE = "3600";

    // goes into an OVN action in quotation marks: nothing but DNS names may
    private static final Pattern DOMAIN =
            Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

    /** An access rule of the network's port group. */
    record Rule(String direction, long priority, String match, String action) {}

    /** Checks a wish. INVALID says what cannot be. */
    static NetworkForm of(NetworkSpec wanted) {
        if (wanted.cidr().prefix() > 30) {
            throw new DriverException(
                    Kind.INVALID,
                    "A network needs room for a gateway and a server: /30 or larger, not " + wanted.cidr() + ".");
        }
        String domain = wanted.dnsDomain() == null ? "" : wanted.dnsDomain();
        if (!domain.isEmpty()
                && (domain.length() > 200 || !DOMAIN.matcher(domain).matches())) {
            throw new DriverException(
                    Kind.INVALID,
                    "A DNS domain is at most 200 characters of lower-case labels with dots between, such as acme.example.");
        }
        return new NetworkForm(
                wanted.network(),
                wanted.organization().value(),
                wanted.name().value(),
                wanted.cidr(),
                wanted.dnsServer(),
                domain);
    }

    /** Reads it back; empty when somebody took away what we had written. */
    static Optional<NetworkForm> of(NetworkId network, Row logicalSwitch) {
        Map<String, String> ids = logicalSwitch.map(Northbound.IDS);
        String domain = ids.getOrDefault(Northbound.DOMAIN, "");
        try {
            return Optional.of(new NetworkForm(
                            network,
                            ids.getOrDefault(Northbound.ORGANIZATION, ""),
                            ids.getOrDefault(Northbound.NAME, ""),
                            Cidr.of(ids.get(Northbound.CIDR)),
                            Boolean.parseBoolean(ids.get(Northbound.DNS_SERVER)),
                            domain))
                    .filter(form -> form.cidr.prefix() <= 30
                            && (domain.isEmpty() || DOMAIN.matcher(domain).matches()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** What is written onto the switch, but for the token. */
    Map<String, String> ids() {
        Map<String, String> ids = new LinkedHashMap<>();
        ids.put(Northbound.NETWORK, network.value());
        ids.put(Northbound.ORGANIZATION, organization);
        ids.put(Northbound.NAME, name);
        ids.put(Northbound.CIDR, cidr.toString());
        ids.put(Northbound.DNS_SERVER, String.valueOf(dns));
        ids.put(Northbound.DOMAIN, domain);
        return ids;
    }

    String gateway() {
        return Cidr.text(cidr.gateway());
    }

    /** The MAC the gateway address answers with: always the same for a network, whoever asks. */
    MacAddress gatewayMac() {
        long bits = Northbound.uuid(network).getLeastSignificantBits();
        return MacAddress.local((bits ^ (bits >>> 40)) & 0xffffffffffL);
    }

    /**
     * DHCP without a router option: nothing is reachable beyond the network, so a guest gets no default route that would
     * lead nowhere.
     */
    Map<String, String> dhcpOptions(int mtu) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("server_id", gateway());
        options.put("server_mac", gatewayMac().value());
        options.put("lease_time", LEASE);
        options.put("mtu", String.valueOf(mtu));
        if (dns) {
            options.put("dns_server", gateway());
        }
        if (!domain.isEmpty()) {
            options.put("domain_name", "\"" + domain + "\"");
        }
        return options;
    }

    /**
     * Default deny in both directions. ARP and what is sent within the subnet passes, with DHCP's and every other
     * broadcast; all else does not, IPv6 included, also if somebody plugs a router or an uplink into the switch.
     */
    Set<Rule> rules() {
        String group = "@" + Northbound.groupName(network);
        String from = "inport == " + group;
        String to = "outport == " + group;
        return Set.copyOf(List.of(
                new Rule("from-lport", 1000, from, "drop"),
                new Rule("from-lport", 1001, from + " && arp", "allow"),
                new Rule(
                        "from-lport",
                        1001,
                        from + " && ip4.dst == {" + cidr + ", 224.0.0.0/4, 255.255.255.255}",
                        "allow"),
                new Rule("to-lport", 1000, to, "drop"),
                new Rule("to-lport", 1001, to + " && arp", "allow"),
                new Rule("to-lport", 1001, to + " && ip4.src == " + cidr, "allow")));
    }
}
