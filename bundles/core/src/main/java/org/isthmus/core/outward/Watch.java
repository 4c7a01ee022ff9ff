// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.outward;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.isthmus.core.Threads;

/**
 * Ends connections that take longer than they may. A time-out for reading is no bound: who sends a byte now and then is within
 * it for ever, and a thread that reads is not interrupted.
 */
public final class Watch implements AutoCloseable {
    private final ScheduledThreadPoolExecutor clock;
    private final Set<Line> open = ConcurrentHashMap.newKeySet();

    /** A watch whose thread has this name. */
    public Watch(String name) {
        clock = new ScheduledThreadPoolExecutor(1, Threads.named(name));
        clock.setRemoveOnCancelPolicy(true);
    }

    /** For one who opens connections one after another. */
    public Line line() {
        Line line = new Line();
        open.add(line);
        return line;
    }

    /** Ends all of them. */
    @Override
    public void close() {
        clock.shutdownNow();
        open.forEach(Line::close);
    }

    /** One connection at a time; whoever waits for its other side hears of its end as an IOException. Thread-safe. */
    public final class Line implements AutoCloseable {
        // bare: closing one that is encrypted waits for whoever is writing
        private Socket socket = new Socket();
        private Optional<Future<?>> end = Optional.empty();
        private boolean late;
        private boolean closed;

        private Line() {}

        /** One that is not yet connected, in place of the last; closed when the line is. */
        public synchronized Socket socket() {
            shut();
            socket = new Socket();
            if (closed) {
                shut();
            }
            return socket;
        }

        /** From now on it may take this long, and then ends. */
        public synchronized void within(Duration longest) {
            end.ifPresent(before -> before.cancel(false));
            if (!closed) {
                end = Optional.of(clock.schedule(this::over, longest.toMillis(), TimeUnit.MILLISECONDS));
            }
        }

        private synchronized void over() {
            late = !closed;
            close();
        }

        /** True when it ended because it took too long. */
        public synchronized boolean late() {
            return late;
        }

        @Override
        public synchronized void close() {
            closed = true;
            end.ifPresent(before -> before.cancel(false));
            open.remove(this);
            shut();
        }

        private void shut() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
