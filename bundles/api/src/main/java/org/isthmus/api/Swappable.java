// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

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
    /** Those whose calls in flight are waited for. */
    private final List<Slot<T>> leaving = new ArrayList<>();

    private static final class Slot<T> {
        private final T service;
        private final int ranking;
        private int inFlight;
        /** How often each thread has it in use. */
        private final Map<Thread, Integer> by = new HashMap<>();

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
            leaving.add(gone);
            awaitUntil(drain, () -> gone.inFlight == 0);
            leaving.remove(gone);
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

    /**
     * A permit for several calls on one and the same service: close it soon, in the same thread. A thread that has one
     * already gets the same service, also when that is leaving: it would wait for itself.
     */
    public Use<T> use() {
        Thread thread = Thread.currentThread();
        synchronized (slots) {
            Slot<T> slot = held(thread).orElseGet(this::best);
            slot.inFlight++;
            slot.by.merge(thread, 1, Integer::sum);
            return new Use<>(this, slot, thread);
        }
    }

    private Optional<Slot<T>> held(Thread thread) {
        return Stream.concat(slots.stream(), leaving.stream())
                .filter(slot -> slot.by.containsKey(thread))
                .findFirst();
    }

    private Slot<T> best() {
        awaitUntil(wait, () -> !slots.isEmpty());
        return slots.stream()
                .max(Comparator.comparingInt(each -> each.ranking))
                .orElseThrow(() -> Problem.UNAVAILABLE.retryAfter(
                        Duration.ofSeconds(2), what + " is away just now; try again in a moment."));
    }

    private void release(Slot<T> slot, Thread thread) {
        synchronized (slots) {
            slot.inFlight--;
            slot.by.computeIfPresent(thread, (any, times) -> times == 1 ? null : times - 1);
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
        private final Thread thread;
        private boolean closed;

        Use(Swappable<T> owner, Slot<T> slot, Thread thread) {
            this.owner = owner;
            this.slot = slot;
            this.thread = thread;
        }

        public T service() {
            return slot.service;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                owner.release(slot, thread);
            }
        }
    }
}
