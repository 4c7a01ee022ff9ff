// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.isthmus.spi.Driver;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.network.NetworkDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a driver may take over from another one on the same endpoint: it answers in time, is no worse, offers what the
 * other one offers, and sees what the other one sees. Where the present one is known to be down, the next need not be up.
 * Runs on the drivers' own threads, and ends in three calls' time whatever they do.
 */
final class Probing {
    private static final Logger LOG = LoggerFactory.getLogger(Probing.class);

    private final Lanes lanes;
    private final BooleanSupplier knownDown;

    /**
     * Compares with these threads and this patience.
     *
     * @param knownDown whether the endpoint was down when it was last asked; only then may the present driver not answer
     */
    Probing(Lanes lanes, BooleanSupplier knownDown) {
        this.lanes = lanes;
        this.knownDown = knownDown;
    }

    /** What is wrong with the next one. */
    Optional<String> wrong(Driver present, Driver next) {
        Duration most = lanes.longest().multipliedBy(3);
        try {
            return within(most, begun(() -> compared(present, next)));
        } catch (TimeoutException e) {
            LOG.debug("A comparison was left alone", e);
            return Optional.of(
                    "They could not be compared: one of the two did not answer in time (" + most.toSeconds() + " s).");
        } catch (ExecutionException e) {
            return Optional.of("It broke: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("Nobody waited for their comparison.");
        } catch (RejectedExecutionException e) {
            LOG.debug("No threads any more", e);
            return Optional.of("The controller stops.");
        }
    }

    private Optional<String> compared(Driver present, Driver next) throws InterruptedException {
        Future<Driver.Health> presently = begun(present::health);
        Future<Driver.Health> then = begun(next::health);
        Optional<Driver.Health> said;
        Driver.Health health;
        try {
            said = health(presently);
            health = health(then)
                    .orElseGet(() -> Driver.Health.down(
                            "It did not say how it is within " + lanes.longest().toSeconds() + " s."));
        } finally {
            presently.cancel(true);
            then.cancel(true);
        }
        if (said.isEmpty() && !knownDown.getAsBoolean()) {
            return Optional.of("The present one did not say how it is within "
                    + lanes.longest().toSeconds() + " s, and was not down before: they cannot be compared.");
        }
        Driver.Health before = said.orElse(Driver.Health.down("It does not answer."));
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

    /** Empty when it does not answer in time. */
    private Optional<Driver.Health> health(Future<Driver.Health> asked) throws InterruptedException {
        try {
            return Optional.of(within(lanes.longest(), asked));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            return Optional.of(Driver.Health.down("Asked how it is, it broke: " + e.getCause()));
        }
    }

    private <R> Future<R> begun(Callable<R> work) {
        FutureTask<R> task = new FutureTask<>(work);
        lanes.threads().execute(task);
        return task;
    }

    /** Waits; whatever is not done then is interrupted. */
    private static <R> R within(Duration most, Future<R> work)
            throws TimeoutException, ExecutionException, InterruptedException {
        try {
            return work.get(most.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            work.cancel(true);
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
