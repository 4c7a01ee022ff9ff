// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.isthmus.spi.Driver;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.network.NetworkDriver;

/**
 * Whether a driver may take over from another one on the same endpoint: it answers in time, is no worse, offers what the
 * other one offers, and sees what the other one sees. When the present one does not answer either, the next need not.
 */
final class Probing {
    /** What the SPI allows a call. */
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final ExecutorService threads;

    Probing(ExecutorService threads) {
        this.threads = threads;
    }

    /** What is wrong with the next one. */
    Optional<String> wrong(Driver present, Driver next) {
        Driver.Health before = health(present);
        Driver.Health health = health(next);
        if (health.state().compareTo(before.state()) > 0) {
            return Optional.of("It is " + health.state() + " (" + health.detail() + "), where the present one is "
                    + before.state() + ".");
        }
        Set<String> missing = new HashSet<>(facets(present));
        missing.removeAll(facets(next));
        if (!missing.isEmpty()) {
            return Optional.of("It does not offer " + String.join(", ", missing) + " any more.");
        }
        return before.state() == Driver.Health.State.UP ? unseen(present, next) : Optional.empty();
    }

    private Driver.Health health(Driver driver) {
        Future<Driver.Health> asked = threads.submit(driver::health);
        try {
            return asked.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            asked.cancel(true);
            return Driver.Health.down("It did not say how it is within " + ANSWER.toSeconds() + " s.");
        } catch (ExecutionException e) {
            return Driver.Health.down("Asked how it is, it broke: " + e.getCause());
        } catch (InterruptedException e) {
            asked.cancel(true);
            Thread.currentThread().interrupt();
            return Driver.Health.down("Nobody waited for its answer.");
        }
    }

    private static Set<String> facets(Driver driver) {
        Set<String> offered = new HashSet<>();
        for (Class<?> part : List.of(ComputeDriver.class, NetworkDriver.class)) {
            if (driver.facet(part).isPresent()) {
                offered.add(part.getSimpleName());
            }
        }
        return offered;
    }

    /** Servers that the present one shows, before and after, and the next one does not show in between. */
    private static Optional<String> unseen(Driver present, Driver next) {
        if (present.facet(ComputeDriver.class).isEmpty()) {
            return Optional.empty();
        }
        Set<String> lost = refs(present);
        Set<String> seen = refs(next);
        lost.retainAll(refs(present));
        lost.removeAll(seen);
        return lost.isEmpty()
                ? Optional.empty()
                : Optional.of("It does not see " + lost.size() + " of the servers there, "
                        + lost.iterator().next() + " for one.");
    }

    private static Set<String> refs(Driver driver) {
        return driver.facet(ComputeDriver.class).stream()
                .flatMap(compute -> compute.list().stream())
                .map(ComputeDriver.SeenServer::ref)
                .collect(Collectors.toCollection(HashSet::new));
    }
}
