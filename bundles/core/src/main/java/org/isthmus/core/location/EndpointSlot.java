// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Swappable;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of one endpoint's driver. Opening, moving and closing happen one after the other; calls do not wait for them:
 * while no driver is here they fail with {@link DriverAway}, and whoever called comes again.
 */
final class EndpointSlot {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointSlot.class);
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final Lanes lanes;
    private final Lane lane;
    private final Swappable<Driver> place = new Swappable<>("The endpoint's driver", Duration.ZERO, DRAIN);
    private Opened now;
    private long version = -1;
    /** Why it could not be opened the last time, which is told once. */
    private String refused = "";
    /** What it was not moved to: nobody asks that one again. */
    private DriverFactory unfit;

    private volatile String away = "its driver is not installed";

    EndpointSlot(Lanes lanes) {
        this.lanes = lanes;
        lane = new Lane(lanes);
    }

    /** A driver, who opened it and what it lives in. */
    private record Opened(Driver driver, DriverFactory by, EndpointContext context) {}

    /** Looks at a driver that is to take over from another one; says what is wrong with it. */
    @FunctionalInterface
    interface Probe {
        Optional<String> wrong(Driver present, Driver next);
    }

    /** Opens the driver, in place of another one that is open. What goes wrong is kept for {@link #call} to tell. */
    synchronized void open(Endpoint endpoint, DriverFactory by, EndpointContext fresh) {
        close("it is being opened with new settings");
        version = endpoint.version();
        try {
            now = opened(endpoint, by, fresh);
            place.bind(now.driver(), 0);
            refused = "";
            LOG.info(
                    "Endpoint {} ({}) is open with driver {} {}",
                    endpoint.name(),
                    endpoint.id(),
                    by.type(),
                    by.version());
        } catch (RuntimeException | LinkageError e) {
            // not open with any version: the next look tries it again
            version = -1;
            String why = "it cannot be opened: " + e.getMessage();
            if (!why.equals(refused)) {
                LOG.warn("Endpoint {} ({}) cannot be opened: {}", endpoint.name(), endpoint.id(), e.toString());
            }
            away = why;
            refused = why;
        }
    }

    private Opened opened(Endpoint endpoint, DriverFactory by, EndpointContext fresh) {
        try {
            Driver driver = lanes.apart(
                    "The opening of endpoint " + endpoint.name(),
                    () -> by.open(Settings.complete(endpoint, by), fresh),
                    Driver::close);
            return new Opened(driver, by, fresh);
        } catch (RuntimeException | LinkageError e) {
            fresh.close();
            throw e;
        }
    }

    private void end(Opened opened) {
        Driver driver = opened.driver();
        try {
            lanes.apart(
                    "The closing of a driver",
                    () -> {
                        driver.close();
                        return driver;
                    },
                    late -> {});
        } catch (RuntimeException e) {
            LOG.warn("A driver did not close well: {}", e.toString());
        }
        opened.context().close();
    }

    /**
     * Opens another driver beside the present one. When the probe finds nothing wrong with it, calls go to it from then on,
     * and the present one is closed after its calls in flight; otherwise everything stays as it was.
     *
     * @return why it was not moved
     */
    synchronized Optional<String> move(Endpoint endpoint, DriverFactory to, EndpointContext fresh, Probe probe) {
        Opened before = now;
        if (before == null || before.by() == to) {
            fresh.close();
            return Optional.empty();
        }
        Opened next;
        try {
            next = opened(endpoint, to, fresh);
        } catch (RuntimeException | LinkageError e) {
            // a bundle that was put together badly lacks classes, and that shows only now
            return kept(endpoint, to, "It cannot be opened: " + (e instanceof DriverException ? e.getMessage() : e));
        }
        Optional<String> wrong;
        try {
            wrong = probe.wrong(before.driver(), next.driver());
        } catch (RuntimeException | LinkageError e) {
            wrong = Optional.of("It broke: " + e);
        }
        if (wrong.isPresent()) {
            end(next);
            return kept(endpoint, to, wrong.get());
        }
        now = next;
        version = endpoint.version();
        unfit = null;
        place.bind(next.driver(), 0);
        // from here on calls go to the next one; this waits for those that went to the one before
        place.unbind(before.driver());
        end(before);
        LOG.info(
                "Endpoint {} ({}) moved from driver {} {} to {}",
                endpoint.name(),
                endpoint.id(),
                to.type(),
                before.by().version(),
                to.version());
        return Optional.empty();
    }

    private Optional<String> kept(Endpoint endpoint, DriverFactory to, String why) {
        LOG.warn(
                "Endpoint {} ({}) stays with its driver {} {}, as {} will not do: {}",
                endpoint.name(),
                endpoint.id(),
                now.by().type(),
                now.by().version(),
                to.version(),
                why);
        unfit = to;
        return Optional.of(why);
    }

    /** Waits for the calls in flight, then closes the driver. */
    synchronized void close(String why) {
        away = why;
        version = -1;
        unfit = null;
        if (now == null) {
            return;
        }
        place.unbind(now.driver());
        end(now);
        now = null;
    }

    synchronized boolean isOpenBy(DriverFactory candidate) {
        return now != null && now.by() == candidate;
    }

    /** Open, with another driver than this one, which was not found unfit before. */
    synchronized boolean mayMoveTo(DriverFactory candidate) {
        return now != null && now.by() != candidate && unfit != candidate;
    }

    /** The endpoint's version it was opened with; -1 when it is closed or could not be opened. */
    synchronized long version() {
        return version;
    }

    boolean present() {
        return place.present();
    }

    String away() {
        return away;
    }

    /** Calls that should have returned long ago, in words; empty when there are none. */
    Optional<String> overdue() {
        return lane.overdue();
    }

    <R> R call(String endpoint, Function<Driver, R> work) {
        Swappable.Use<Driver> permit;
        try {
            permit = place.use();
        } catch (ProblemException e) {
            if (e.type() == Problem.UNAVAILABLE) {
                throw new DriverAway("Endpoint " + endpoint + " is away: " + away + ".");
            }
            throw e;
        }
        try {
            // the permit is given back when the driver has really returned: nobody closes it before
            return lane.call(endpoint, () -> work.apply(permit.service()), permit::close);
        } catch (DriverException | DriverAway | ProblemException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new DriverException(
                    DriverException.Kind.BROKEN, "The driver of endpoint " + endpoint + " broke: " + e, e);
        }
    }
}
