// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A service that can be swapped while it is used. Calls go to the best-ranked one present; while there is none they wait a
 * little; {@link #unbind} returns only when the calls in flight on that one have ended (or a limit has passed). A service
 * component runtime deactivates a provider only after {@code unbind} returned, so no call ever meets a dead one.
 *
 * <p>Bind and unbind from a dynamic, multiple, greedy reference. Thread-safe. No lock is held while a call runs.
 *
 * @param <T> the service
 */
public final class Swappable<T> {
    private final String what;
    private final Duration wait;
    private final Duration drain;
    private final List<Slot<T>> slots = new ArrayList<>();

    private static final class Slot<T> {
        private final T service;
        private final int ranking;
        private int inFlight;

        Slot(T service, int ranking) {
            this.service = service;
            this.ranking = ranking;
        }
    }

    /** Waits 5 s for a service and 10 s for calls in flight. */
    public Swappable(String what) {
        this(what, Duration.ofSeconds(5), Duration.ofSeconds(10));
    }

    /**
     * A place for a service.
     *
     * @param what names the service in problems: "the audit log"
     * @param wait how long a call waits for a service to come
     * @param drain how long {@code unbind} waits for calls in flight
     */
    public Swappable(String what, Duration wait, Duration drain) {
        this.what = what;
        this.wait = wait;
        this.drain = drain;
    }

    public void bind(T service, int ranking) {
        synchronized (slots) {
            slots.add(new Slot<>(service, ranking));
            slots.notifyAll();
        }
    }

    public void unbind(T service) {
        synchronized (slots) {
            Optional<Slot<T>> found =
                    slots.stream().filter(slot -> slot.service == service).findFirst();
            if (found.isEmpty()) {
                return;
            }
            Slot<T> gone = found.get();
            slots.remove(gone);
            awaitUntil(drain, () -> gone.inFlight == 0);
        }
    }

    public boolean present() {
        synchronized (slots) {
            return !slots.isEmpty();
        }
    }

    /** Calls the service; UNAVAILABLE with Retry-After when none came in time. */
    public <R> R call(Function<? super T, ? extends R> work) {
        try (Use<T> use = use()) {
            return work.apply(use.service());
        }
    }

    /** A permit for several calls on one and the same service: close it soon. */
    public Use<T> use() {
        Slot<T> slot;
        synchronized (slots) {
            awaitUntil(wait, () -> !slots.isEmpty());
            slot = slots.stream()
                    .max(Comparator.comparingInt(each -> each.ranking))
                    .orElseThrow(() -> Problem.UNAVAILABLE.retryAfter(
                            Duration.ofSeconds(2), what + " is away just now; try again in a moment."));
            slot.inFlight++;
        }
        return new Use<>(this, slot);
    }

    private void release(Slot<T> slot) {
        synchronized (slots) {
            slot.inFlight--;
            slots.notifyAll();
        }
    }

    /** Waits on the monitor, which the caller holds. */
    private void awaitUntil(Duration limit, java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        boolean interrupted = false;
        while (!condition.getAsBoolean()) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                break;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(slots, left);
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The permit; close it exactly when done. */
    public static final class Use<T> implements AutoCloseable {
        private final Swappable<T> owner;
        private final Slot<T> slot;
        private boolean closed;

        Use(Swappable<T> owner, Slot<T> slot) {
            this.owner = owner;
            this.slot = slot;
        }

        public T service() {
            return slot.service;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                owner.release(slot);
            }
        }
    }
}
