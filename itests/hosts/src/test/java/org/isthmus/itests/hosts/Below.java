// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.isthmus.api.server.ServerView;
import org.isthmus.model.Id;

/** What is really there on hosts and in OVN, read with their own tools, past the controller and its drivers. */
final class Below {
    private static final List<String> HOSTS = List.of(Lab.H1, Lab.H2);
    /** Every table of the northbound database in which a network leaves a trace. */
    private static final List<String> TABLES =
            List.of("Logical_Switch", "Logical_Switch_Port", "DHCP_Options", "DNS", "Port_Group", "ACL");

    private static final Pattern NETWORK = Pattern.compile("net_[0-9a-f-]{36}");
    private static final Pattern NIC = Pattern.compile("isthmus-nic=(nic_[0-9a-f-]{36})");

    private final Cloud cloud;
    private final Lab lab;

    Below(Cloud cloud) {
        this.cloud = cloud;
        this.lab = cloud.lab();
    }

    /** A line for each domain of all hosts: the host and the domain's name, sorted. */
    List<String> domains() {
        List<String> all = new ArrayList<>();
        for (String host : HOSTS) {
            lab.virsh(host, "list", "--all", "--name")
                    .lines()
                    .filter(name -> !name.isBlank())
                    .forEach(name -> all.add(host + " " + name.strip()));
        }
        return all.stream().sorted().toList();
    }

    /** The files below the hosts' storage whose names have this in them. */
    List<Path> files(String part) {
        List<Path> found = new ArrayList<>();
        for (String host : HOSTS) {
            try (Stream<Path> all = Files.walk(lab.storage(host))) {
                all.filter(path -> path.getFileName().toString().contains(part)).forEach(found::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return found;
    }

    /** Names of interfaces on the hosts' switches that are plugged in as this port. */
    List<String> plugged(Id nic) {
        List<String> found = new ArrayList<>();
        String uuid = nic.value().substring(nic.value().indexOf('_') + 1);
        for (String host : HOSTS) {
            lab.on(
                            host,
                            "ovs-vsctl",
                            "--timeout=10",
                            "--bare",
                            "--columns=name",
                            "find",
                            "interface",
                            "external_ids:iface-id=" + uuid)
                    .well()
                    .lines()
                    .filter(name -> !name.isBlank())
                    .forEach(found::add);
        }
        return found;
    }

    /** The rows of OVN's northbound database in which this text occurs, with their tables. */
    List<String> rows(String part) {
        List<String> found = new ArrayList<>();
        for (String table : TABLES) {
            lab.nbctl("--format=csv", "--data=bare", "--no-headings", "list", table)
                    .lines()
                    .filter(row -> row.contains(part))
                    .forEach(row -> found.add(table + " " + row));
        }
        return found;
    }

    /** Every network's id, once for each switch that says it is that network. */
    List<String> switches() {
        return all(
                NETWORK,
                0,
                lab.nbctl("--format=csv", "--data=bare", "--no-headings", "--columns=name", "list", "Logical_Switch"));
    }

    /** Every interface's id, once for each port that says it is that interface. */
    List<String> ports() {
        return all(
                NIC,
                1,
                lab.nbctl(
                        "--format=csv",
                        "--data=bare",
                        "--no-headings",
                        "--columns=external_ids",
                        "list",
                        "Logical_Switch_Port"));
    }

    private static List<String> all(Pattern pattern, int group, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(group));
        }
        return found.stream().sorted().toList();
    }

    /** No domain, no file, no port and no interface is of this server. */
    void holdsNothingOf(ServerView server) {
        String id = server.id().value();
        assertEquals(
                List.of(), domains().stream().filter(name -> name.contains(id)).toList(), "domains");
        assertEquals(List.of(), files(id), "files");
        for (ServerView.NicView nic : server.nics()) {
            assertEquals(List.of(), rows(nic.id().value()), "ports");
            assertEquals(List.of(), rows(nic.mac()), "cards");
            assertEquals(List.of(), plugged(nic.id()), "interfaces");
        }
    }

    /** The records and what is below are the same: nothing is missing, nothing is left over, nothing is there twice. */
    void agreesWithTheRecords() {
        List<String> domains = new ArrayList<>();
        List<String> networks = new ArrayList<>();
        List<String> ports = new ArrayList<>();
        for (Tenant tenant : cloud.tenants()) {
            tenant.networks().forEach(network -> networks.add(network.id().value()));
            for (ServerView server : tenant.servers()) {
                server.host().ifPresent(host -> domains.add(cloud.hostName(host) + " " + server.id()));
                server.nics().forEach(nic -> ports.add(nic.id().value()));
            }
        }
        assertEquals(domains.stream().sorted().toList(), domains());
        assertEquals(networks.stream().sorted().toList(), switches());
        assertEquals(ports.stream().sorted().toList(), ports());
    }
}
