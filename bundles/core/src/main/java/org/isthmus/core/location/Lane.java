// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.operation.Worker;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.slf4j.MDC;

/**
 * The calls that one endpoint's driver is in. Each runs on a thread of its own, so that whoever called goes on when the driver
 * does not return in time; such a call is interrupted, left alone, and counts here until it ends. There are only so many
 * at once: a driver that is slow or hangs costs its own endpoint time, and no other.
 */
final class Lane {
    /** Calls at once; a driver that answers in time is hardly ever in that many. */
    static final int MOST = 16;
    /** From here on whoever waits is no longer at work, and another may take its place. */
    private static final Duration LONG = Duration.ofMillis(250);

    private final Lanes lanes;
    private final Deque<Under> under = new ArrayDeque<>();

    /** One call under way. */
    private static final class Under {
        private final long began = System.nanoTime();

        Duration age() {
            return Duration.ofNanos(System.nanoTime() - began);
        }
    }

    Lane(Lanes lanes) {
        this.lanes = lanes;
    }

    /**
     * Runs it and returns its result. Exceptions are its own; errors of the driver's code are DriverException BROKEN.
     *
     * @param ended runs when the call has really ended, which may be long after this returned, or at once
     * @throws DriverException UNAVAILABLE when it does not end in time, or too many already do not; THROTTLED when too many
     *     are under way
     */
    <R> R call(String endpoint, Supplier<R> work, Runnable ended) {
        Map<String, String> known =
                Optional.ofNullable(MDC.getCopyOfContextMap()).orElse(Map.of());
        FutureTask<R> task = new FutureTask<>(() -> {
            MDC.setContextMap(known);
            try {
                return work.get();
            } finally {
                MDC.clear();
            }
        });
        Under mine;
        try {
            mine = enter(endpoint);
        } catch (RuntimeException e) {
            ended.run();
            throw e;
        }
        Runnable out = () -> {
            leave(mine);
            ended.run();
        };
        try {
            lanes.threads().execute(() -> {
                try {
                    task.run();
                } finally {
                    out.run();
                }
            });
        } catch (RejectedExecutionException e) {
            out.run();
            throw new DriverAway("Endpoint " + endpoint + " is away: the controller stops.");
        }
        return awaited(endpoint, task);
    }

    private <R> R awaited(String endpoint, FutureTask<R> task) {
        try {
            try {
                return task.get(LONG.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException slow) {
                Worker.Substitute substitute = lanes.substitute().get();
                try (substitute) {
                    return task.get(lanes.longest().minus(LONG).toMillis(), TimeUnit.MILLISECONDS);
                }
            }
        } catch (TimeoutException e) {
            task.cancel(true);
            throw new DriverException(
                    Kind.UNAVAILABLE,
                    "The driver of endpoint " + endpoint + " did not answer within "
                            + lanes.longest().toSeconds() + " s.",
                    e);
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, "Interrupted while endpoint " + endpoint + " was called.", e);
        } catch (ExecutionException e) {
            throw Lanes.thrown("The driver of endpoint " + endpoint, e.getCause());
        }
    }

    /** Why the endpoint cannot be trusted just now: calls that should have returned long ago. Empty when there are none. */
    synchronized Optional<String> overdue() {
        long late = under.stream()
                .filter(each -> each.age().compareTo(lanes.longest()) >= 0)
                .count();
        return late == 0
                ? Optional.empty()
                : Optional.of(late + (late == 1 ? " call has" : " calls have") + " not returned, the oldest for "
                        + under.getFirst().age().toSeconds() + " s.");
    }

    private synchronized Under enter(String endpoint) {
        long end = System.nanoTime() + LONG.toNanos();
        while (under.size() >= MOST) {
            long left = end - System.nanoTime();
            Duration oldest = under.getFirst().age();
            if (oldest.compareTo(lanes.longest()) >= 0) {
                throw new DriverException(
                        Kind.UNAVAILABLE,
                        "Endpoint " + endpoint + " is not called: " + overdue().orElse(""));
            }
            // those who wait for a slow one would be many, and hold what others need
            if (left <= 0 || oldest.compareTo(LONG) > 0) {
                throw new DriverException(
                        Kind.THROTTLED,
                        "Endpoint " + endpoint + " is slow: " + MOST + " calls are under way, the oldest for "
                                + oldest.toMillis() + " ms.");
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DriverException(
                        Kind.UNAVAILABLE, "Interrupted while endpoint " + endpoint + " was called.", e);
            }
        }
        Under mine = new Under();
        under.addLast(mine);
        return mine;
    }

    private synchronized void leave(Under mine) {
        under.remove(mine);
        notifyAll();
    }
}
