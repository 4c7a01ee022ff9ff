// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import static org.isthmus.driver.ovn.Northbound.ACL;
import static org.isthmus.driver.ovn.Northbound.DHCP;
import static org.isthmus.driver.ovn.Northbound.DNS;
import static org.isthmus.driver.ovn.Northbound.GROUP;
import static org.isthmus.driver.ovn.Northbound.IDS;
import static org.isthmus.driver.ovn.Northbound.PORT;
import static org.isthmus.driver.ovn.Northbound.SWITCH;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.isthmus.driver.ovn.ovsdb.Replica;
import org.isthmus.driver.ovn.ovsdb.Row;
import org.isthmus.driver.ovn.ovsdb.Transaction;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * Compares one state of the replica with a wish and fills a {@link Plan}. Pure: reads the view, waits for nothing.
 *
 * <p>Whatever a decision rests on is guarded: that a row is absent before it is inserted, that no other port has the
 * address, who else has a host name.
 */
final class Planner {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Replica.View view;
    private final int mtu;
    private final Plan plan = new Plan();

    Planner(Replica.View view, int mtu) {
        this.view = view;
        this.mtu = mtu;
    }

    Plan plan() {
        return plan;
    }

    /** The network in this form, with everything that belongs to it but the ports' own columns. */
    void network(NetworkForm form, String token) {
        Optional<Row> found = Northbound.switchOf(view, form.network());
        found.ifPresent(logicalSwitch -> checkPortsWithin(form, logicalSwitch));
        network(form, token, found, Optional.empty());
    }

    /** The port in this form, and whatever its network lacks. */
    void port(PortForm wanted, String token) {
        Row logicalSwitch = Northbound.switchOf(view, wanted.network())
                .orElseThrow(() -> new DriverException(
                        Kind.NOT_FOUND, "There is no network " + wanted.network() + "; make it first."));
        NetworkForm form = NetworkForm.of(wanted.network(), logicalSwitch)
                .orElseThrow(() -> new DriverException(
                        Kind.CONFLICT,
                        "The switch of network " + wanted.network()
                                + " has lost what was written onto it; ensure the network, then the port."));
        wanted.checkWithin(form);
        String name = Northbound.portName(wanted.nic());
        List<Row> found = view.indexed(PORT, name);
        plan.guard(PORT, Transaction.is("name", name), found);
        Optional<Row> port = found.stream().findFirst();
        if (port.isPresent()
                && !logicalSwitch.references("ports").contains(port.get().uuid())) {
            throw new DriverException(
                    Kind.CONFLICT, "Port " + wanted.nic() + " is on another network; remove it there first.");
        }
        claim(wanted, logicalSwitch, port);
        guardNames(wanted.network(), port, wanted.hostNames());
        Parts parts = network(form, token, Optional.of(logicalSwitch), Optional.of(wanted));
        if (port.isPresent()) {
            mend(port.get(), wanted, token);
        } else {
            JsonNode made = plan.insert(PORT, newPort(wanted, parts.dhcp, token));
            plan.add(SWITCH, parts.logicalSwitch, "ports", Transaction.references(List.of(made)));
            plan.add(GROUP, parts.group, "ports", Transaction.references(List.of(made)));
        }
    }

    /** No such port. */
    void noPort(NetworkId network, NicId nic) {
        Optional<Row> logicalSwitch = Northbound.switchOf(view, network);
        Optional<Row> port = view.indexed(PORT, Northbound.portName(nic)).stream()
                .filter(row -> logicalSwitch
                        .map(on -> on.references("ports").contains(row.uuid()))
                        .orElse(false))
                .findFirst();
        if (port.isEmpty()) {
            return;
        }
        Row on = logicalSwitch.orElseThrow();
        plan.guard(SWITCH, Transaction.is(on.uuid()), List.of(on));
        guardNames(network, port, Set.of());
        // without its switch the port is nobody's and goes, out of the port group too
        plan.remove(
                SWITCH,
                Transaction.reference(on.uuid()),
                "ports",
                Transaction.references(List.of(Transaction.reference(port.get().uuid()))));
        String domain = on.map(IDS).getOrDefault(Northbound.DOMAIN, "");
        Map<String, String> records = DnsRecords.of(named(on, port.get().text("name"), Optional.empty()), domain);
        Northbound.belonging(view, DNS, network).forEach(row -> plan.map(DNS, row, "records", records));
    }

    /** No such network. CONFLICT while it has ports. */
    void noNetwork(NetworkId network) {
        Optional<Row> found = Northbound.switchOf(view, network);
        if (found.isPresent()) {
            Row logicalSwitch = found.get();
            List<Row> others = Northbound.ports(view, logicalSwitch).stream()
                    .filter(port -> !port.text("name").equals(Northbound.gatewayName(network)))
                    .toList();
            if (!others.isEmpty()) {
                throw new DriverException(
                        Kind.CONFLICT,
                        "Network " + network + " still has " + others.size() + " ports, such as "
                                + others.get(0).text("name") + "; remove them first.");
            }
            plan.guard(
                    SWITCH,
                    logicalSwitch.uuid(),
                    "ports",
                    Transaction.references(logicalSwitch.references("ports").stream()
                            .map(Transaction::reference)
                            .toList()));
            plan.delete(SWITCH, logicalSwitch);
        }
        view.indexed(GROUP, Northbound.groupName(network)).forEach(row -> plan.delete(GROUP, row));
        Northbound.belonging(view, DHCP, network).forEach(row -> plan.delete(DHCP, row));
        Northbound.belonging(view, DNS, network).forEach(row -> plan.delete(DNS, row));
    }

    /** Rows other rows refer to, there or just inserted. */
    private record Parts(JsonNode logicalSwitch, JsonNode group, JsonNode dhcp) {}

    private Parts network(NetworkForm form, String token, Optional<Row> found, Optional<PortForm> coming) {
        plan.guard(
                SWITCH,
                Transaction.is("name", form.network().value()),
                view.indexed(SWITCH, form.network().value()));
        List<Row> members =
                found.map(logicalSwitch -> members(logicalSwitch, coming)).orElse(List.of());
        JsonNode dhcp = dhcp(form);
        for (Row port : members) {
            plan.references(PORT, port, "dhcpv4_options", List.of(dhcp));
        }
        String comingName = coming.map(port -> Northbound.portName(port.nic())).orElse("");
        Map<String, String> records = form.dns()
                ? DnsRecords.of(found.map(on -> named(on, comingName, coming)).orElse(List.of()), form.domain())
                : Map.of();
        List<JsonNode> dns = dns(form, records);
        JsonNode logicalSwitch = found.isPresent()
                ? mend(found.get(), form, dns, token)
                : plan.insert(SWITCH, newSwitch(form, dns, token));
        return new Parts(logicalSwitch, group(form, members), dhcp);
    }

    private ObjectNode newSwitch(NetworkForm form, List<JsonNode> dns, String token) {
        Map<String, String> ids = new LinkedHashMap<>(form.ids());
        ids.put(Northbound.TOKEN, token);
        return Transaction.row()
                .put("name", form.network().value())
                .<ObjectNode>set("ports", Transaction.references(List.of(newGateway(form))))
                .<ObjectNode>set("dns_records", Transaction.references(dns))
                .set(IDS, Transaction.map(ids));
    }

    private JsonNode mend(Row logicalSwitch, NetworkForm form, List<JsonNode> dns, String token) {
        plan.ids(SWITCH, logicalSwitch, form.ids(), token);
        // rules stand in the port group; one here could let in what those keep out
        plan.references(SWITCH, logicalSwitch, "acls", List.of());
        plan.references(SWITCH, logicalSwitch, "dns_records", dns);
        JsonNode reference = Transaction.reference(logicalSwitch.uuid());
        Optional<Row> gateway = view.indexed(PORT, Northbound.gatewayName(form.network())).stream()
                .findFirst();
        if (gateway.isEmpty()) {
            plan.add(SWITCH, reference, "ports", Transaction.references(List.of(newGateway(form))));
        } else if (!logicalSwitch.references("ports").contains(gateway.get().uuid())) {
            throw new DriverException(
                    Kind.CONFLICT,
                    "Another switch has a port named " + Northbound.gatewayName(form.network())
                            + "; delete that port.");
        } else {
            Row row = gateway.get();
            if (!row.text("type").equals("localport")) {
                plan.update(PORT, row, "type", NODES.textNode("localport"));
            }
            plan.texts(PORT, row, "addresses", Set.of(gatewayAddresses(form)));
            enable(row);
        }
        return reference;
    }

    /**
     * The port that makes the gateway address answer ARP while there is no router: guests ask it for names and renew their
     * leases there, and OVN itself answers. Never bound anywhere, so that all else sent to it is dropped.
     */
    private JsonNode newGateway(NetworkForm form) {
        return plan.insert(
                PORT,
                Transaction.row()
                        .put("name", Northbound.gatewayName(form.network()))
                        .put("type", "localport")
                        .<ObjectNode>set("addresses", Transaction.texts(Set.of(gatewayAddresses(form))))
                        .set(
                                IDS,
                                Transaction.map(Map.of(
                                        Northbound.NETWORK,
                                        form.network().value(),
                                        Northbound.ROLE,
                                        Northbound.GATEWAY))));
    }

    private static String gatewayAddresses(NetworkForm form) {
        return form.gatewayMac() + " " + form.gateway();
    }

    private JsonNode dhcp(NetworkForm form) {
        List<Row> rows = owned(DHCP, form.network());
        Map<String, String> options = form.dhcpOptions(mtu);
        if (rows.isEmpty()) {
            return plan.insert(
                    DHCP,
                    Transaction.row()
                            .put("cidr", form.cidr().toString())
                            .<ObjectNode>set("options", Transaction.map(options))
                            .set(IDS, owner(form.network())));
        }
        Row row = rows.get(0);
        if (!row.text("cidr").equals(form.cidr().toString())) {
            plan.update(DHCP, row, "cidr", NODES.textNode(form.cidr().toString()));
        }
        plan.map(DHCP, row, "options", options);
        rows.stream().skip(1).forEach(extra -> plan.delete(DHCP, extra));
        return Transaction.reference(row.uuid());
    }

    private List<JsonNode> dns(NetworkForm form, Map<String, String> records) {
        List<Row> rows = owned(DNS, form.network());
        if (!form.dns()) {
            rows.forEach(row -> plan.delete(DNS, row));
            return List.of();
        }
        if (rows.isEmpty()) {
            return List.of(plan.insert(
                    DNS,
                    Transaction.row()
                            .<ObjectNode>set("records", Transaction.map(records))
                            .set(IDS, owner(form.network()))));
        }
        plan.map(DNS, rows.get(0), "records", records);
        rows.stream().skip(1).forEach(extra -> plan.delete(DNS, extra));
        return List.of(Transaction.reference(rows.get(0).uuid()));
    }

    private JsonNode group(NetworkForm form, List<Row> members) {
        String name = Northbound.groupName(form.network());
        List<Row> found = view.indexed(GROUP, name);
        plan.guard(GROUP, Transaction.is("name", name), found);
        if (found.isEmpty()) {
            return plan.insert(
                    GROUP,
                    Transaction.row()
                            .put("name", name)
                            .<ObjectNode>set("acls", newRules(form))
                            .<ObjectNode>set("ports", Transaction.references(references(members)))
                            .set(IDS, owner(form.network())));
        }
        Row group = found.get(0);
        if (!rules(group).equals(form.rules())
                || group.references("acls").size() != form.rules().size()) {
            plan.update(GROUP, group, "acls", newRules(form));
        }
        JsonNode reference = Transaction.reference(group.uuid());
        Set<UUID> wanted = members.stream().map(Row::uuid).collect(Collectors.toSet());
        Set<UUID> seen = group.references("ports");
        // differences, not the whole: somebody else may be adding a port just now
        List<JsonNode> missing = wanted.stream()
                .filter(uuid -> !seen.contains(uuid))
                .map(Transaction::reference)
                .toList();
        List<JsonNode> foreign = seen.stream()
                .filter(uuid -> !wanted.contains(uuid))
                .map(Transaction::reference)
                .toList();
        if (!missing.isEmpty()) {
            plan.add(GROUP, reference, "ports", Transaction.references(missing));
        }
        if (!foreign.isEmpty()) {
            plan.remove(GROUP, reference, "ports", Transaction.references(foreign));
        }
        return reference;
    }

    private JsonNode newRules(NetworkForm form) {
        List<JsonNode> rules = new ArrayList<>();
        for (NetworkForm.Rule rule : form.rules()) {
            rules.add(plan.insert(
                    ACL,
                    Transaction.row()
                            .put("direction", rule.direction())
                            .put("priority", rule.priority())
                            .put("match", rule.match())
                            .put("action", rule.action())
                            .set(IDS, owner(form.network()))));
        }
        return Transaction.references(rules);
    }

    private Set<NetworkForm.Rule> rules(Row group) {
        Set<NetworkForm.Rule> rules = new HashSet<>();
        for (UUID uuid : group.references("acls")) {
            view.row(ACL, uuid)
                    .ifPresent(row -> rules.add(new NetworkForm.Rule(
                            row.text("direction"), row.number("priority"), row.text("match"), row.text("action"))));
        }
        return rules;
    }

    private static ObjectNode newPort(PortForm wanted, JsonNode dhcp, String token) {
        Map<String, String> ids = new LinkedHashMap<>(wanted.ids());
        ids.put(Northbound.TOKEN, token);
        JsonNode addresses = Transaction.texts(Set.of(wanted.addresses()));
        return Transaction.row()
                .put("name", Northbound.portName(wanted.nic()))
                .<ObjectNode>set("addresses", addresses)
                .<ObjectNode>set("port_security", addresses)
                .<ObjectNode>set("dhcpv4_options", Transaction.references(List.of(dhcp)))
                .set(IDS, Transaction.map(ids));
    }

    private void mend(Row port, PortForm wanted, String token) {
        plan.ids(PORT, port, wanted.ids(), token);
        if (!port.text("type").isEmpty()) {
            plan.update(PORT, port, "type", NODES.textNode(""));
        }
        plan.texts(PORT, port, "addresses", Set.of(wanted.addresses()));
        plan.texts(PORT, port, "port_security", Set.of(wanted.addresses()));
        enable(port);
    }

    private void enable(Row port) {
        if (!port.flag("enabled").orElse(true)) {
            plan.update(PORT, port, "enabled", Transaction.texts(Set.of()));
        }
    }

    /** Refuses an address or MAC that somebody else on the switch has, and guards that nobody takes it meanwhile. */
    private void claim(PortForm wanted, Row logicalSwitch, Optional<Row> port) {
        String address = Cidr.text(wanted.address());
        for (Row other : Northbound.ports(view, logicalSwitch)) {
            if (port.map(Row::uuid).filter(other.uuid()::equals).isPresent()) {
                continue;
            }
            Set<String> taken = new TreeSet<>();
            other.texts("addresses").forEach(text -> taken.addAll(List.of(text.split(" "))));
            Map<String, String> ids = other.map(IDS);
            taken.add(ids.getOrDefault(Northbound.MAC, ""));
            taken.add(ids.getOrDefault(Northbound.ADDRESS, ""));
            for (String mine : List.of(address, wanted.mac())) {
                if (taken.contains(mine)) {
                    throw new DriverException(
                            Kind.CONFLICT, mine + " is in use by port " + other.text("name") + " of this network.");
                }
            }
        }
        guardHolders(wanted.network(), Northbound.ADDRESS, address);
        guardHolders(wanted.network(), Northbound.MAC, wanted.mac());
    }

    /** Guards who else has the names this port has or will have: the records of such a name lead to all of them. */
    private void guardNames(NetworkId network, Optional<Row> port, Set<String> coming) {
        Set<String> names = new TreeSet<>(coming);
        port.ifPresent(row -> names.addAll(PortForm.hostNames(row)));
        names.forEach(host -> guardHolders(network, Northbound.HOST + host, "yes"));
    }

    private void guardHolders(NetworkId network, String key, String value) {
        List<Row> holders = Northbound.switchOf(view, network)
                .map(logicalSwitch -> Northbound.ports(view, logicalSwitch))
                .orElse(List.of())
                .stream()
                .filter(row -> value.equals(row.map(IDS).get(key))
                        && network.value().equals(row.map(IDS).get(Northbound.NETWORK)))
                .toList();
        ArrayNode where =
                Transaction.includes(IDS, Transaction.map(Map.of(Northbound.NETWORK, network.value(), key, value)));
        plan.guard(PORT, where, holders);
    }

    private List<Row> owned(String table, NetworkId network) {
        List<Row> rows = Northbound.belonging(view, table, network);
        plan.guard(table, Transaction.includes(IDS, owner(network)), rows);
        return rows;
    }

    private void checkPortsWithin(NetworkForm form, Row logicalSwitch) {
        for (Row port : Northbound.serverPorts(view, logicalSwitch)) {
            long address = PortForm.address(port).orElse(form.cidr().firstServer());
            if (!form.cidr().contains(address)) {
                throw new DriverException(
                        Kind.CONFLICT,
                        "Port " + port.text("name") + " has " + Cidr.text(address) + ", which " + form.cidr()
                                + " does not hold; remove such ports first.");
            }
        }
    }

    /** Servers' ports, and the one being mended even if nothing on it says so any more. */
    private List<Row> members(Row logicalSwitch, Optional<PortForm> coming) {
        String name = coming.map(port -> Northbound.portName(port.nic())).orElse("");
        return Northbound.ports(view, logicalSwitch).stream()
                .filter(port ->
                        Northbound.nic(port).isPresent() || port.text("name").equals(name))
                .toList();
    }

    /** The names of a network's ports, without the row of this name and with the port that comes. */
    private List<DnsRecords.Named> named(Row logicalSwitch, String without, Optional<PortForm> coming) {
        List<DnsRecords.Named> ports = new ArrayList<>();
        for (Row port : Northbound.serverPorts(view, logicalSwitch)) {
            if (!port.text("name").equals(without)) {
                PortForm.address(port)
                        .ifPresent(address -> ports.add(new DnsRecords.Named(address, PortForm.hostNames(port))));
            }
        }
        coming.ifPresent(port -> ports.add(new DnsRecords.Named(port.address(), port.hostNames())));
        return ports;
    }

    private static List<JsonNode> references(List<Row> rows) {
        return rows.stream().map(row -> Transaction.reference(row.uuid())).toList();
    }

    private static JsonNode owner(NetworkId network) {
        return Transaction.map(Map.of(Northbound.NETWORK, network.value()));
    }
}
