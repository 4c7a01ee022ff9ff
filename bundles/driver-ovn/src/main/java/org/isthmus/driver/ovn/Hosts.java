// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.isthmus.driver.ovn.ovsdb.Replica;
import org.isthmus.driver.ovn.ovsdb.Row;
import org.isthmus.driver.ovn.ovsdb.TableSpec;

/**
 * What the southbound database says about the hosts (OVN: chassis): who is alive, and who has applied what.
 *
 * <p>Every change bumps a number, {@code nb_cfg}. Northd carries it into {@code SB_Global} once it has translated the
 * change, and each host into its {@code Chassis_Private} row, with the time, once it has applied it. A host is
 * <b>live</b> while it keeps up: it has reached {@code SB_Global.nb_cfg}, or has moved on within the host timeout, or has
 * not been behind for that long. One that stands still for longer is not waited for, until it moves again.
 *
 * <p>Since when a host stands still is what this object has seen by its own clock. Only of a host it has never met, such
 * as after a restart, the time at which another host reached the number says how long this one has been behind.
 */
final class Hosts {
    static final String DATABASE = "OVN_Southbound";
    static final String GLOBAL = "SB_Global";
    static final String CHASSIS = "Chassis";
    static final String PRIVATE = "Chassis_Private";
    static final String BINDING = "Port_Binding";

    static final List<TableSpec> TABLES = List.of(
            TableSpec.of(GLOBAL, "nb_cfg"),
            TableSpec.of(CHASSIS, "name", "hostname", "other_config"),
            TableSpec.of(PRIVATE, "name", "chassis", "nb_cfg", "nb_cfg_timestamp"),
            TableSpec.indexed(BINDING, "logical_port", "chassis", "up"));

    private final Clock clock;
    private final Duration timeout;
    private final Map<String, Standstill> standstills = new HashMap<>();
    private final Set<String> met = new HashSet<>();

    Hosts(Clock clock, Duration timeout) {
        this.clock = clock;
        this.timeout = timeout;
    }

    /**
     * A host.
     *
     * @param applied the number of the last change it has applied
     * @param userspace its packets go through a process instead of the kernel
     */
    record Host(UUID chassis, String name, String hostName, long applied, Instant appliedAt, boolean userspace) {}

    /** All hosts and which of them live. */
    record Census(long translated, List<Host> live, List<Host> dead) {
        /** Northd and every live host have applied this change. */
        boolean applied(long number) {
            return translated >= number && live.stream().allMatch(host -> host.applied >= number);
        }

        boolean userspace() {
            return live.stream().anyMatch(Host::userspace);
        }

        Set<UUID> liveChassis() {
            Set<UUID> chassis = new HashSet<>();
            live.forEach(host -> chassis.add(host.chassis));
            return chassis;
        }

        String deadNames() {
            Set<String> names = new TreeSet<>();
            dead.forEach(host -> names.add(host.hostName.isEmpty() ? host.name : host.hostName));
            return String.join(", ", names);
        }
    }

    /** Where a host stands that is behind, and since when. */
    private record Standstill(long applied, Instant appliedAt, Instant since) {}

    /** Counts them as they are now. Thread-safe; waits for nothing. */
    synchronized Census census(Replica.View view) {
        Instant now = clock.instant();
        long translated = view.rows(GLOBAL).stream()
                .mapToLong(row -> row.number("nb_cfg"))
                .max()
                .orElse(0);
        List<Host> hosts = hosts(view);
        Optional<Instant> reached = hosts.stream()
                .filter(host -> host.applied >= translated)
                .map(Host::appliedAt)
                .filter(at -> at.isAfter(Instant.EPOCH))
                .min(Instant::compareTo);
        List<Host> live = new ArrayList<>();
        List<Host> dead = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Host host : hosts) {
            names.add(host.name);
            (isLive(host, translated, reached, now) ? live : dead).add(host);
        }
        standstills.keySet().retainAll(names);
        met.retainAll(names);
        met.addAll(names);
        return new Census(translated, live, dead);
    }

    private boolean isLive(Host host, long translated, Optional<Instant> reached, Instant now) {
        if (host.applied >= translated) {
            standstills.remove(host.name);
            return true;
        }
        Standstill seen = standstills.get(host.name);
        if (seen == null) {
            Instant since =
                    met.contains(host.name) ? now : reached.filter(now::isAfter).orElse(now);
            seen = new Standstill(host.applied, host.appliedAt, since);
        } else if (seen.applied != host.applied || !seen.appliedAt.equals(host.appliedAt)) {
            seen = new Standstill(host.applied, host.appliedAt, now);
        }
        standstills.put(host.name, seen);
        return Duration.between(seen.since, now).compareTo(timeout) < 0;
    }

    private static List<Host> hosts(Replica.View view) {
        List<Host> hosts = new ArrayList<>();
        for (Row row : view.rows(PRIVATE)) {
            Optional<Row> chassis = row.references("chassis").stream()
                    .flatMap(uuid -> view.row(CHASSIS, uuid).stream())
                    .findFirst();
            // a host that was stopped in an orderly way has left its chassis row; one of another zone is not ours
            if (chassis.isPresent()
                    && !Boolean.parseBoolean(chassis.get().map("other_config").get("is-remote"))) {
                hosts.add(new Host(
                        chassis.get().uuid(),
                        row.text("name"),
                        chassis.get().text("hostname"),
                        row.number("nb_cfg"),
                        Instant.ofEpochMilli(row.number("nb_cfg_timestamp")),
                        "netdev".equals(chassis.get().map("other_config").get("datapath-type"))));
            }
        }
        return hosts;
    }

    /** Whether a live host has plugged something into the port and made it work. */
    static boolean isUp(Replica.View view, Census census, String portName) {
        Set<UUID> live = census.liveChassis();
        return view.indexed(BINDING, portName).stream()
                .anyMatch(row -> row.flag("up").orElse(false)
                        && row.references("chassis").stream().anyMatch(live::contains));
    }
}
