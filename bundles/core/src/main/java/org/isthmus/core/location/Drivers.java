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
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
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

    private final EndpointStore endpoints;
    private final Tx tx;
    private final Surroundings around;
    private final Lanes lanes;
    private final List<DriverFactory> factories = new CopyOnWriteArrayList<>();
    private final Map<EndpointId, EndpointSlot> slots = new ConcurrentHashMap<>();

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

    /** A driver was installed: its endpoints are opened, elsewhere and soon. */
    public void bind(DriverFactory factory) {
        factories.add(factory);
        soon(this::refresh);
    }

    /** A driver goes: returns when its calls in flight have ended and its endpoints are closed. */
    public void unbind(DriverFactory factory) {
        factories.remove(factory);
        List<EndpointSlot> open =
                slots.values().stream().filter(slot -> slot.isOpenBy(factory)).toList();
        open.forEach(slot -> slot.close("its driver is being replaced or was uninstalled"));
        soon(this::refresh);
    }

    /** Opens what is not open, reopens what was changed, closes what is gone. */
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
            around.came().accept(id);
        }
    }

    /** What a driver turned out to be when it was opened. */
    record Nature(boolean compute, boolean network) {}

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

    /** Installed drivers, by type. */
    public List<DriverFactory> installed() {
        List<DriverFactory> sorted = new ArrayList<>(factories);
        sorted.sort(Comparator.comparing(DriverFactory::type));
        return sorted;
    }

    /** The driver of a type; of two, the one that came last. */
    public Optional<DriverFactory> factory(String type) {
        return factories.stream().filter(each -> each.type().equals(type)).reduce((first, second) -> second);
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
