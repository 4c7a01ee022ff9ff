// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.isthmus.driver.ovn.ovsdb.Replica;
import org.isthmus.driver.ovn.ovsdb.Row;
import org.isthmus.driver.ovn.ovsdb.TableSpec;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;

/** Names in the northbound database: tables, columns, what we write into {@code external_ids}, and how rows are found. */
final class Northbound {
    static final String DATABASE = "OVN_Northbound";
    static final String GLOBAL = "NB_Global";
    static final String SWITCH = "Logical_Switch";
    static final String PORT = "Logical_Switch_Port";
    static final String GROUP = "Port_Group";
    static final String ACL = "ACL";
    static final String DHCP = "DHCP_Options";
    static final String DNS = "DNS";

    static final String IDS = "external_ids";
    static final String NETWORK = "isthmus-network";
    static final String ORGANIZATION = "isthmus-organization";
    static final String TOKEN = "isthmus-token";
    static final String NAME = "isthmus-name";
    static final String CIDR = "isthmus-cidr";
    static final String DNS_SERVER = "isthmus-dns";
    static final String DOMAIN = "isthmus-domain";
    static final String NIC = "isthmus-nic";
    static final String MAC = "isthmus-mac";
    static final String ADDRESS = "isthmus-address";
    /** Followed by a host name: a key for each, so that a guard can ask who has it. */
    static final String HOST = "isthmus-host-";

    static final String ROLE = "isthmus-role";
    static final String GATEWAY = "gateway";

    static final List<TableSpec> TABLES = List.of(
            TableSpec.of(GLOBAL, "nb_cfg"),
            TableSpec.indexed(SWITCH, "name", "ports", "acls", "dns_records", IDS),
            TableSpec.indexed(PORT, "name", "type", "addresses", "port_security", "dhcpv4_options", "enabled", IDS),
            TableSpec.indexed(GROUP, "name", "ports", "acls"),
            TableSpec.of(ACL, "direction", "priority", "match", "action", "log"),
            TableSpec.of(DHCP, "cidr", "options", IDS),
            TableSpec.of(DNS, "records", IDS));

    private Northbound() {}

    /** The network's switch. Of several of one name, which only a human can make, ours is the first that says so. */
    static Optional<Row> switchOf(Replica.View view, NetworkId network) {
        return view.indexed(SWITCH, network.value()).stream()
                .filter(row -> network.value().equals(row.map(IDS).get(NETWORK)))
                .findFirst()
                .or(() -> view.indexed(SWITCH, network.value()).stream().findFirst());
    }

    /** The rows of a table without names that belong to a network, ordered by UUID: more than one is drift. */
    static List<Row> belonging(Replica.View view, String table, NetworkId network) {
        return view.rows(table).stream()
                .filter(row -> network.value().equals(row.map(IDS).get(NETWORK)))
                .sorted(Comparator.comparing(Row::uuid))
                .toList();
    }

    /** The ports on a switch. */
    static List<Row> ports(Replica.View view, Row logicalSwitch) {
        return logicalSwitch.references("ports").stream()
                .flatMap(uuid -> view.row(PORT, uuid).stream())
                .toList();
    }

    /** The ports on a switch that this driver made for servers. */
    static List<Row> serverPorts(Replica.View view, Row logicalSwitch) {
        return ports(view, logicalSwitch).stream()
                .filter(port -> nic(port).isPresent())
                .toList();
    }

    /** Whose port it is; empty for ports that are no server's. */
    static Optional<NicId> nic(Row port) {
        return nicNamed(port.text("name"))
                .filter(nic -> nic.value().equals(port.map(IDS).get(NIC)));
    }

    static Optional<NicId> nicNamed(String portName) {
        try {
            return Optional.of(new NicId(NicId.PREFIX + "_" + portName));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    static Optional<NetworkId> networkNamed(String name) {
        try {
            return Optional.of(new NetworkId(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A port's name, which is also its interface id: the UUID of the interface. */
    static String portName(NicId nic) {
        return nic.value().substring(NicId.PREFIX.length() + 1);
    }

    static String gatewayName(NetworkId network) {
        return network.value() + "-gateway";
    }

    /** A port group's name is an identifier in match expressions: no hyphens. */
    static String groupName(NetworkId network) {
        return "isthmus_" + network.value().replace('-', '_');
    }

    static UUID uuid(NetworkId network) {
        return UUID.fromString(network.value().substring(NetworkId.PREFIX.length() + 1));
    }
}
