// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.Console;

/** Consoles that greet and echo. What was typed is forgotten with the process; the greeting comes from the ledger. */
final class FakeConsoles implements Console {
    private static final int MAX_LOG = 1 << 20;
    private static final int MAX_UNREAD = 1 << 16;

    private final Servers servers;
    private final Map<String, Screen> screens = new ConcurrentHashMap<>();

    FakeConsoles(Servers servers) {
        this.servers = servers;
    }

    @Override
    public Session openConsole(String ref) {
        String greeting = servers.ask(Verb.OPEN_CONSOLE, ref, server -> {
            if (!server.on()) {
                throw new DriverException(Kind.CONFLICT, "The server " + ref + " is off; start it to see its console.");
            }
            return greeting(server);
        });
        Screen screen = new Screen(greeting);
        Screen before = screens.put(ref, screen);
        if (before != null) {
            before.close();
        }
        return screen;
    }

    private static String greeting(FakeServer server) {
        return "Fake server " + server.name() + ", started " + Instant.ofEpochMilli(server.startedAt()) + "\r\n"
                + server.name() + " login: ";
    }

    @Override
    public byte[] consoleLog(String ref, int maxBytes) {
        if (maxBytes < 1 || maxBytes > MAX_LOG) {
            throw new DriverException(Kind.INVALID, "A console log is asked for with 1 to " + MAX_LOG + " bytes.");
        }
        String greeting = servers.ask(Verb.CONSOLE_LOG, ref, server -> server.starts() == 0 ? "" : greeting(server));
        Screen screen = screens.get(ref);
        byte[] text = screen == null ? greeting.getBytes(StandardCharsets.UTF_8) : screen.printed();
        return Arrays.copyOfRange(text, Math.max(0, text.length - maxBytes), text.length);
    }

    void forget(String ref) {
        Screen screen = screens.remove(ref);
        if (screen != null) {
            screen.close();
        }
    }

    void close() {
        screens.keySet().forEach(this::forget);
    }

    /** One open console: a buffer that the reader waits on. */
    private static final class Screen implements Session {
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        private int read;
        private boolean closed;

        private Screen(String greeting) {
            printed.writeBytes(greeting.getBytes(StandardCharsets.UTF_8));
        }

        private synchronized byte[] printed() {
            return printed.toByteArray();
        }

        private synchronized int next(byte[] into, int offset, int length) throws InterruptedException {
            while (!closed && read == printed.size()) {
                wait();
            }
            int count = Math.min(length, printed.size() - read);
            if (closed || count == 0) {
                return -1;
            }
            System.arraycopy(printed.toByteArray(), read, into, offset, count);
            read += count;
            return count;
        }

        private synchronized void print(int value) {
            // what nobody reads is dropped, as by a serial port
            if (!closed && printed.size() - read < MAX_UNREAD && printed.size() < MAX_LOG) {
                printed.write(value);
                notifyAll();
            }
        }

        @Override
        public InputStream output() {
            return new InputStream() {
                @Override
                public int read() throws java.io.IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 255;
                }

                @Override
                public int read(byte[] into, int offset, int length) throws java.io.IOException {
                    try {
                        return length == 0 ? 0 : next(into, offset, length);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new java.io.InterruptedIOException("Interrupted while reading a console");
                    }
                }
            };
        }

        @Override
        public OutputStream input() {
            return new OutputStream() {
                @Override
                public void write(int value) {
                    print(value);
                }
            };
        }

        @Override
        public synchronized void close() {
            closed = true;
            notifyAll();
        }
    }
}
