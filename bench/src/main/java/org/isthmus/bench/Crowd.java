// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.MacAddress;
import org.isthmus.store.embedded.EmbeddedDatabase;

/**
 * Many servers at once, each as a model that was created through the API: its rows in every table but those of the audit log
 * and of events, and its effects in the simulator's ledger, with ids, names, hosts and addresses of its own. Written while
 * the controller does not run; afterwards it finds servers and networks below exactly as it has them.
 */
final class Crowd {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int COMMIT_EVERY = 2000;
    /** Address bits of the local MAC addresses given here: none that the controller drew. */
    private static final long MACS = 0x40_0000_0000L;

    /** Their subnets, /22 each: beyond those that the API was asked for. */
    private static final long FIRST_SUBNET = Cidr.address("10.64.0.0");

    private static final int PREFIX = 22;
    private static final long SUBNET = 1024;

    private final Ids ids = new Ids(Clock.systemUTC());
    private final Path ledger;
    private final String organization;

    Crowd(Path ledger, String organization) {
        this.ledger = ledger;
        this.organization = organization;
    }

    /** Adds servers until there are so many; numbered from {@code from}. */
    void grow(EmbeddedDatabase database, String model, int from, int to) throws SQLException, IOException {
        try (Connection connection = database.pool().getConnection();
                BufferedWriter effects = Files.newBufferedWriter(ledger, StandardOpenOption.APPEND)) {
            connection.setAutoCommit(false);
            String owner = one(connection, "select id from idn_organization where name = ?", organization);
            String server = one(
                    connection,
                    "select id from srv_server where organization_id = '" + owner + "' and name = ?",
                    model);
            String network = one(connection, "select network_id from net_port where server_id = ?", server);
            List<String> hosts = all(connection, "select id from loc_host order by id");
            List<String> hostNames = all(connection, "select name from loc_host order by id");
            ObjectNode serverEffect = effect("server", "server", server);
            ObjectNode networkEffect = effect("network", "network", network);
            try (Rows servers = new Rows(connection, "srv_server", "id", server);
                    Rows disks = new Rows(connection, "srv_disk", "server_id", server);
                    Rows ports = new Rows(connection, "net_port", "server_id", server);
                    Rows usages = new Rows(connection, "usg_interval", "subject_id", server);
                    Rows operations = new Rows(connection, "opr_operation", "subject_id", server);
                    Rows networks = new Rows(connection, "net_network", "id", network);
                    Rows cursors = new Rows(connection, "net_cursor", "network_id", network)) {
                ObjectNode below = JSON.createObjectNode();
                String on = "";
                Cidr subnet = new Cidr(FIRST_SUBNET, PREFIX);
                for (int i = from; i < to; i++) {
                    int onNetwork = (i - from) % Estate.ON_A_NETWORK;
                    if (onNetwork == 0) {
                        write(effects, below);
                        on = ids.network().value();
                        subnet = new Cidr(FIRST_SUBNET + (long) i / Estate.ON_A_NETWORK * SUBNET, PREFIX);
                        networks.copy(
                                0,
                                Map.of(
                                        "id",
                                        on,
                                        "name",
                                        "crowd-" + i,
                                        "first_address",
                                        subnet.network(),
                                        "last_address",
                                        subnet.network() + SUBNET - 1));
                        cursors.copy(
                                0,
                                Map.of("network_id", on, "next_address", subnet.firstServer() + Estate.ON_A_NETWORK));
                        below = networkEffect.deepCopy();
                        ((ObjectNode) below.path("network"))
                                .put("network", on)
                                .put("name", "crowd-" + i)
                                .put("cidr", subnet.toString());
                        ((ObjectNode) below.path("network")).putArray("ports");
                    }
                    int host = i % hosts.size();
                    String id = ids.server().value();
                    String disk = ids.disk().value();
                    String nic = ids.nic().value();
                    String name = "crowd-" + i;
                    String mac = MacAddress.local(MACS + i).value();
                    long address = subnet.firstServer() + onNetwork;
                    servers.copy(
                            0,
                            Map.of(
                                    "id",
                                    id,
                                    "name",
                                    name,
                                    "living_name",
                                    name,
                                    "host_id",
                                    hosts.get(host),
                                    "ref",
                                    "fake-" + id));
                    disks.copy(0, Map.of("id", disk, "server_id", id));
                    ports.copy(
                            0,
                            Map.of(
                                    "id",
                                    nic,
                                    "network_id",
                                    on,
                                    "server_id",
                                    id,
                                    "mac",
                                    mac,
                                    "address",
                                    address,
                                    "binding",
                                    String.valueOf(ports.models().get(0).get("binding"))
                                            .replace(
                                                    String.valueOf(ports.models()
                                                            .get(0)
                                                            .get("id")),
                                                    nic)));
                    for (int each = 0; each < usages.models().size(); each++) {
                        usages.copy(each, Map.of("id", ids.usage().value(), "subject_id", id));
                    }
                    operations.copy(0, Map.of("id", ids.operation().value(), "subject_id", id));
                    ObjectNode made = serverEffect.deepCopy();
                    ObjectNode seen = (ObjectNode) made.path("server");
                    seen.put("ref", "fake-" + id).put("server", id).put("token", "crowd-" + i);
                    seen.put("name", name).put("host", hostNames.get(host));
                    ((ObjectNode) seen.path("disks").get(0)).put("id", disk);
                    ((ObjectNode) seen.path("nics").get(0)).put("id", nic).put("mac", mac);
                    write(effects, made);
                    port((ArrayNode) below.path("network").path("ports"), networkEffect, i, nic, mac, address, name);
                    if (i % COMMIT_EVERY == 0) {
                        for (Rows each : List.of(networks, cursors, servers, disks, ports, usages, operations)) {
                            each.flush();
                        }
                        connection.commit();
                    }
                }
                write(effects, below);
                for (Rows each : List.of(networks, cursors, servers, disks, ports, usages, operations)) {
                    each.flush();
                }
            }
            claims(connection);
            connection.commit();
        }
    }

    private static void port(
            ArrayNode ports, ObjectNode model, int number, String nic, String mac, long address, String name) {
        ObjectNode port = model.path("network").path("ports").get(0).deepCopy();
        port.put("port", nic).put("token", "crowd-" + number).put("mac", mac).put("address", address);
        port.putArray("hostNames").add(name);
        ports.add(port);
    }

    /** Hosts know what their servers hold. */
    private static void claims(Connection connection) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update loc_host set used_cpus = (select coalesce(sum(claim_cpus), 0) from srv_server where host_id ="
                        + " loc_host.id), used_memory_mib = (select coalesce(sum(claim_memory_mib), 0) from"
                        + " srv_server where host_id = loc_host.id), used_disk_gib = (select"
                        + " coalesce(sum(claim_disk_gib), 0) from srv_server where host_id = loc_host.id)")) {
            update.executeUpdate();
        }
    }

    /** The last line of the ledger that tells how this thing was left. */
    private ObjectNode effect(String thing, String key, String id) throws IOException {
        try (Stream<String> lines = Files.lines(ledger)) {
            String last = lines.filter(line -> line.contains("\"EFFECT\"") && line.contains(id))
                    .filter(line -> {
                        try {
                            return JSON.readTree(line)
                                    .path(thing)
                                    .path(key)
                                    .asText()
                                    .equals(id);
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    })
                    .reduce((earlier, later) -> later)
                    .orElseThrow(() -> new IllegalStateException("The ledger does not know " + id));
            JsonNode tree = JSON.readTree(last);
            ObjectNode effect = (ObjectNode) tree;
            // what an effect changed counts for those who count effects: nobody counts these
            effect.remove("marks");
            return effect;
        }
    }

    private static void write(BufferedWriter effects, ObjectNode line) throws IOException {
        if (!line.isEmpty()) {
            effects.write(line.toString());
            effects.write('\n');
        }
    }

    private static String one(Connection connection, String sql, String value) throws SQLException {
        List<String> found = all(connection, sql, value);
        if (found.size() != 1) {
            throw new IllegalStateException(sql + " finds " + found.size() + " of " + value);
        }
        return found.get(0);
    }

    private static List<String> all(Connection connection, String sql, String... values) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                select.setString(i + 1, values[i]);
            }
            List<String> found = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found.add(rows.getString(1));
                }
            }
            return found;
        }
    }
}
