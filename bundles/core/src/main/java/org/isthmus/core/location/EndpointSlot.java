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
 * The place of one endpoint's driver. Opening and closing happen one after the other; calls do not wait for them: while no
 * driver is here they fail with {@link DriverAway}, and whoever called comes again.
 */
final class EndpointSlot {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointSlot.class);
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final Lanes lanes;
    private final Lane lane;
    private final Swappable<Driver> place = new Swappable<>("The endpoint's driver", Duration.ZERO, DRAIN);
    private Driver driver;
    private DriverFactory factory;
    private EndpointContext context;
    private long version = -1;
    /** Why it could not be opened the last time, which is told once. */
    private String refused = "";

    private volatile String away = "its driver is not installed";

    EndpointSlot(Lanes lanes) {
        this.lanes = lanes;
        lane = new Lane(lanes);
    }

    /** Opens the driver, in place of another one that is open. What goes wrong is kept for {@link #call} to tell. */
    synchronized void open(Endpoint endpoint, DriverFactory by, EndpointContext fresh) {
        close("it is being opened with new settings");
        version = endpoint.version();
        try {
            Driver opened = lanes.apart(
                    "The opening of endpoint " + endpoint.name(),
                    () -> by.open(Settings.complete(endpoint, by), fresh),
                    Driver::close);
            driver = opened;
            factory = by;
            context = fresh;
            place.bind(opened, 0);
            refused = "";
            LOG.info(
                    "Endpoint {} ({}) is open with driver {} {}",
                    endpoint.name(),
                    endpoint.id(),
                    by.type(),
                    by.version());
        } catch (RuntimeException e) {
            fresh.close();
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

    /** Waits for the calls in flight, then closes the driver. */
    synchronized void close(String why) {
        away = why;
        version = -1;
        if (driver == null) {
            return;
        }
        place.unbind(driver);
        try {
            Driver closed = driver;
            lanes.apart(
                    "The closing of a driver",
                    () -> {
                        closed.close();
                        return closed;
                    },
                    late -> {});
        } catch (RuntimeException e) {
            LOG.warn("A driver did not close well: {}", e.toString());
        }
        context.close();
        driver = null;
        factory = null;
        context = null;
    }

    synchronized boolean isOpenBy(DriverFactory candidate) {
        return factory == candidate;
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
