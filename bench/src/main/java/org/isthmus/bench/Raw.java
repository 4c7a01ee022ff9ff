// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.libvirt.StoragePool;
import org.libvirt.StorageVol;
import org.libvirt.Stream;

/**
 * A server that the controller has made, made again without it: the very same rows, files and domain, by the calls to
 * libvirt and OVSDB that it takes and no others, on connections that are open before.
 */
final class Raw implements AutoCloseable {
    private static final String NORTHBOUND = "OVN_Northbound";
    private static final String SOUTHBOUND = "OVN_Southbound";
    /** VIR_DOMAIN_XML_INACTIVE: as it was defined. */
    private static final int DEFINED = 2;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Pattern SOURCE = Pattern.compile("<source file='([^']*)'");
    private static final Pattern NAME = Pattern.compile("<name>([^<]*)");
    private static final Pattern CAPACITY = Pattern.compile("<capacity unit='bytes'>(\\d+)</capacity>");
    private static final Pattern BACKING = Pattern.compile("<backingStore>\\s*<path>([^<]*)</path>");

    private final String northbound;
    private final String southbound;
    private final Laps laps;
    private final Connect libvirt;
    private final String domainXml;
    private final StoragePool pool;
    private final String diskXml;
    private final String seedXml;
    private final byte[] seed;
    private final ObjectNode port;
    private final JsonNode logicalSwitch;
    private final List<JsonNode> groups = new ArrayList<>();
    private final JsonNode names;
    private final JsonNode records;

    /**
     * Learns what was made, while it is there.
     *
     * @param domain libvirt's name of it
     * @param portName OVN's name of its port
     */
    Raw(String libvirtUri, String northbound, String southbound, String domain, String portName, Laps laps)
            throws IOException, LibvirtException {
        this.northbound = northbound;
        this.southbound = southbound;
        this.laps = laps;
        libvirt = new Connect(libvirtUri);
        domainXml = libvirt.domainLookupByName(domain).getXMLDesc(DEFINED);
        Matcher sources = SOURCE.matcher(domainXml);
        String disk = next(sources, domainXml);
        String seedFile = next(sources, domainXml);
        StorageVol volume = libvirt.storageVolLookupByPath(disk);
        pool = volume.storagePoolLookupByVolume();
        String volumeXml = volume.getXMLDesc(0);
        diskXml = volume(
                disk,
                "qcow2",
                next(CAPACITY.matcher(volumeXml), volumeXml),
                "<backingStore><path>" + next(BACKING.matcher(volumeXml), volumeXml)
                        + "</path><format type='qcow2'/></backingStore>");
        seed = Files.readAllBytes(Path.of(seedFile));
        seedXml = volume(seedFile, "raw", String.valueOf(seed.length), "");
        try (Ovsdb reading = new Ovsdb(northbound)) {
            JsonNode row = row(
                    reading,
                    "Logical_Switch_Port",
                    where("name", "==", NODES.textNode(portName)),
                    "_uuid",
                    "name",
                    "addresses",
                    "port_security",
                    "dhcpv4_options",
                    "external_ids");
            port = row.deepCopy();
            JsonNode uuid = port.remove("_uuid");
            JsonNode its = row(reading, "Logical_Switch", where("ports", "includes", uuid), "_uuid", "dns_records");
            logicalSwitch = its.path("_uuid");
            names = its.path("dns_records");
            records =
                    row(reading, "DNS", where("_uuid", "==", names), "records").path("records");
            rows(reading, "Port_Group", where("ports", "includes", uuid), "_uuid")
                    .forEach(group -> groups.add(group.path("_uuid")));
        }
    }

    private static String next(Matcher matcher, String in) {
        if (!matcher.find()) {
            throw new IllegalStateException("No (more) " + matcher.pattern() + " in " + in);
        }
        return matcher.group(1);
    }

    private static String volume(String path, String format, String capacity, String backing) {
        return "<volume><name>" + name(path) + "</name><capacity unit='bytes'>" + capacity
                + "</capacity><allocation unit='bytes'>0</allocation><target><format type='" + format
                + "'/><permissions><mode>0600</mode></permissions>"
                + (format.equals("qcow2") ? "<compat>1.1</compat>" : "") + "</target>" + backing + "</volume>";
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Makes it and waits until its port is up. In ns. */
    long make() throws IOException, LibvirtException {
        try (Ovsdb north = new Ovsdb(northbound);
                Ovsdb south = new Ovsdb(southbound)) {
            south.monitor(SOUTHBOUND, columns("Port_Binding", "logical_port", "chassis", "up"));
            laps.round();
            long begun = System.nanoTime();
            north.transact(NORTHBOUND, insertion());
            long rows = lap("rows", begun);
            pool.storageVolCreateXML(diskXml, 0).free();
            long disk = lap("disk", rows);
            upload();
            long seeded = lap("seed", disk);
            Domain domain = libvirt.domainDefineXML(domainXml);
            long defined = lap("define", seeded);
            domain.create();
            long started = lap("start", defined);
            if (domain.isActive() != 1) {
                throw new IllegalStateException("It was started and does not run");
            }
            domain.free();
            south.until(
                    "Port_Binding",
                    row -> row.path("logical_port").equals(port.path("name"))
                            && row.path("up").asBoolean(false)
                            && row.path("chassis").path(0).asText().equals("uuid"));
            return lap("up", started) - begun;
        }
    }

    private long lap(String part, long since) {
        long now = System.nanoTime();
        laps.add(part, now - since);
        return now;
    }

    private void upload() throws LibvirtException {
        StorageVol volume = pool.storageVolCreateXML(seedXml, 0);
        Stream stream = libvirt.streamNew(0);
        volume.upload(stream, 0, seed.length, 0);
        int sent = 0;
        while (sent < seed.length) {
            sent += stream.send(java.util.Arrays.copyOfRange(seed, sent, seed.length));
        }
        stream.finish();
        stream.free();
        volume.free();
    }

    /** Removes it, and waits until the host has seen that. */
    void remove() throws IOException, LibvirtException {
        Domain domain = libvirt.domainLookupByName(next(NAME.matcher(domainXml), domainXml));
        domain.destroy();
        for (String xml : List.of(diskXml, seedXml)) {
            pool.storageVolLookupByName(next(NAME.matcher(xml), xml)).delete(0);
        }
        domain.undefine();
        domain.free();
        try (Ovsdb north = new Ovsdb(northbound);
                Ovsdb south = new Ovsdb(southbound)) {
            JsonNode uuid = row(north, "Logical_Switch_Port", where("name", "==", port.path("name")), "_uuid")
                    .path("_uuid");
            JsonNode results = north.transact(NORTHBOUND, removal(uuid));
            long number = results.path(results.size() - 1)
                    .path("rows")
                    .path(0)
                    .path("nb_cfg")
                    .asLong();
            south.monitor(SOUTHBOUND, columns("Chassis_Private", "nb_cfg"));
            south.until("Chassis_Private", row -> row.path("nb_cfg").asLong() >= number);
        }
    }

    private ArrayNode insertion() {
        ArrayNode operations = NODES.arrayNode();
        operations
                .addObject()
                .put("op", "insert")
                .put("table", "Logical_Switch_Port")
                .put("uuid-name", "port")
                .set("row", port);
        JsonNode inserted = NODES.arrayNode().add("named-uuid").add("port");
        mutate(operations, "Logical_Switch", logicalSwitch, "ports", "insert", inserted);
        groups.forEach(group -> mutate(operations, "Port_Group", group, "ports", "insert", inserted));
        mutate(operations, "DNS", names, "records", "insert", records);
        return number(operations);
    }

    private ArrayNode removal(JsonNode uuid) {
        ArrayNode operations = NODES.arrayNode();
        mutate(operations, "Logical_Switch", logicalSwitch, "ports", "delete", uuid);
        groups.forEach(group -> mutate(operations, "Port_Group", group, "ports", "delete", uuid));
        mutate(operations, "DNS", names, "records", "delete", records);
        return number(operations);
    }

    /** The number by which hosts say how far they are, as the driver counts it with every change. */
    private static ArrayNode number(ArrayNode operations) {
        operations
                .addObject()
                .put("op", "mutate")
                .put("table", "NB_Global")
                .<ObjectNode>set("where", NODES.arrayNode())
                .set(
                        "mutations",
                        NODES.arrayNode()
                                .add(NODES.arrayNode().add("nb_cfg").add("+=").add(1)));
        operations
                .addObject()
                .put("op", "select")
                .put("table", "NB_Global")
                .<ObjectNode>set("where", NODES.arrayNode())
                .set("columns", NODES.arrayNode().add("nb_cfg"));
        return operations;
    }

    private static void mutate(
            ArrayNode operations, String table, JsonNode row, String column, String mutator, JsonNode value) {
        operations
                .addObject()
                .put("op", "mutate")
                .put("table", table)
                .<ObjectNode>set("where", where("_uuid", "==", row))
                .set(
                        "mutations",
                        NODES.arrayNode()
                                .add(NODES.arrayNode().add(column).add(mutator).add(value)));
    }

    private static ArrayNode where(String column, String function, JsonNode value) {
        return NODES.arrayNode().add(NODES.arrayNode().add(column).add(function).add(value));
    }

    private static ObjectNode columns(String table, String... columns) {
        ArrayNode names = NODES.arrayNode();
        List.of(columns).forEach(names::add);
        return NODES.objectNode().set(table, NODES.objectNode().set("columns", names));
    }

    private static ObjectNode row(Ovsdb reading, String table, ArrayNode where, String... columns) throws IOException {
        JsonNode rows = rows(reading, table, where, columns);
        if (rows.size() != 1) {
            throw new IOException(table + " has not one row where " + where + ": " + rows);
        }
        return (ObjectNode) rows.path(0);
    }

    private static JsonNode rows(Ovsdb reading, String table, ArrayNode where, String... columns) throws IOException {
        ArrayNode operations = NODES.arrayNode();
        ObjectNode select = operations.addObject().put("op", "select").put("table", table);
        select.set("where", where);
        List.of(columns).forEach(select.withArray("/columns")::add);
        return reading.transact(NORTHBOUND, operations).path(0).path("rows");
    }

    @Override
    public void close() throws LibvirtException {
        libvirt.close();
    }
}
