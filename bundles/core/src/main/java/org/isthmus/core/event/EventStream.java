// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.event;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.event.Event;
import org.isthmus.api.event.EventListener;
import org.isthmus.api.event.Events;
import org.isthmus.api.identity.Access;
import org.isthmus.core.Threads;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives events their sequence and hands them on: to readers who wait, and to listeners, each from its cursor. One thread;
 * several controllers share the work by a lease.
 */
public final class EventStream implements Events, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final String LEASE = "event-sequencer";
    private static final Duration LEASE_LENGTH = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(250);
    private static final int BATCH = 500;

    private final EventStore store;
    private final Leases leases;
    private final Swaps swaps;
    private final String holder;
    private final Object signal = new Object();
    private final Map<EventListener, AtomicLong> listeners = new ConcurrentHashMap<>();
    private boolean woken;
    private volatile boolean running;
    private volatile long newestSeen;
    private volatile Optional<Leases.Lease> held = Optional.empty();
    private volatile long heldUntil;
    private Thread thread;

    public EventStream(Tx tx, Leases leases, Swaps swaps, String holder) {
        this.store = new EventStore(tx, leases);
        this.leases = leases;
        this.swaps = swaps;
        this.holder = holder;
    }

    /** There may be something new: quick, from any thread. */
    public void wake() {
        synchronized (signal) {
            woken = true;
            signal.notifyAll();
        }
    }

    public void start() {
        running = true;
        newestSeen = store.newest();
        thread = Threads.named("isthmus-events").newThread(this::loop);
        thread.start();
    }

    @Override
    public void close() {
        running = false;
        wake();
        if (thread != null) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        held.ifPresent(leases::release);
        held = Optional.empty();
    }

    /** Hears events from its cursor on; a new listener from now on. */
    public void add(EventListener listener) {
        long cursor = store.cursor(listener.name());
        if (cursor < 0) {
            cursor = store.newest();
            store.moveCursor(listener.name(), cursor);
        }
        listeners.put(listener, new AtomicLong(cursor));
        wake();
    }

    public void remove(EventListener listener) {
        listeners.remove(listener);
    }

    private void loop() {
        while (running) {
            try {
                runOnce();
            } catch (RuntimeException e) {
                // perhaps another controller took the lease over: ask for it anew
                held = Optional.empty();
                LOG.warn("Events wait: {}", e.toString());
            }
            synchronized (signal) {
                if (!woken && running) {
                    try {
                        TimeUnit.MILLISECONDS.timedWait(signal, PAUSE.toMillis());
                    } catch (InterruptedException e) {
                        // not the end, which is said by running: Derby interrupts whoever was in it when it ended
                        // itself
                        LOG.debug("Interrupted; events go on", e);
                    }
                }
                woken = false;
            }
        }
    }

    /** One round: sequences what is committed, tells readers and listeners. For the loop, and for tests. */
    public void runOnce() {
        Optional<Leases.Lease> lease = lease();
        if (lease.isPresent()) {
            int done;
            do {
                done = store.sequence(lease.get(), BATCH);
            } while (done == BATCH);
        }
        long newest = store.newest();
        if (newest > newestSeen) {
            newestSeen = newest;
            synchronized (signal) {
                signal.notifyAll();
            }
        }
        if (lease.isPresent()) {
            listeners.forEach(this::dispatch);
        }
    }

    private Optional<Leases.Lease> lease() {
        long time = System.nanoTime();
        if (held.isEmpty() || time - heldUntil >= 0) {
            Optional<Leases.Lease> now = leases.hold(LEASE, holder, LEASE_LENGTH);
            if (now.isPresent() && !now.equals(held)) {
                // another controller handed events on meanwhile: each listener goes on where that one was
                listeners.forEach((listener, cursor) -> cursor.set(store.cursor(listener.name())));
            }
            held = now;
            heldUntil = time + LEASE_LENGTH.toNanos() / 3;
        }
        return held;
    }

    private void dispatch(EventListener listener, AtomicLong cursor) {
        if (cursor.get() >= newestSeen) {
            return;
        }
        List<Event> events = store.after(cursor.get(), BATCH);
        long reached = cursor.get();
        try {
            for (Event event : events) {
                listener.on(event);
                reached = event.sequence();
            }
        } catch (RuntimeException e) {
            LOG.warn("Listener {} could not take the event after {}; it comes again", listener.name(), reached, e);
        }
        if (reached > cursor.get()) {
            store.moveCursor(listener.name(), reached);
            cursor.set(reached);
        }
    }

    @Override
    public List<Event> after(Caller caller, long sequence, int max, Duration longest) {
        long end = System.nanoTime() + longest.toNanos();
        long from = sequence;
        while (true) {
            long newest = newestSeen;
            // asked at every look, for a right may end while one waits
            Access.Visibility visible = swaps.access().call(access -> access.visible(caller, Action.EVENT_READ));
            List<Event> seen =
                    visible.everything() ? store.after(from, max) : store.after(visible.organizations(), from, max);
            if (!seen.isEmpty()) {
                return seen;
            }
            // what there was is not the caller's
            from = Math.max(from, newest);
            if (!waitForMore(from, end)) {
                return seen;
            }
        }
    }

    /** An organization's events, oldest first: for who has asked what may be shown of them. */
    public List<Event> of(OrganizationId organization, long sequence, int most) {
        return store.after(Set.of(organization), sequence, most);
    }

    /** Those of all organizations, oldest first: for what tells nobody anything that they may not see. */
    public List<Event> all(long sequence, int most) {
        return store.after(sequence, most);
    }

    /** How far somebody of this bundle has come; -1 for nobody. */
    public long cursor(String name) {
        return store.cursor(name);
    }

    /** Moves such a cursor on, inside the running transaction if there is one. */
    public void moveCursor(String name, long sequence) {
        store.moveCursor(name, sequence);
    }

    /** False when the time is over. */
    private boolean waitForMore(long sequence, long end) {
        synchronized (signal) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            if (newestSeen <= sequence) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(signal, Math.min(left, TimeUnit.SECONDS.toNanos(1)));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return true;
        }
    }

    @Override
    public long newest() {
        return Math.max(newestSeen, store.newest());
    }
}
