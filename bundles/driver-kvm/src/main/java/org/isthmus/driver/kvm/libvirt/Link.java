// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.isthmus.driver.kvm.host.HostCalls;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.Console;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to one libvirt, opened when first needed and opened anew when it is lost.
 *
 * <p>libvirt's keep-alive needs its event loop, which is global to the process and would keep calling into a bundle that was
 * swapped. So there is none: instead every call has a bounded wait, a connection that was quiet for a while must answer a
 * small question before it is used, and one that does not answer is abandoned ({@link Line}) and replaced. After a failed
 * attempt the next is made no sooner than a growing pause later; calls in between fail at once.
 */
public final class Link implements HostCalls {
    private static final Logger LOG = LoggerFactory.getLogger(Link.class);

    /** With connecting and a question for life, a call stays below the 10 s of a driver. */
    private static final Duration CALL = Duration.ofSeconds(7);

    private static final Duration CONNECTING = Duration.ofSeconds(5);
    /**
     * An attempt to connect that took so long is given up. A host that vanished right after it took the connection would be
     * waited for without end, since nobody is left who could say no.
     */
    private static final Duration ATTEMPT = Duration.ofSeconds(20);
    /** So many given-up attempts may hang, each with its thread; beyond that the last one goes on being waited for. */
    private static final int HANGING_AT_MOST = 4;

    private static final Duration SIGN_OF_LIFE = Duration.ofMillis(1500);
    private static final Duration QUIET = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    /** How long a copy may stand still. */
    private static final Duration STALLED = Duration.ofSeconds(60);

    private static final int THREADS = 8;

    private final String uri;
    private final String name;
    private final Clock clock;
    private final Set<ConsoleStream> consoles = ConcurrentHashMap.newKeySet();
    private Line line;
    private Line opening;
    private Ticket<Line> openingTicket;
    private Instant openingSince = Instant.MIN;
    private final List<Line> hanging = new ArrayList<>();
    private Instant nextAttempt = Instant.MIN;
    private Duration pause = FIRST_PAUSE;
    private DriverException lastFailure;
    private boolean closed;

    /**
     * A way not yet opened.
     *
     * @param name of the endpoint, for thread names and messages
     */
    public Link(String uri, String name, Clock clock) {
        this.uri = uri;
        this.name = name;
        this.clock = clock;
    }

    @Override
    public <T> T call(String what, Function<Hypervisor, T> body, Runnable afterwards) {
        long end = System.nanoTime() + CALL.toNanos();
        Line current;
        try {
            current = current();
        } catch (RuntimeException e) {
            afterwards.run();
            throw e;
        }
        Ticket<T> ticket = current.submit(talk -> body.apply(new LibvirtHypervisor(talk)), afterwards);
        try {
            return current.await(ticket, Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        } catch (TimeoutException e) {
            ticket.giveUp();
            throw slow(what, current);
        } catch (DriverException e) {
            if (e.kind() == Kind.UNAVAILABLE && !current.answers(SIGN_OF_LIFE)) {
                drop(current, e.getMessage());
            }
            throw e;
        }
    }

    private DriverException slow(String what, Line current) {
        if (current.answers(SIGN_OF_LIFE)) {
            return new DriverException(
                    Kind.UNAVAILABLE,
                    "Host " + name + " answers, but could not " + what + " in time; it is asked again.");
        }
        drop(current, "it does not answer");
        return new DriverException(
                Kind.UNAVAILABLE, "Host " + name + " does not answer (while asked to " + what + "); is it up?");
    }

    /** The open connection, or a new one. */
    private Line current() {
        Line known;
        synchronized (this) {
            known = line;
        }
        if (known != null && known.quietFor(QUIET) && !known.answers(SIGN_OF_LIFE)) {
            drop(known, "it was quiet and no longer answers");
            known = null;
        }
        return known == null ? connect() : known;
    }

    private Line connect() {
        Ticket<Line> ticket = beginOrJoin();
        try {
            return arrived(Line.await(ticket, CONNECTING, () -> {}));
        } catch (TimeoutException e) {
            // the attempt goes on: whoever comes next joins it
            throw new DriverException(Kind.UNAVAILABLE, "libvirt at " + uri + " does not answer; is the host up?", e);
        } catch (DriverException e) {
            failed(ticket, e);
            throw e;
        }
    }

    /** The attempt to wait for: one at a time, whoever comes. */
    private synchronized Ticket<Line> beginOrJoin() {
        if (closed) {
            throw new DriverException(Kind.UNAVAILABLE, "The endpoint " + name + " is closed.");
        }
        if (line != null) {
            Ticket<Line> there = new Ticket<>(() -> {});
            there.result().complete(line);
            return there;
        }
        giveUpHanging();
        if (opening == null) {
            if (lastFailure != null && clock.instant().isBefore(nextAttempt)) {
                throw new DriverException(lastFailure.kind(), lastFailure.getMessage(), lastFailure);
            }
            opening = line(THREADS);
            openingTicket = opening.open();
            openingSince = clock.instant();
        }
        return openingTicket;
    }

    private void giveUpHanging() {
        hanging.removeIf(Line::isEmpty);
        boolean tooLong = opening != null && openingSince.plus(ATTEMPT).isBefore(clock.instant());
        if (tooLong && hanging.size() < HANGING_AT_MOST) {
            LOG.info("Endpoint {} gives up an attempt to connect to {} and makes another", name, uri);
            opening.close();
            hanging.add(opening);
            opening = null;
        }
    }

    private Line line(int threads) {
        return new Line(NativeLibvirt.load(), uri, "kvm-" + name, threads);
    }

    private synchronized Line arrived(Line opened) {
        if (opening == opened) {
            line = opened;
            opening = null;
            lastFailure = null;
            pause = FIRST_PAUSE;
            LOG.info("Endpoint {} is connected to {}", name, uri);
        }
        if (closed) {
            opened.close();
        }
        return opened;
    }

    private synchronized void failed(Ticket<Line> ticket, DriverException failure) {
        if (openingTicket == ticket && opening != null) {
            opening.close();
            opening = null;
            lastFailure = failure;
            nextAttempt = clock.instant().plus(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private synchronized void drop(Line lost, String why) {
        if (line == lost) {
            line = null;
            LOG.info("Endpoint {} lost its connection to {}: {}", name, uri, why);
        }
        lost.close();
    }

    /** Opens a connection for one purpose, closed by whoever asked for it. */
    private Line separate(int threads) {
        Line own = line(threads);
        try {
            return own.await(own.open(), CONNECTING);
        } catch (TimeoutException e) {
            own.close();
            throw new DriverException(Kind.UNAVAILABLE, "libvirt at " + uri + " does not answer; is the host up?", e);
        } catch (DriverException e) {
            own.close();
            throw e;
        }
    }

    @Override
    public void copy(String pool, String volume, InputStream content, long length, LongConsumer sent)
            throws InterruptedException {
        Line own = separate(1);
        try {
            AtomicLong gone = new AtomicLong();
            Ticket<Void> ticket = own.submit(
                    talk -> {
                        writeAll(new LibvirtHypervisor(talk), pool, volume, content, length, gone);
                        return null;
                    },
                    () -> {});
            follow(ticket, gone, sent);
        } finally {
            own.close();
        }
    }

    private static void writeAll(
            Hypervisor host, String pool, String volume, InputStream content, long length, AtomicLong gone) {
        try {
            host.volumes().write(pool, volume, content, length, gone::set);
        } catch (IOException e) {
            throw new DriverException(
                    Kind.UNAVAILABLE, "The content for " + volume + " could not be read: " + e.getMessage(), e);
        }
    }

    private void follow(Ticket<Void> ticket, AtomicLong gone, LongConsumer sent) throws InterruptedException {
        long before = -1;
        long since = System.nanoTime();
        while (true) {
            try {
                ticket.result().get(1, TimeUnit.SECONDS);
                sent.accept(gone.get());
                return;
            } catch (TimeoutException e) {
                if (gone.get() != before) {
                    before = gone.get();
                    since = System.nanoTime();
                    sent.accept(before);
                } else if (System.nanoTime() - since > STALLED.toNanos()) {
                    ticket.giveUp();
                    throw new DriverException(
                            Kind.UNAVAILABLE,
                            "Host " + name + " took no more data for " + STALLED.toSeconds() + " s.",
                            e);
                }
            } catch (ExecutionException e) {
                throw Line.failure(e.getCause());
            } catch (InterruptedException e) {
                ticket.giveUp();
                throw e;
            }
        }
    }

    @Override
    public Reading reading() {
        Line own = separate(1);
        return new Reading() {
            @Override
            public byte[] read(String path, long offset, int length) {
                return own.run("read the file " + path, STALLED, talk -> new LibvirtHypervisor(talk)
                        .volumes()
                        .readPath(path, offset, length));
            }

            @Override
            public void close() {
                own.close();
            }
        };
    }

    @Override
    public Console.Session console(String uuid) {
        // one thread waits for what the guest prints, one sends what is typed, and one sees to the end
        Line own = separate(3);
        try {
            AtomicReference<ConsoleStream> self = new AtomicReference<>();
            ConsoleStream console = ConsoleStream.open(own, uuid, () -> consoles.remove(self.get()));
            self.set(console);
            consoles.add(console);
            return console;
        } catch (RuntimeException e) {
            own.close();
            throw e;
        }
    }

    @Override
    public void close() {
        consoles.forEach(ConsoleStream::close);
        closeLines();
    }

    private synchronized void closeLines() {
        closed = true;
        if (line != null) {
            line.close();
            line = null;
        }
        if (opening != null) {
            opening.close();
            opening = null;
        }
    }
}
