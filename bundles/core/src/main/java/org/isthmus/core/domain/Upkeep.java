// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.isthmus.api.Caller;
import org.isthmus.api.gate.Gate;
import org.isthmus.core.image.CoreImages;
import org.isthmus.core.image.Leftovers;
import org.isthmus.core.lease.CoreLeases;
import org.isthmus.core.location.Drivers;
import org.isthmus.core.location.Endpoint;
import org.isthmus.core.location.EndpointWatch;
import org.isthmus.core.network.NetworkReconciler;
import org.isthmus.core.server.ServerReconciler;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Leases;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nobody asks for and a clock brings about: asking endpoints how they are, comparing records with what is below,
 * purging deleted servers whose grace is over, tidying up after uploads and after images at endpoints that were away. Of several controllers one does it.
 */
public final class Upkeep implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final String LEASE = "upkeep";
    private static final Duration LEASED = Duration.ofMinutes(1);
    /** How soon what another controller changed of an endpoint is known here. */
    private static final Duration CHANGES_EVERY = Duration.ofSeconds(1);

    /** How soon after its time a server is started, stopped or told of. */
    private static final Duration LEASES_EVERY = Duration.ofSeconds(20);

    private static final Duration HINTS_EVERY = Duration.ofSeconds(2);

    private final Settings settings;
    private final String holder;
    private final EndpointWatch watch;
    private final ServerReconciler servers;
    private final NetworkReconciler networks;
    private final CoreImages images;
    private final Leftovers leftovers;
    private final CoreLeases serverLeases;
    private final Drivers drivers;
    private final Supplier<List<Endpoint>> endpoints;
    private final Leases leases;
    private final Supplier<Gate> gate;
    private final Supplier<OrganizationId> platform;
    private final Supplier<String> requestIds;
    private final Set<EndpointId> hints = ConcurrentHashMap.newKeySet();
    private final List<ScheduledFuture<?>> scheduled = new ArrayList<>();

    Upkeep(
            Settings settings,
            String holder,
            EndpointWatch watch,
            ServerReconciler servers,
            NetworkReconciler networks,
            CoreImages images,
            Leftovers leftovers,
            CoreLeases serverLeases,
            Drivers drivers,
            Supplier<List<Endpoint>> endpoints,
            Leases leases,
            Supplier<Gate> gate,
            Supplier<OrganizationId> platform,
            Supplier<String> requestIds) {
        this.settings = settings;
        this.holder = holder;
        this.watch = watch;
        this.servers = servers;
        this.networks = networks;
        this.images = images;
        this.leftovers = leftovers;
        this.serverLeases = serverLeases;
        this.drivers = drivers;
        this.endpoints = endpoints;
        this.leases = leases;
        this.gate = gate;
        this.platform = platform;
        this.requestIds = requestIds;
    }

    /** Begins to do it regularly, on threads of the caller's. */
    public synchronized void start(ScheduledExecutorService clock) {
        every(clock, settings.watchEvery(), watch::runOnce);
        every(clock, settings.reconcileEvery(), this::reconcile);
        every(clock, HINTS_EVERY, this::followHints);
        every(clock, CHANGES_EVERY, drivers::follow);
        every(clock, LEASES_EVERY, this::tendLeases);
    }

    private void every(ScheduledExecutorService clock, Duration pause, Runnable work) {
        scheduled.add(clock.scheduleWithFixedDelay(
                () -> guarded(work), pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** A failure must not end the schedule: the database or identity may be away for a while. */
    private static void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("Upkeep goes on at its next turn: {}", e.toString());
        }
    }

    /** All of it once, on this thread: for tests, and for operators who do not want to wait. */
    public void runOnce() {
        watch.runOnce();
        reconcile();
        tendLeases();
    }

    private void tendLeases() {
        if (leases.hold(LEASE, holder, LEASED).isPresent()) {
            serverLeases.tend(gate.get(), Caller.system(platform.get(), requestIds.get()));
        }
    }

    /** Something may have changed below an endpoint: it is compared soon. Returns at once. */
    public void hint(EndpointId endpoint) {
        hints.add(endpoint);
    }

    private void followHints() {
        List<EndpointId> now = List.copyOf(hints);
        if (now.isEmpty()) {
            return;
        }
        now.forEach(hints::remove);
        Optional<Leases.Lease> lease = leases.hold(LEASE, holder, LEASED);
        if (lease.isPresent()) {
            List<Endpoint> all = endpoints.get();
            all.stream()
                    .filter(endpoint -> now.contains(endpoint.id()))
                    .forEach(endpoint -> reconcile(endpoint, lease.get()));
        }
    }

    private void reconcile() {
        Optional<Leases.Lease> lease = leases.hold(LEASE, holder, LEASED);
        if (lease.isEmpty()) {
            return;
        }
        for (Endpoint endpoint : endpoints.get()) {
            // held anew for each: many that hang one after the other take longer than one lease
            leases.hold(LEASE, holder, LEASED).ifPresent(held -> reconcile(endpoint, held));
        }
        Caller system = Caller.system(platform.get(), requestIds.get());
        servers.purge(gate.get(), system);
        images.tidy(system);
    }

    private void reconcile(Endpoint endpoint, Leases.Lease lease) {
        guarded(() -> {
            if (endpoint.compute()) {
                servers.reconcile(endpoint.id(), lease, platform.get());
            }
            if (endpoint.network()) {
                networks.reconcile(endpoint.id(), lease, platform.get());
            }
        });
        // what is compared may be wrong for long; what is left goes nevertheless
        guarded(() -> leftovers.sweep(
                endpoint.id(), () -> leases.hold(LEASE, holder, LEASED).isPresent()));
    }

    @Override
    public synchronized void close() {
        scheduled.forEach(each -> each.cancel(false));
        scheduled.clear();
    }
}
