// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.isthmus.model.Id;
import org.isthmus.model.Ids;
import org.isthmus.spi.EndpointConfig;

/** A whole OVN of a test's own: both databases, northd, and hosts whose datapath is Open vSwitch's dummy. */
final class PrivateOvn implements AutoCloseable {
    private static final String SCHEMAS = "/usr/share/ovn/";

    private final Daemons daemons = Daemons.start(
            "ovsdb-server",
            "ovsdb-tool",
            "ovn-northd",
            "ovn-controller",
            "ovs-vswitchd",
            "ovs-vsctl",
            "ovn-nbctl",
            "ovn-trace");
    private final Map<String, Process> processes = new HashMap<>();
    private int hosts;

    PrivateOvn() {
        daemons.run("ovsdb-tool", "create", "nb.db", SCHEMAS + "ovn-nb.ovsschema");
        daemons.run("ovsdb-tool", "create", "sb.db", SCHEMAS + "ovn-sb.ovsschema");
        startDatabase("nb");
        startDatabase("sb");
        startNorthd();
        Daemons.until(
                "northd is at work",
                Duration.ofSeconds(20),
                () -> nbctl("--bare", "--columns=_uuid", "find", "nb_global").length() == 36);
    }

    Daemons daemons() {
        return daemons;
    }

    String northbound() {
        return "unix:" + daemons.path("nb.sock");
    }

    String southbound() {
        return "unix:" + daemons.path("sb.sock");
    }

    EndpointConfig endpoint(Ids ids) {
        return new EndpointConfig(
                ids.endpoint(), "test", Map.of("northbound", northbound(), "southbound", southbound()), Map.of());
    }

    /** Starts {@code nb} or {@code sb}, on the data it had. */
    void startDatabase(String name) {
        try {
            Files.deleteIfExists(daemons.path(name + ".sock"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        processes.put(
                name,
                daemons.spawn(
                        Map.of(),
                        "ovsdb-server",
                        name + ".db",
                        "--remote=punix:" + daemons.path(name + ".sock"),
                        "--unixctl=" + daemons.path(name + ".ctl")));
        daemons.untilExists(name + ".sock");
    }

    void startNorthd() {
        processes.put(
                "northd",
                daemons.spawn(
                        Map.of(),
                        "ovn-northd",
                        "--ovnnb-db=" + northbound(),
                        "--ovnsb-db=" + southbound(),
                        "--unixctl=" + daemons.path("northd.ctl")));
    }

    /** SIGKILL: {@code nb}, {@code sb}, {@code northd}, or a host's {@code name-controller}. */
    void kill(String name) {
        Process process = processes.get(name).destroyForcibly();
        Daemons.until(name + " is dead", Duration.ofSeconds(5), () -> !process.isAlive());
    }

    /** Stops without ending it, and lets it go on. */
    void signal(String name, String signal) {
        daemons.run("kill", "-" + signal, String.valueOf(processes.get(name).pid()));
    }

    /** A host that takes part: a switch without packets, but with flows. */
    void startHost(String name, String datapath) {
        try {
            Files.createDirectories(daemons.path(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String database = "unix:" + daemons.path(name + "/db.sock");
        daemons.run("ovsdb-tool", "create", name + "/conf.db", "/usr/share/openvswitch/vswitch.ovsschema");
        daemons.spawn(
                environment(name),
                "ovsdb-server",
                name + "/conf.db",
                "--remote=punix:" + daemons.path(name + "/db.sock"),
                "--unixctl=" + daemons.path(name + "/db.ctl"));
        daemons.untilExists(name + "/db.sock");
        daemons.run("ovs-vsctl", "--db=" + database, "--no-wait", "init");
        daemons.run(
                "ovs-vsctl",
                "--db=" + database,
                "--no-wait",
                "set",
                "open_vswitch",
                ".",
                "external_ids:system-id=" + name,
                "external_ids:hostname=" + name,
                "external_ids:ovn-remote=" + southbound(),
                "external_ids:ovn-encap-type=geneve",
                "external_ids:ovn-encap-ip=127.0.0." + ++hosts,
                "external_ids:ovn-bridge-datapath-type=" + datapath);
        daemons.spawn(
                environment(name),
                "ovs-vswitchd",
                database,
                "--enable-dummy=override",
                "--disable-system",
                "--unixctl=" + daemons.path(name + "/vswitchd.ctl"));
        startController(name);
        Daemons.until(name + " is registered", Duration.ofSeconds(20), () -> sbctl(
                        "--bare", "--columns=name", "find", "chassis_private", "name=" + name, "chassis!=[]")
                .equals(name));
    }

    void startController(String name) {
        processes.put(
                name + "-controller",
                daemons.spawn(environment(name), "ovn-controller", "unix:" + daemons.path(name + "/db.sock")));
    }

    /** Plugs an interface into a port on a host. */
    void plug(String host, String interfaceName, String interfaceId) {
        daemons.run(
                environment(host),
                "ovs-vsctl",
                "--db=unix:" + daemons.path(host + "/db.sock"),
                "add-port",
                "br-int",
                interfaceName,
                "--",
                "set",
                "interface",
                interfaceName,
                "external_ids:iface-id=" + interfaceId);
    }

    private Map<String, String> environment(String host) {
        String directory = daemons.path(host).toString();
        return Map.of(
                "OVS_RUNDIR", directory, "OVN_RUNDIR", directory, "OVS_LOGDIR", directory, "OVN_LOGDIR", directory);
    }

    String nbctl(String... words) {
        return daemons.run(command("ovn-nbctl", northbound(), words));
    }

    String sbctl(String... words) {
        return daemons.run(command("ovn-sbctl", southbound(), words));
    }

    /** What OVN would do to a packet, in short. */
    String trace(String datapath, String packet) {
        return daemons.run(command("ovn-trace", southbound(), "--minimal", "--no-friendly-names", datapath, packet));
    }

    private static String[] command(String program, String database, String... words) {
        List<String> all = new ArrayList<>(List.of(program, "--db=" + database));
        all.addAll(List.of(words));
        return all.toArray(String[]::new);
    }

    /** How many rows of a table say they belong to this id. */
    long count(String table, Id network) {
        return nbctl("--bare", "--columns=_uuid", "find", table, "external_ids:isthmus-network=" + network)
                .lines()
                .filter(line -> !line.isBlank())
                .count();
    }

    @Override
    public void close() {
        daemons.close();
    }
}
