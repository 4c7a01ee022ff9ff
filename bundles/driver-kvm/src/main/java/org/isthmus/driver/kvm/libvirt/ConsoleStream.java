// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.Console;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.Libvirt;
import org.libvirt.jna.SizeT;
import org.libvirt.jna.StreamPointer;

/**
 * A serial console on a connection of its own. One of its threads waits inside libvirt for what the guest prints and puts
 * it into a small pipe, so that a reader never waits inside libvirt itself and is let go when the console closes. While the
 * reader is slow the pipe is full and the guest's output waits at the host.
 */
final class ConsoleStream implements Console.Session {
    private static final int PIECE = 16 * 1024;
    private static final Duration OPENING = Duration.ofSeconds(3);
    private static final Duration TYPING = Duration.ofSeconds(10);

    private final Line line;
    private final StreamPointer stream;
    private final Pipe pipe = new Pipe();
    private final Runnable afterwards;
    private boolean closed;
    /** Who may be inside libvirt with the stream, and the open console itself: the last one frees it. */
    private int users = 1;

    private ConsoleStream(Line line, StreamPointer stream, Runnable afterwards) {
        this.line = line;
        this.stream = stream;
        this.afterwards = afterwards;
    }

    private synchronized boolean enter() {
        if (users == 0) {
            return false;
        }
        users++;
        return true;
    }

    private void leave(Talk talk) {
        boolean last;
        synchronized (this) {
            users--;
            last = users == 0;
        }
        if (last) {
            talk.libvirt().raw().virStreamFree(stream);
        }
    }

    /** Opens it, taking it over from whoever has it. */
    static ConsoleStream open(Line line, String uuid, Runnable afterwards) {
        ConsoleStream console =
                new ConsoleStream(line, line.run("open the console", OPENING, talk -> connect(talk, uuid)), afterwards);
        line.submit(
                talk -> {
                    if (console.enter()) {
                        try {
                            console.pump(talk);
                        } finally {
                            console.leave(talk);
                        }
                    }
                    return null;
                },
                console.pipe::end);
        return console;
    }

    private static StreamPointer connect(Talk talk, String uuid) {
        String what = "open the console";
        Libvirt raw = talk.libvirt().raw();
        DomainPointer domain = talk.need(what, () -> raw.virDomainLookupByUUIDString(talk.connection(), uuid));
        try {
            StreamPointer stream = talk.need(what, () -> raw.virStreamNew(talk.connection(), 0));
            boolean open = false;
            try {
                talk.check(what, () -> talk.libvirt()
                        .more()
                        .virDomainOpenConsole(domain, null, stream, MoreLibvirt.CONSOLE_FORCE));
                open = true;
                return stream;
            } finally {
                if (!open) {
                    raw.virStreamFree(stream);
                }
            }
        } finally {
            raw.virDomainFree(domain);
        }
    }

    private void pump(Talk talk) {
        byte[] piece = new byte[PIECE];
        while (true) {
            int got;
            try {
                got = talk.check(
                        "read the console",
                        () -> talk.libvirt().more().virStreamRecv(stream, piece, new SizeT(piece.length)));
            } catch (DriverException e) {
                // taken over, the guest went off, or the host is gone: for the reader it ends
                got = 0;
            }
            if (got <= 0 || !pipe.put(Arrays.copyOf(piece, got))) {
                return;
            }
        }
    }

    @Override
    public InputStream output() {
        return pipe;
    }

    @Override
    public OutputStream input() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (length > 0) {
                    type(Arrays.copyOfRange(bytes, offset, offset + length));
                }
            }
        };
    }

    private void type(byte[] bytes) throws IOException {
        Ticket<Void> ticket = line.submit(
                talk -> {
                    send(talk, bytes);
                    return null;
                },
                () -> {});
        try {
            line.await(ticket, TYPING);
        } catch (DriverException e) {
            throw new IOException("The console is closed: " + e.getMessage(), e);
        } catch (TimeoutException e) {
            ticket.giveUp();
            throw new IOException("The host takes no more input for the console.", e);
        }
    }

    private void send(Talk talk, byte[] bytes) {
        String what = "type at the console";
        if (!enter()) {
            throw new DriverException(Kind.CONFLICT, "it was closed before");
        }
        try {
            byte[] rest = bytes;
            while (rest.length > 0) {
                byte[] now = rest;
                int taken =
                        talk.check(what, () -> talk.libvirt().more().virStreamSend(stream, now, new SizeT(now.length)));
                rest = Arrays.copyOfRange(rest, taken, rest.length);
            }
        } finally {
            leave(talk);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        pipe.end();
        afterwards.run();
        // on another thread than the one that may wait in libvirt for output: this wakes it
        Ticket<Void> ending = line.submit(
                talk -> {
                    talk.libvirt().raw().virStreamAbort(stream);
                    leave(talk);
                    return null;
                },
                () -> {});
        // whoever closes does not wait for that; on a host that is gone it ends when the kernel gives up on it
        line.submit(talk -> ended(ending), line::close);
    }

    private Void ended(Ticket<Void> ending) {
        try {
            return line.await(ending, OPENING);
        } catch (TimeoutException e) {
            throw new DriverException(Kind.UNAVAILABLE, "A console was left to end by itself.", e);
        }
    }

    /** Bytes from one thread to another, a few at a time. */
    private static final class Pipe extends InputStream {
        private static final int ROOM = 256 * 1024;
        private final byte[] ring = new byte[ROOM];
        private int first;
        private int held;
        private boolean ended;

        /** Waits for room; false when nobody reads any more. */
        synchronized boolean put(byte[] bytes) {
            int from = 0;
            while (from < bytes.length) {
                waitWhile(() -> held == ROOM);
                if (ended) {
                    return false;
                }
                int at = (first + held) % ROOM;
                int now = Math.min(Math.min(ROOM - held, ROOM - at), bytes.length - from);
                System.arraycopy(bytes, from, ring, at, now);
                held += now;
                from += now;
                notifyAll();
            }
            return true;
        }

        synchronized void end() {
            ended = true;
            notifyAll();
        }

        private synchronized void waitWhile(BooleanSupplier condition) {
            try {
                while (condition.getAsBoolean() && !ended) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                ended = true;
            }
        }

        @Override
        public synchronized int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public synchronized int read(byte[] into, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            waitWhile(() -> held == 0);
            if (held == 0) {
                return -1;
            }
            int now = Math.min(Math.min(length, held), ROOM - first);
            System.arraycopy(ring, first, into, offset, now);
            first = (first + now) % ROOM;
            held -= now;
            notifyAll();
            return now;
        }

        @Override
        public synchronized int available() {
            return held;
        }
    }
}
