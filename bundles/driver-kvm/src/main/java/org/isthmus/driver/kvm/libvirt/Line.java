// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import com.sun.jna.ptr.LongByReference;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.libvirt.jna.ConnectionPointer;

/**
 * One connection to libvirt and the threads that wait in it. Nobody else's thread ever enters libvirt: a caller hands work
 * over and waits as long as it likes.
 *
 * <p>A connection whose host has vanished cannot be closed from outside, since closing sends a message and waits. It is
 * abandoned: it takes no more work, and the last of its threads to come back, when the kernel has given up on the host,
 * closes it. Their number is bounded by that of the threads.
 */
final class Line {
    private static final int WAITING_AT_MOST = 256;
    /** One to nudge, and one for a sign of life, which nudges too: also a nudge may miss its own wake-up. */
    private static final int SHORT_CALLS = 2;

    private static final Duration IDLE_THREADS_END = Duration.ofSeconds(30);
    /** Longer than nearly every call, so that hardly any is followed by a nudge. */
    private static final Duration NUDGE_EVERY = Duration.ofMillis(200);

    private final NativeLibvirt libvirt;
    private final String uri;
    private final ThreadPoolExecutor threads;
    /** Of their own: when all the others are inside libvirt, just then a short call must not wait for one of them. */
    private final ThreadPoolExecutor shortCalls;

    private final Set<Ticket<?>> tickets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicLong lastHeard = new AtomicLong(System.nanoTime());
    private final AtomicBoolean nudging = new AtomicBoolean();
    private volatile ConnectionPointer connection;
    private volatile boolean over;
    private boolean closed;

    /** Not yet open. */
    Line(NativeLibvirt libvirt, String uri, String name, int threadCount) {
        this.libvirt = libvirt;
        this.uri = uri;
        this.threads = pool(name, threadCount);
        this.shortCalls = pool(name + "-short", SHORT_CALLS);
    }

    private static ThreadPoolExecutor pool(String name, int threadCount) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threadCount,
                threadCount,
                IDLE_THREADS_END.toSeconds(),
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING_AT_MOST),
                task -> {
                    Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Begins to open it, on a thread of its own. The first work to be handed over. */
    Ticket<Line> open() {
        return submit(
                talk -> {
                    connection =
                            talk.need("connect to " + uri, () -> libvirt.raw().virConnectOpen(uri));
                    return this;
                },
                () -> {});
    }

    /** Hands work over. */
    <T> Ticket<T> submit(Function<Talk, T> body, Runnable afterwards) {
        return submit(threads, body, afterwards);
    }

    private <T> Ticket<T> submit(ThreadPoolExecutor pool, Function<Talk, T> body, Runnable afterwards) {
        Ticket<T> ticket = new Ticket<>(afterwards);
        tickets.add(ticket);
        try {
            pool.execute(() -> run(ticket, body));
        } catch (RejectedExecutionException e) {
            tickets.remove(ticket);
            ticket.end();
            ticket.result()
                    .completeExceptionally(
                            over
                                    ? gone()
                                    : new DriverException(
                                            Kind.THROTTLED,
                                            "Too many calls wait for " + uri + " already; fewer at once will do."));
        }
        return ticket;
    }

    /** Hands work over and waits for it, not longer than a call may take. */
    <T> T run(String what, Duration limit, Function<Talk, T> body) {
        Ticket<T> ticket = submit(body, () -> {});
        try {
            return await(ticket, limit);
        } catch (TimeoutException e) {
            ticket.giveUp();
            throw new DriverException(Kind.UNAVAILABLE, "The host could not " + what + " in time.", e);
        }
    }

    /** Waits for a result and throws what the work threw. */
    <T> T await(Ticket<T> ticket, Duration limit) throws TimeoutException {
        return await(ticket, limit, this::nudge);
    }

    /** The same, doing something now and then meanwhile. */
    static <T> T await(Ticket<T> ticket, Duration limit, Runnable meanwhile) throws TimeoutException {
        long end = System.nanoTime() + limit.toNanos();
        try {
            while (true) {
                long left = end - System.nanoTime();
                try {
                    return ticket.result().get(Math.min(left, NUDGE_EVERY.toNanos()), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    if (left <= NUDGE_EVERY.toNanos()) {
                        throw e;
                    }
                    meanwhile.run();
                }
            }
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ticket.giveUp();
            throw new DriverException(Kind.UNAVAILABLE, "Interrupted while the host was asked; it is asked again.", e);
        }
    }

    /**
     * Makes libvirt look whether there is something to send. Of the threads in one connection one waits for all, and others
     * hand their calls to it; before libvirt 9.10 it may miss that and go on waiting until the next answer or call. Beside a
     * call that takes long, others would wait as long.
     */
    private void nudge() {
        if (connection != null && nudging.compareAndSet(false, true)) {
            submit(shortCalls, this::askForItsVersion, () -> nudging.set(false));
        }
    }

    /** As it was thrown where it is one of ours; else a defect. */
    static DriverException failure(Throwable thrown) {
        return thrown instanceof DriverException failure
                ? failure
                : new DriverException(Kind.BROKEN, "The KVM driver failed where it should not: " + thrown, thrown);
    }

    private <T> void run(Ticket<T> ticket, Function<Talk, T> body) {
        inside.incrementAndGet();
        try {
            if (over || !ticket.begin()) {
                ticket.result().completeExceptionally(gone());
                return;
            }
            T result = body.apply(new Talk(libvirt, connection, ticket));
            lastHeard.set(System.nanoTime());
            ticket.end();
            ticket.result().complete(result);
        } catch (RuntimeException | Error e) {
            ticket.end();
            ticket.result().completeExceptionally(e);
        } finally {
            ticket.end();
            tickets.remove(ticket);
            inside.decrementAndGet();
            closeWhenEmpty();
        }
    }

    private DriverException gone() {
        return new DriverException(
                Kind.UNAVAILABLE, "The connection to " + uri + " is gone; the next call opens another.");
    }

    /** True when nothing was heard for so long that the other side may be gone unnoticed. */
    boolean quietFor(Duration time) {
        return System.nanoTime() - lastHeard.get() > time.toNanos();
    }

    /** Asks for a sign of life. */
    boolean answers(Duration limit) {
        Ticket<Integer> ticket = submit(shortCalls, this::askForItsVersion, () -> {});
        try {
            await(ticket, limit);
            return true;
        } catch (DriverException | TimeoutException e) {
            ticket.giveUp();
            return false;
        }
    }

    private int askForItsVersion(Talk talk) {
        return talk.check("ask for its version", () -> libvirt.raw()
                .virConnectGetLibVersion(talk.connection(), new LongByReference()));
    }

    /** True when none of its threads is at work, or hangs. */
    boolean isEmpty() {
        return inside.get() == 0;
    }

    /** Takes no more work; what is inside ends after its native call; the connection closes when the last one is out. */
    void close() {
        over = true;
        tickets.forEach(ticket -> {
            ticket.giveUp();
            // a thread that hangs must not hold what it was given until the kernel gives up on the host
            ticket.end();
        });
        try {
            threads.execute(this::closeWhenEmpty);
        } catch (RejectedExecutionException e) {
            // closed twice
        }
        threads.shutdown();
        shortCalls.shutdown();
    }

    private void closeWhenEmpty() {
        synchronized (this) {
            if (!over || closed || inside.get() > 0 || connection == null) {
                return;
            }
            closed = true;
        }
        libvirt.raw().virConnectClose(connection);
    }
}
