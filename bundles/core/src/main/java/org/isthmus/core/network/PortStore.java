// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.isthmus.api.ProblemException;
import org.isthmus.api.network.NetworkProblem;
import org.isthmus.core.Json;
import org.isthmus.core.RowStore;
import org.isthmus.core.Sql.Nothing;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.network.PortBinding;

/** Ports, and the addresses they are given. Inside a transaction. */
public final class PortStore {
    private static final String UNBOUND = "select id, network_id, server_id, sort_no, mac, address, guest_addresses";
    private static final String COLUMNS = UNBOUND + ", binding from net_port";
    private static final String KIND = "kind";
    private static final String ATTRIBUTE = "attribute.";
    private static final long MAC_BITS = 0xffffffffffL;

    private final RowStore rows;
    private final NetworkStore networks;

    public PortStore(RowStore rows, NetworkStore networks) {
        this.rows = rows;
        this.networks = networks;
    }

    /**
     * Makes a port with the wished address and MAC address, or free ones. The caller holds the network's {@link
     * NetworkStore#lock}. Asks the database a handful of questions, however many ports there are: the search goes on where
     * the last one ended, and looks for the first gap only when it meets an address that is taken.
     *
     * @throws ProblemException ADDRESS_TAKEN, MAC_TAKEN, FULL
     */
    public Port allocate(
            Network network,
            NicId nic,
            ServerId server,
            int sortNo,
            Optional<Long> wished,
            Optional<MacAddress> wishedMac) {
        long address;
        if (wished.isPresent()) {
            address = wished.get();
            requireFree(network, address);
        } else {
            address = free(network)
                    .orElseThrow(() -> NetworkProblem.FULL.because(
                            "Network %s has given out all of its %d addresses; use a network with a larger subnet.",
                            network.name(),
                            network.cidr().lastServer() - network.cidr().firstServer() + 1));
            networks.cursor(network.id(), address + 1);
        }
        MacAddress mac = wishedMac.map(each -> free(network, each)).orElseGet(() -> mac(network.id(), nic));
        Port port = new Port(nic, network.id(), server, sortNo, mac, address, List.of(), Optional.empty());
        rows.change(
                "insert into net_port (id, network_id, server_id, sort_no, mac, address, binding)"
                        + " values (?, ?, ?, ?, ?, ?, null)",
                nic.value(),
                network.id().value(),
                server.value(),
                sortNo,
                port.mac().value(),
                address);
        return port;
    }

    private void requireFree(Network network, long address) {
        if (taken(network.id(), address)) {
            throw taken(network, address);
        }
    }

    /** Says whose it is. */
    public static ProblemException taken(Network network, long address) {
        return NetworkProblem.ADDRESS_TAKEN.because(
                "%s is another server's on network %s; leave the address out to get a free one.",
                Cidr.text(address), network.name());
    }

    private MacAddress free(Network network, MacAddress mac) {
        if (taken(network.id(), mac)) {
            throw taken(network, mac);
        }
        return mac;
    }

    /** Says whose it is. */
    public static ProblemException taken(Network network, MacAddress mac) {
        return NetworkProblem.MAC_TAKEN.because(
                "%s is another server's on network %s; leave it out to get a free one.", mac, network.name());
    }

    /** Those of these addresses that are somebody's on a network: in a few queries. */
    public Set<Long> addressesTaken(NetworkId network, Collection<Long> addresses) {
        Set<Long> taken = new HashSet<>();
        among(network, "address", addresses, row -> taken.add(row.getLong(1)));
        return taken;
    }

    /** The same of MAC addresses. */
    public Set<MacAddress> macsTaken(NetworkId network, Collection<MacAddress> macs) {
        Set<MacAddress> taken = new HashSet<>();
        among(
                network,
                "mac",
                macs.stream().map(MacAddress::value).toList(),
                row -> taken.add(new MacAddress(row.getString(1))));
        return taken;
    }

    private void among(NetworkId network, String column, Collection<?> values, RowStore.Mapper<Boolean> each) {
        rows.among(
                "select " + column + " from net_port",
                "net_port_" + column,
                "network_id = ? and " + column,
                "network_id, " + column,
                List.of(network.value()),
                values,
                each);
    }

    private boolean taken(NetworkId network, MacAddress mac) {
        return rows.any("select id from net_port where network_id = ? and mac = ?", network.value(), mac.value());
    }

    private boolean taken(NetworkId network, long address) {
        return rows.any("select id from net_port where network_id = ? and address = ?", network.value(), address);
    }

    private OptionalLong free(Network network) {
        long first = network.cidr().firstServer();
        long last = network.cidr().lastServer();
        long cursor = Math.max(first, networks.cursor(network.id()));
        OptionalLong after = cursor > last ? OptionalLong.empty() : from(network.id(), cursor, last);
        return after.isPresent() ? after : from(network.id(), first, last);
    }

    /** The first free address from this one on. */
    private OptionalLong from(NetworkId network, long start, long last) {
        if (!taken(network, start)) {
            return OptionalLong.of(start);
        }
        // start is taken, so the first gap follows the end of the row of taken ones that it belongs to
        long gap = rows.one(
                        "select min(p.address) from net_port p where p.network_id = ? and p.address >= ?"
                                + " and p.address < ? and not exists (select q.id from net_port q"
                                + " where q.network_id = p.network_id and q.address = p.address + 1)",
                        row -> row.getLong(1),
                        network.value(),
                        start,
                        last)
                .orElse(0L);
        return gap == 0 ? OptionalLong.empty() : OptionalLong.of(gap + 1);
    }

    /** Out of the nic's own random bits; another one in the unlikely case that the network has it. */
    private MacAddress mac(NetworkId network, NicId nic) {
        String digits = nic.value().replace("-", "");
        long bits = Long.parseUnsignedLong(digits.substring(digits.length() - 10), 16);
        MacAddress mac = MacAddress.local(bits);
        while (taken(network, mac)) {
            bits = (bits + 1) & MAC_BITS;
            mac = MacAddress.local(bits);
        }
        return mac;
    }

    public Optional<Port> find(NicId id) {
        return rows.one(COLUMNS + " where id = ?", PortStore::port, id.value());
    }

    /** A server's ports, in its order. */
    public List<Port> of(ServerId server) {
        return rows.query(COLUMNS + " where server_id = ?", PortStore::port, server.value()).stream()
                .sorted(Comparator.comparing(Port::sortNo))
                .toList();
    }

    /** The ports of many servers in a few queries, each server's in its order; without their bindings, which are not shown. */
    public Map<ServerId, List<Port>> shown(Collection<ServerId> servers) {
        Map<ServerId, List<Port>> ports = new LinkedHashMap<>();
        servers.forEach(server -> ports.put(server, new java.util.ArrayList<>()));
        rows.among(
                UNBOUND + " from net_port",
                "net_port_server",
                "server_id",
                "server_id, sort_no",
                servers.stream().map(ServerId::value).toList(),
                row -> {
                    Port port = port(row, Optional.empty());
                    return ports.get(port.server()).add(port);
                });
        return ports;
    }

    /** The ports of all servers of an endpoint that runs servers, each server's in its order. */
    public Map<ServerId, List<Port>> plugged(EndpointId compute) {
        return rows
                .query(
                        COLUMNS + " where server_id in (select s.id from srv_server s where s.endpoint_id = ?)"
                                + " order by sort_no, id",
                        PortStore::port,
                        compute.value())
                .stream()
                .collect(Collectors.groupingBy(Port::server));
    }

    /** All ports on networks of an endpoint. */
    List<Port> of(EndpointId endpoint) {
        return rows.query(
                COLUMNS + " where network_id in (select n.id from net_network n where n.endpoint_id = ?)",
                PortStore::port,
                endpoint.value());
    }

    /** Those of them that should be there: bound, and their server has no operation at work on it. */
    Set<NicId> settled(EndpointId endpoint) {
        return new HashSet<>(rows.query(
                "select p.id from net_port p join srv_server s on s.id = p.server_id join net_network n on n.id ="
                        + " p.network_id where n.endpoint_id = ? and s.operation_id is null and p.binding is not null",
                row -> new NicId(row.getString(1)),
                endpoint.value()));
    }

    public void bind(NicId id, PortBinding binding) {
        Map<String, String> texts = new TreeMap<>();
        texts.put(KIND, binding.kind());
        binding.attributes().forEach((name, value) -> texts.put(ATTRIBUTE + name, value));
        rows.change("update net_port set binding = ? where id = ?", Json.write(texts), id.value());
    }

    /** Keeps what the guest says are its addresses on this interface. The caller gives the server its next version. */
    public void guestSays(NicId id, List<String> addresses) {
        rows.change(
                "update net_port set guest_addresses = ? where id = ?",
                addresses.isEmpty() ? Nothing.TEXT : String.join(" ", addresses),
                id.value());
    }

    public void delete(NicId id) {
        rows.change("delete from net_port where id = ?", id.value());
    }

    public void deleteOf(ServerId server) {
        rows.change("delete from net_port where server_id = ?", server.value());
    }

    private static Port port(ResultSet row) throws SQLException {
        return port(row, Optional.ofNullable(row.getString(8)).map(PortStore::binding));
    }

    private static Port port(ResultSet row, Optional<PortBinding> binding) throws SQLException {
        return new Port(
                new NicId(row.getString(1)),
                new NetworkId(row.getString(2)),
                new ServerId(row.getString(3)),
                row.getInt(4),
                new MacAddress(row.getString(5)),
                row.getLong(6),
                Optional.ofNullable(row.getString(7))
                        .map(said -> List.of(said.split(" ")))
                        .orElse(List.of()),
                binding);
    }

    private static PortBinding binding(String json) {
        Map<String, String> texts = Json.read(json);
        Map<String, String> attributes = new TreeMap<>();
        texts.forEach((name, value) -> {
            if (name.startsWith(ATTRIBUTE)) {
                attributes.put(name.substring(ATTRIBUTE.length()), value);
            }
        });
        return new PortBinding(texts.get(KIND), attributes);
    }
}
