// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.isthmus.api.Subject;
import org.isthmus.api.location.Locations.Health;
import org.isthmus.api.location.Locations.HealthState;
import org.isthmus.api.location.Locations.HostView;
import org.isthmus.api.location.Locations.Overcommit;
import org.isthmus.core.Moment;
import org.isthmus.core.Times;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.HostCapacity;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks endpoints how they are and which hosts they have, and keeps the answers. One controller at a time does it for all. A
 * host that is no longer shown becomes unavailable; its row stays while anything is on it.
 */
public final class EndpointWatch {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointWatch.class);
    private static final String LEASE = "endpoint-watch";
    private static final int AT_ONCE = 32;
    private static final Duration LEASED = Duration.ofMinutes(1);

    private final Tx tx;
    private final EndpointStore endpoints;
    private final HostStore hosts;
    private final LocationStore locations;
    private final Drivers drivers;
    private final Leases leases;
    private final String holder;
    private final Ids ids;
    private final Clock clock;
    private final Supplier<Moment> moments;

    /**
     * A watch.
     *
     * @param holder what this run of this controller is called where it holds a lease
     * @param moments makes the present moment, in the platform's own organization
     */
    public EndpointWatch(
            Tx tx,
            EndpointStore endpoints,
            HostStore hosts,
            LocationStore locations,
            Drivers drivers,
            Leases leases,
            String holder,
            Ids ids,
            Clock clock,
            Supplier<Moment> moments) {
        this.tx = tx;
        this.endpoints = endpoints;
        this.hosts = hosts;
        this.locations = locations;
        this.drivers = drivers;
        this.leases = leases;
        this.holder = holder;
        this.ids = ids;
        this.clock = clock;
        this.moments = moments;
    }

    /**
     * What an endpoint answered.
     *
     * @param asked when it was asked: answers need not come in the order of the questions, nor through one controller
     */
    private record Answer(
            Instant asked,
            HealthState state,
            String detail,
            Set<String> capabilities,
            Optional<List<HostCapacity>> hosts) {}

    /** Opens what should be open, and asks every endpoint. Nothing when another controller does it. */
    public void runOnce() {
        drivers.refresh();
        if (leases.hold(LEASE, holder, LEASED).isEmpty()) {
            return;
        }
        // a few side by side: one that does not answer holds up none of the others
        List<Endpoint> all = tx.read(endpoints::all);
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            Map<Endpoint, CompletableFuture<Answer>> asked = new LinkedHashMap<>();
            all.subList(from, Math.min(all.size(), from + AT_ONCE))
                    .forEach(endpoint ->
                            asked.put(endpoint, CompletableFuture.supplyAsync(() -> ask(endpoint), drivers.threads())));
            asked.forEach((endpoint, answer) -> kept(endpoint, answer.join()));
        }
    }

    /** Asks one endpoint now: it is new, or was changed. */
    public void check(EndpointId id) {
        tx.read(() -> endpoints.find(id)).ifPresent(this::check);
    }

    private void check(Endpoint endpoint) {
        kept(endpoint, ask(endpoint));
    }

    private void kept(Endpoint endpoint, Answer answer) {
        try {
            // before anything is locked: it may wait for identity, whose end may wait for what is locked here
            Moment moment = moments.get();
            tx.retrying(() -> {
                keep(endpoint, answer, moment);
                return null;
            });
        } catch (RuntimeException e) {
            LOG.warn("What endpoint {} answered could not be kept: {}", endpoint.name(), e.toString());
        }
    }

    private Answer ask(Endpoint endpoint) {
        Instant asked = Times.kept(clock.instant());
        try {
            return drivers.driver(endpoint.id(), driver -> {
                Driver.Health health = driver.health();
                HealthState state = HealthState.valueOf(health.state().name());
                Optional<List<HostCapacity>> capacity = Optional.empty();
                if (state != HealthState.DOWN) {
                    capacity = driver.facet(ComputeDriver.class).map(ComputeDriver::capacity);
                }
                Optional<String> overdue = drivers.overdue(endpoint.id());
                return new Answer(
                        asked,
                        overdue.isPresent() && state == HealthState.UP ? HealthState.DEGRADED : state,
                        overdue.map(late -> late + " " + health.detail()).orElse(health.detail()),
                        driver.capabilities(),
                        capacity);
            });
        } catch (DriverAway | DriverException e) {
            return new Answer(asked, HealthState.DOWN, e.getMessage(), Set.of(), Optional.empty());
        }
    }

    private void keep(Endpoint endpoint, Answer answer, Moment moment) {
        // under the location's guard, so that two who ask at once do not both make a host's row
        locations.touch(endpoint.location());
        if (endpoints.find(endpoint.id()).isEmpty()) {
            return;
        }
        Health before = endpoints
                .heard(List.of(endpoint.id()))
                .getOrDefault(endpoint.id(), EndpointStore.Heard.NOTHING)
                .health();
        Instant now = Times.kept(clock.instant());
        // one from the future was kept by a clock that was ahead
        if (before.checkedAt()
                .filter(checked -> checked.isAfter(answer.asked()) && !checked.isAfter(now))
                .isPresent()) {
            return;
        }
        endpoints.keep(
                endpoint.id(), answer.state(), answer.detail(), answer.capabilities(), Times.micros(answer.asked()));
        if (before.state() != answer.state()) {
            LOG.info("Endpoint {} {} -> {} ({})", endpoint.name(), before.state(), answer.state(), answer.detail());
            moment.event(
                    "endpoint." + answer.state().name().toLowerCase(java.util.Locale.ROOT),
                    Subject.of("endpoint", endpoint.id()),
                    Map.of("name", endpoint.name().value(), "detail", HostStore.shortened(answer.detail())));
        }
        answer.hosts().ifPresent(seen -> sync(endpoint, seen, now, moment));
    }

    private void sync(Endpoint endpoint, List<HostCapacity> seen, Instant now, Moment moment) {
        Map<String, HostView> known = new HashMap<>();
        hosts.of(endpoint.id()).forEach(host -> known.put(host.name(), host));
        for (HostCapacity each : seen) {
            HostView host = known.remove(each.name());
            if (host == null) {
                insert(endpoint, each, now, moment);
            } else if (differs(host, each)) {
                hosts.keep(host.id(), each);
                if (host.available() != each.available()) {
                    moment.event(
                            each.available() ? "host.available" : "host.unavailable",
                            Subject.of("host", host.id()),
                            Map.of("name", host.name(), "detail", each.detail()));
                }
            }
        }
        known.values().forEach(host -> vanished(host, moment));
    }

    private static boolean differs(HostView host, HostCapacity seen) {
        return host.cpus() != seen.cpus()
                || host.memoryMiB() != seen.memoryMiB()
                || host.diskGiB() != seen.diskGiB()
                || host.available() != seen.available()
                || !host.detail().equals(HostStore.shortened(seen.detail()));
    }

    private void insert(Endpoint endpoint, HostCapacity seen, Instant now, Moment moment) {
        HostView host = new HostView(
                ids.host(),
                seen.name(),
                endpoint.location(),
                endpoint.id(),
                seen.cpus(),
                seen.memoryMiB(),
                seen.diskGiB(),
                0,
                0,
                0,
                Overcommit.DEFAULT,
                Set.of(),
                seen.available(),
                false,
                seen.detail(),
                now,
                "system",
                0);
        hosts.insert(host);
        moment.event("host.found", Subject.of("host", host.id()), Map.of("name", host.name()));
    }

    private void vanished(HostView host, Moment moment) {
        if (!host.available()) {
            return;
        }
        hosts.unavailable(host.id(), "Its endpoint does not show it any more.");
        moment.event(
                "host.unavailable",
                Subject.of("host", host.id()),
                Map.of("name", host.name(), "detail", "Its endpoint does not show it any more."));
    }
}
