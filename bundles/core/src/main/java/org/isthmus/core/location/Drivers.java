// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Swappable;
import org.isthmus.api.location.LocationProblem;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.operation.Worker;
import org.isthmus.model.Ids.EndpointId;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open drivers: one for each endpoint whose driver is installed. Factories come and go while calls are made; a factory
 * that goes is drained before {@link #unbind} returns, one that comes opens its endpoints from their rows again.
 *
 * <p>While an endpoint's driver is away, calls throw {@link DriverAway}: operations wait. What a
 * driver throws by mistake becomes a {@link DriverException} BROKEN. Thread-safe.
 */
public final class Drivers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Drivers.class);
    private static final Duration DRAIN = Duration.ofSeconds(10);
    /** More than the replacement of a bundle takes. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final EndpointStore endpoints;
    private final Tx tx;
    private final Surroundings around;
    private final Lanes lanes;
    private final List<Offer> offers = new CopyOnWriteArrayList<>();
    /** Bundles whose driver no endpoint is opened with: it is on trial, or about to be uninstalled. */
    private final Set<Long> passedOver = ConcurrentHashMap.newKeySet();

    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private final Map<EndpointId, EndpointSlot> slots = new ConcurrentHashMap<>();
    /** What {@link #follow} saw the last time. */
    private volatile Map<EndpointId, Long> followed = Map.of();
    /** Guards {@link #comings}, and tells those who wait for a driver. */
    private final Object arrivals = new Object();

    private long comings;

    /** A factory that is here; who uses it is waited for when it goes. Its type is asked once: it may be of a broken bundle. */
    private record Offer(DriverFactory factory, String type, Edition edition, Swappable<DriverFactory> place) {}

    /**
     * What drivers live in.
     *
     * @param cache a directory for theirs
     * @param works runs their blocking work
     * @param opener runs the opening of endpoints, which may take a while
     * @param substitute takes the place of a worker that waits long for a driver
     * @param changed hears that something changed below an endpoint; quick
     * @param came hears that an endpoint has its driver back; quick
     */
    public record Surroundings(
            Clock clock,
            Path cache,
            ExecutorService works,
            Executor opener,
            Supplier<Worker.Substitute> substitute,
            Consumer<EndpointId> changed,
            Consumer<EndpointId> came) {}

    public Drivers(EndpointStore endpoints, Tx tx, Surroundings around) {
        this.endpoints = endpoints;
        this.tx = tx;
        this.around = around;
        this.lanes = Lanes.of(around.substitute());
    }

    /** A driver was installed: its endpoints are opened, elsewhere and soon. Greater than all that are here. */
    public void bind(DriverFactory factory) {
        bind(factory, new Edition(0, 0, 0, "", comings()));
    }

    /**
     * The same, where others of the same type may be here too: endpoints go to the greatest, when it will do. What cannot say
     * its type is not taken: that throws what it threw.
     */
    public void bind(DriverFactory factory, Edition edition) {
        String type = factory.type();
        Swappable<DriverFactory> place = new Swappable<>("The driver", Duration.ZERO, DRAIN);
        place.bind(factory, 0);
        offers.add(new Offer(factory, type, edition, place));
        known.add(type);
        came();
        soon(this::refresh);
    }

    /**
     * A driver goes: its endpoints move to another one of the type, or are closed. Returns when its calls in flight have
     * ended.
     */
    public void unbind(DriverFactory factory) {
        List<Offer> going =
                offers.stream().filter(each -> each.factory() == factory).toList();
        offers.removeAll(going);
        List<EndpointId> open = openBy(factory);
        Optional<DriverFactory> next = going.stream().findFirst().flatMap(gone -> factory(gone.type()));
        for (EndpointId id : open) {
            if (next.isPresent()) {
                move(id, next.get(), (present, other) -> Optional.empty());
            }
            EndpointSlot slot = slots.get(id);
            if (slot != null && slot.isOpenBy(factory)) {
                slot.close("its driver is being replaced or was uninstalled");
            }
        }
        going.forEach(each -> each.place().unbind(factory));
        soon(this::refresh);
    }

    /** Opens what is not open, reopens what was changed, moves what would be better elsewhere, closes what is gone. */
    public void refresh() {
        Map<EndpointId, Long> versions = tx.read(endpoints::versions);
        Set<EndpointId> gone = new HashSet<>(slots.keySet());
        gone.removeAll(versions.keySet());
        gone.forEach(this::drop);
        versions.forEach((id, version) -> {
            EndpointSlot slot = slots.get(id);
            if (slot == null || slot.version() != version) {
                refresh(id);
            }
        });
        for (String type : types()) {
            factory(type)
                    .ifPresent(best -> slots.forEach((id, slot) -> {
                        if (slot.mayMoveTo(best)) {
                            moveWithin(type, id, best);
                        }
                    }));
        }
    }

    private void moveWithin(String type, EndpointId id, DriverFactory to) {
        boolean ofType = tx.read(() -> endpoints.find(id))
                .filter(endpoint -> endpoint.driver().equals(type))
                .isPresent();
        if (ofType) {
            move(id, to);
        }
    }

    /** Takes up what other controllers changed, linked and unlinked since the last look: one quick query where nothing was. */
    public void follow() {
        Map<EndpointId, Long> versions = tx.read(endpoints::versions);
        Map<EndpointId, Long> before = followed;
        followed = versions;
        Set<EndpointId> gone = new HashSet<>(before.keySet());
        gone.removeAll(versions.keySet());
        gone.forEach(this::drop);
        versions.forEach((id, version) -> {
            if (!version.equals(before.get(id))) {
                soon(() -> refresh(id));
            }
        });
    }

    /** The same for one endpoint, after a change of it. */
    public void refresh(EndpointId id) {
        Optional<Endpoint> found = tx.read(() -> endpoints.find(id));
        if (found.isEmpty()) {
            drop(id);
            return;
        }
        Endpoint endpoint = found.get();
        EndpointSlot slot = slots.computeIfAbsent(id, key -> new EndpointSlot(lanes));
        synchronized (slot) {
            if (slot.version() == endpoint.version()) {
                return;
            }
            Optional<DriverFactory> factory = factory(endpoint.driver());
            if (factory.isEmpty()) {
                slot.close("no driver " + endpoint.driver() + " is installed");
                return;
            }
            slot.open(endpoint, factory.get(), context(id));
        }
        if (slot.present()) {
            came();
            around.came().accept(id);
        }
    }

    /**
     * Moves an endpoint to another driver of its type, when that one is as well as the present one.
     *
     * @return why it stays where it is
     */
    Optional<String> move(EndpointId id, DriverFactory to) {
        return move(id, to, new Probing(lanes, () -> isDown(id))::wrong);
    }

    /** Whether it is known to be down. */
    public boolean isDown(EndpointId id) {
        return !tx.read(() -> endpoints.down(List.of(id))).isEmpty();
    }

    private Optional<String> move(EndpointId id, DriverFactory to, EndpointSlot.Probe probe) {
        try {
            Optional<Endpoint> endpoint = tx.read(() -> endpoints.find(id));
            EndpointSlot slot = slots.get(id);
            return endpoint.isEmpty() || slot == null
                    ? Optional.empty()
                    : slot.move(endpoint.get(), to, context(id), probe);
        } catch (TxException e) {
            return Optional.of("The database does not answer: " + e.kind());
        }
    }

    /** The endpoints that are open with this one. */
    List<EndpointId> openBy(DriverFactory factory) {
        return slots.entrySet().stream()
                .filter(slot -> slot.getValue().isOpenBy(factory))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Opens no endpoint with the driver of this bundle, which is about to come. */
    void onTrial(long bundle) {
        passedOver.add(bundle);
    }

    /** From now on endpoints are opened with the one, and with the other no more. */
    void accept(long bundle, Optional<Long> instead) {
        instead.ifPresent(passedOver::add);
        passedOver.remove(bundle);
    }

    /** A bundle is gone, or never was: its number means nothing any more. */
    void forget(long bundle) {
        passedOver.remove(bundle);
    }

    /** What a bundle offers, when it comes in time. */
    Optional<DriverFactory> offeredBy(long bundle, Duration longest) {
        long end = System.nanoTime() + longest.toNanos();
        while (true) {
            long seen = comings();
            Optional<DriverFactory> there = offers.stream()
                    .filter(each -> each.edition().bundle() == bundle)
                    .map(Offer::factory)
                    .findFirst();
            if (there.isPresent() || !awaitComing(seen, end)) {
                return there;
            }
        }
    }

    /** The bundle that the driver of a type comes from. */
    Optional<Long> bundle(String type) {
        return best(type).map(offer -> offer.edition().bundle());
    }

    /**
     * For whoever cannot come again: when the driver is away just now, waits some seconds for it and tries again.
     *
     * @param work throws DriverAway before it does anything
     */
    public <R> R patiently(Supplier<R> work) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            long seen = comings();
            try {
                return work.get();
            } catch (DriverAway e) {
                if (!awaitComing(seen, end)) {
                    throw e;
                }
            }
        }
    }

    private long comings() {
        synchronized (arrivals) {
            return comings;
        }
    }

    private void came() {
        synchronized (arrivals) {
            comings++;
            arrivals.notifyAll();
        }
    }

    /** Waits until something has come since; false when it is too late. */
    private boolean awaitComing(long seen, long end) {
        synchronized (arrivals) {
            while (comings == seen) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(arrivals, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return true;
        }
    }

    /** What a driver turned out to be when it was opened. */
    record Nature(boolean compute, boolean network) {}

    /** Calls the driver of a type, which stays until that ends; waits some seconds for one that is being replaced. */
    <R> R withFactory(String type, Function<DriverFactory, R> work) {
        return patiently(() -> {
            Offer offer = best(type).orElseThrow(() -> unknown(type));
            Swappable.Use<DriverFactory> use;
            try {
                use = offer.place().use();
            } catch (ProblemException gone) {
                throw new DriverAway("The driver " + type + " is being replaced.");
            }
            try (use) {
                return work.apply(use.service());
            }
        });
    }

    private RuntimeException unknown(String type) {
        return known.contains(type)
                ? new DriverAway("The driver " + type + " is being replaced or was uninstalled.")
                : LocationProblem.DRIVER_UNKNOWN.at(
                        "/driver", "No driver " + type + " is installed; see GET /api/v1/drivers.");
    }

    /** Opens and closes a driver only to see whether it takes these settings, and what it is. */
    Nature tryOut(Endpoint endpoint, DriverFactory factory) {
        try (EndpointContext context = context(endpoint.id());
                Driver driver = lanes.apart(
                        "The opening",
                        () -> factory.open(Settings.complete(endpoint, factory), context),
                        Driver::close)) {
            return new Nature(
                    driver.facet(ComputeDriver.class).isPresent(),
                    driver.facet(NetworkDriver.class).isPresent());
        } catch (DriverException e) {
            if (e.kind() == DriverException.Kind.INVALID) {
                throw LocationProblem.SETTING_WRONG.at("/settings", e.getMessage());
            }
            throw Problem.UNAVAILABLE.retryAfter(
                    Duration.ofSeconds(5), "The driver cannot be opened just now: " + e.getMessage());
        }
    }

    private EndpointContext context(EndpointId id) {
        Path cache = around.cache().resolve(id.value());
        try {
            Files.createDirectories(cache);
        } catch (IOException e) {
            throw new UncheckedIOException("The cache directory " + cache + " cannot be made", e);
        }
        return new EndpointContext(around.clock(), cache, new Works(around.works()), ref -> around.changed()
                .accept(id));
    }

    private void drop(EndpointId id) {
        EndpointSlot slot = slots.remove(id);
        if (slot != null) {
            slot.close("it was unlinked");
        }
    }

    private void soon(Runnable work) {
        try {
            around.opener().execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    LOG.warn("Endpoints could not be opened just now and will be tried again: {}", e.toString());
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("Stopping: endpoints are not opened any more");
        }
    }

    /** Installed drivers, by type; of several copies the one that endpoints are opened with. */
    public List<DriverFactory> installed() {
        return types().stream().flatMap(type -> factory(type).stream()).toList();
    }

    private List<String> types() {
        return offers.stream().map(Offer::type).distinct().sorted().toList();
    }

    /** The driver of a type. */
    public Optional<DriverFactory> factory(String type) {
        return best(type).map(Offer::factory);
    }

    private Optional<Offer> best(String type) {
        return offers.stream()
                .filter(offer -> offer.type().equals(type))
                .filter(offer -> !passedOver.contains(offer.edition().bundle()))
                .max(Comparator.comparing(Offer::edition));
    }

    /** Why the endpoint's driver is not here, or empty when it is. */
    public Optional<String> away(EndpointId id) {
        EndpointSlot slot = slots.get(id);
        if (slot == null) {
            return Optional.of("it has not been opened yet");
        }
        return slot.present() ? Optional.empty() : Optional.of(slot.away());
    }

    /** Where calls may be waited for side by side. */
    Executor threads() {
        return lanes.threads();
    }

    /** Calls of the endpoint's driver that should have returned long ago, in words; empty when there are none. */
    public Optional<String> overdue(EndpointId id) {
        return Optional.ofNullable(slots.get(id)).flatMap(EndpointSlot::overdue);
    }

    public <R> R driver(EndpointId id, Function<Driver, R> work) {
        EndpointSlot slot = slots.get(id);
        if (slot == null) {
            refresh(id);
            slot = slots.get(id);
        }
        if (slot == null) {
            throw new DriverAway("Endpoint " + id + " is not linked any more.");
        }
        return slot.call(id.value(), work);
    }

    public <R> R compute(EndpointId id, Function<ComputeDriver, R> work) {
        return facet(id, ComputeDriver.class, work);
    }

    public <R> R network(EndpointId id, Function<NetworkDriver, R> work) {
        return facet(id, NetworkDriver.class, work);
    }

    /** Calls an optional ability; ABILITY_MISSING where the driver does not offer it. */
    public <F, R> R facet(EndpointId id, Class<F> facet, Function<F, R> work) {
        return driver(id, driver -> work.apply(driver.facet(facet).orElseThrow(() -> missing(id, facet))));
    }

    /** Refuses what the endpoint's driver is known not to offer; says nothing while the driver is away. */
    public void require(EndpointId id, Class<?> facet) {
        EndpointSlot slot = slots.get(id);
        if (slot != null && slot.present()) {
            try {
                driver(id, driver -> driver.facet(facet).map(offered -> true).orElseThrow(() -> missing(id, facet)));
            } catch (DriverAway | DriverException e) {
                LOG.debug("The step will find out: {}", e.getMessage());
            }
        }
    }

    private static ProblemException missing(EndpointId id, Class<?> facet) {
        return LocationProblem.ABILITY_MISSING.because("The endpoint %s does not offer %s.", id, facet.getSimpleName());
    }

    /** Closes all endpoints. */
    @Override
    public void close() {
        new ArrayList<>(slots.keySet()).forEach(this::drop);
        lanes.close();
    }
}
