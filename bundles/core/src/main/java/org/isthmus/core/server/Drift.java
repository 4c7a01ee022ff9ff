// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.network.Port;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.core.server.Server.Power;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;

/** What a server is below against what it should be. Pure. */
final class Drift {
    private Drift() {}

    /**
     * What was found.
     *
     * @param state what it is, as far as anybody can see
     * @param drift what is not as it should be, in sentences
     * @param guestSays the addresses that its guest says it has now, of each interface where they are others than it said last
     */
    record Finding(
            ServerState state,
            Power power,
            Optional<String> reason,
            Optional<String> drift,
            Map<NicId, List<String>> guestSays) {
        /** What its guest says aside. */
        boolean differsFrom(Server server) {
            return state != server.state() || power != server.power() || !drift.equals(server.drift());
        }
    }

    /**
     * Compares.
     *
     * @param host what the endpoint calls the host it should be on
     */
    static Finding of(Server server, Optional<SeenServer> seen, String host, List<Disk> disks, List<Port> ports) {
        if (seen.isEmpty()) {
            return missing(server);
        }
        Power power = ServerProcess.power(seen.get().power());
        if (power == Power.UNKNOWN && server.state() != ServerState.DELETED) {
            return new Finding(
                    ServerState.LOST,
                    power,
                    Optional.of("Its host " + seen.get().host() + " cannot say how it is."),
                    server.drift(),
                    Map.of());
        }
        List<String> drift = new ArrayList<>();
        if (!seen.get().host().equals(host)) {
            drift.add("It is on host " + seen.get().host() + ", and should be on " + host + ".");
        }
        powerDrift(server, seen.get(), power).ifPresent(drift::add);
        sizeDrift(server, seen.get()).ifPresent(drift::add);
        partDrift(
                "disk",
                disks.stream().map(disk -> disk.id().value()).toList(),
                seen.get().disks().stream().map(ComputeDriver.SeenDisk::id).toList(),
                drift);
        partDrift(
                "interface",
                ports.stream().map(port -> port.id().value()).toList(),
                seen.get().nics().stream().map(ComputeDriver.SeenNic::id).toList(),
                drift);
        return new Finding(
                state(server, power),
                power,
                Optional.empty(),
                drift.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", drift)),
                guestSays(seen.get(), ports));
    }

    /** Of an interface that is missing its guest says nothing any more. Other addresses than were given are no drift. */
    private static Map<NicId, List<String>> guestSays(SeenServer seen, List<Port> ports) {
        Map<String, List<String>> now = new HashMap<>();
        seen.nics().forEach(nic -> now.put(nic.id(), nic.guestAddresses()));
        Map<NicId, List<String>> others = new HashMap<>();
        for (Port port : ports) {
            List<String> said = now.getOrDefault(port.id().value(), List.of());
            if (!said.equals(port.guestAddresses())) {
                others.put(port.id(), said);
            }
        }
        return others;
    }

    private static Finding missing(Server server) {
        if (server.state() == ServerState.DELETED) {
            return new Finding(
                    ServerState.DELETED,
                    Power.UNKNOWN,
                    server.reason(),
                    Optional.of("It is not on its host any more, and cannot be recovered."),
                    Map.of());
        }
        return new Finding(
                ServerState.LOST,
                Power.UNKNOWN,
                Optional.of("It is not on its host any more."),
                Optional.of("It is missing below."),
                Map.of());
    }

    /** A deleted server stays deleted, whatever its power. */
    private static ServerState state(Server server, Power power) {
        if (server.state() == ServerState.DELETED) {
            return ServerState.DELETED;
        }
        return power == Power.ON ? ServerState.RUNNING : ServerState.STOPPED;
    }

    private static Optional<String> powerDrift(Server server, SeenServer seen, Power power) {
        if (seen.power() == ComputeDriver.Power.PAUSED) {
            return Optional.of("It is paused.");
        }
        if (power == Power.UNKNOWN || power == server.wished()) {
            return Optional.empty();
        }
        return Optional.of(
                power == Power.ON
                        ? "It is on, and should be off."
                        : seen.power() == ComputeDriver.Power.CRASHED
                                ? "It has crashed, and should be on."
                                : "It is off, and should be on.");
    }

    private static Optional<String> sizeDrift(Server server, SeenServer seen) {
        if (seen.cpus() == server.flavor().cpus()
                && seen.memoryMiB() == server.flavor().memoryMiB()) {
            return Optional.empty();
        }
        return Optional.of("It has " + seen.cpus() + " CPUs and " + seen.memoryMiB() + " MiB, and should have "
                + server.flavor().cpus() + " and " + server.flavor().memoryMiB() + ".");
    }

    private static void partDrift(String what, List<String> wanted, List<String> seen, List<String> drift) {
        Set<String> missing = new HashSet<>(wanted);
        seen.forEach(missing::remove);
        Set<String> extra = new HashSet<>(seen);
        wanted.forEach(extra::remove);
        missing.stream().sorted().forEach(id -> drift.add("Its " + what + " " + id + " is missing."));
        extra.stream().sorted().forEach(id -> drift.add("It has an unknown " + what + " " + id + "."));
    }
}
