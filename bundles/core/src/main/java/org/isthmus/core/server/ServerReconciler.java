// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.server.ServerState;
import org.isthmus.core.Moment;
import org.isthmus.core.Times;
import org.isthmus.core.network.Port;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.server.Drift.Finding;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.HostId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.store.Leases;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what an endpoint shows with the records, in one go. Reports what it finds, brings states to what is seen, and
 * deletes nothing: neither what it does not know, nor what it misses. Servers an operation is at work on are left alone.
 */
public final class ServerReconciler {
    private static final Logger LOG = LoggerFactory.getLogger(ServerReconciler.class);
    private static final int MOST_PURGED = 100;
    private static final int MOST_REMEMBERED = 100_000;
    /**
     * What a guest says gives its server a new version, as all that is shown of it does, and whoever read the one before has to
     * read again. So a guest that says something else all the time is heard this often only.
     */
    private static final Duration GUEST_HEARD_EVERY = Duration.ofMinutes(5);

    private final Workbench bench;
    private final Leases leases;
    private final Clock clock;
    private final Function<OrganizationId, Moment> moments;
    /** Strangers told of already, so that each is told once while this controller runs. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();
    /** When what a guest says was written last, by this controller. */
    private final Map<ServerId, Instant> heard = new ConcurrentHashMap<>();

    /**
     * A reconciler.
     *
     * @param moments the present moment, in an organization
     */
    ServerReconciler(Workbench bench, Leases leases, Clock clock, Function<OrganizationId, Moment> moments) {
        this.bench = bench;
        this.leases = leases;
        this.clock = clock;
        this.moments = moments;
    }

    /**
     * Compares one endpoint. Away or unavailable, it says nothing, and nothing is concluded from it.
     *
     * @param lease of the one controller that does this; checked with every write
     * @param platform whose events the endpoint's are
     */
    public void reconcile(EndpointId endpoint, Leases.Lease lease, OrganizationId platform) {
        Map<ServerId, Server> before = servers(endpoint);
        List<SeenServer> seen;
        try {
            seen = bench.drivers().compute(endpoint, ComputeDriver::list);
        } catch (DriverAway | DriverException e) {
            LOG.debug("Endpoint {} is not compared just now: {}", endpoint, e.getMessage());
            return;
        }
        Map<ServerId, Server> after = servers(endpoint);
        Map<ServerId, SeenServer> byId = new HashMap<>();
        seen.forEach(each -> each.server().ifPresent(id -> byId.put(id, each)));
        // what changed while the list was read is compared the next time
        List<Server> settled = after.values().stream()
                .filter(server -> server.operation().isEmpty() && server.ref().isPresent())
                .filter(server -> server.equals(before.get(server.id())))
                .toList();
        Map<ServerId, List<Disk>> disks = bench.tx().read(() -> bench.parts().disks(endpoint));
        Map<ServerId, List<Port>> ports = bench.tx().read(() -> bench.ports().plugged(endpoint));
        Map<HostId, String> hosts = bench.tx().read(() -> bench.hosts().names(endpoint));
        for (Server server : settled) {
            Finding finding = Drift.of(
                    server,
                    Optional.ofNullable(byId.get(server.id())),
                    hosts.getOrDefault(server.mustPlace().host(), ""),
                    disks.getOrDefault(server.id(), List.of()),
                    ports.getOrDefault(server.id(), List.of()));
            if (finding.differsFrom(server) || (!finding.guestSays().isEmpty() && mayBeHeard(server.id()))) {
                keep(server, finding, lease);
            }
        }
        for (SeenServer each : seen) {
            if (each.server().isEmpty()
                    || (!before.containsKey(each.server().get())
                            && !after.containsKey(each.server().get()))) {
                stranger(endpoint, each, lease, platform);
            }
        }
    }

    /** A clock that was put back does not make a guest wait. */
    private boolean mayBeHeard(ServerId server) {
        Instant last = heard.get(server);
        return last == null || Duration.between(last, clock.instant()).abs().compareTo(GUEST_HEARD_EVERY) >= 0;
    }

    private void heardOf(ServerId server) {
        if (heard.size() > MOST_REMEMBERED) {
            heard.clear();
        }
        heard.put(server, clock.instant());
    }

    private Map<ServerId, Server> servers(EndpointId endpoint) {
        return bench.tx().read(() -> bench.servers().of(endpoint)).stream()
                .collect(Collectors.toMap(Server::id, Function.identity()));
    }

    private void keep(Server looked, Finding finding, Leases.Lease lease) {
        try {
            boolean written = bench.tx().retrying(() -> {
                leases.fence(lease);
                Optional<Server> now = bench.servers().find(looked.id()).filter(looked::equals);
                now.ifPresent(server -> write(server, finding));
                return now.isPresent();
            });
            if (written && !finding.guestSays().isEmpty()) {
                heardOf(looked.id());
            }
        } catch (RuntimeException e) {
            LOG.warn("What was found of server {} could not be kept: {}", looked.id(), e.toString());
        }
    }

    private void write(Server server, Finding finding) {
        Moment moment = moments.apply(server.organization());
        if (!finding.guestSays().isEmpty()) {
            bench.servers().touch(server.id());
            finding.guestSays().forEach(bench.ports()::guestSays);
        }
        if (finding.state() != server.state()) {
            String event = finding.state() == ServerState.LOST
                    ? "server.lost"
                    : server.state() == ServerState.LOST ? "server.found" : "server.drifted";
            bench.life()
                    .rest(moment, server.id(), finding.state(), finding.reason().or(finding::drift), event, row -> {
                        row.power(finding.power(), server.wished());
                        row.drift(finding.drift());
                    });
        } else {
            bench.servers().change(server.id(), row -> {
                row.power(finding.power(), server.wished());
                row.drift(finding.drift());
            });
        }
        if (!finding.drift().equals(server.drift()) && finding.state() == server.state()) {
            moment.event(
                    finding.drift().isPresent() ? "server.drifted" : "server.drift-ended",
                    server.subject(),
                    Map.of(
                            "name",
                            server.name().value(),
                            "drift",
                            finding.drift().orElse("")));
        }
    }

    private void stranger(EndpointId endpoint, SeenServer seen, Leases.Lease lease, OrganizationId platform) {
        if (told.size() > MOST_REMEMBERED) {
            told.clear();
        }
        if (!told.add(endpoint + " " + seen.ref())) {
            return;
        }
        bench.tx().retrying(() -> {
            leases.fence(lease);
            moments.apply(platform)
                    .event(
                            "endpoint.unknown-server",
                            Subject.of("endpoint", endpoint),
                            Map.of(
                                    "ref", seen.ref(),
                                    "name", seen.name(),
                                    "host", seen.host(),
                                    "managed", String.valueOf(seen.managed()),
                                    "server", seen.server().map(ServerId::value).orElse("")));
            return null;
        });
    }

    /** Removes the deleted servers whose grace is over, through the gate. */
    public void purge(Gate gate, Caller system) {
        Instant now = Times.kept(clock.instant());
        for (Server server : bench.tx().read(() -> bench.servers().toPurge(now, MOST_PURGED))) {
            try {
                gate.submit(system, ServerCommands.purge(server));
            } catch (ProblemException e) {
                LOG.warn("Server {} cannot be purged just now: {}", server.id(), e.getMessage());
            }
        }
    }
}
