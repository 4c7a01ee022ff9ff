// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.isthmus.spi.DriverContext;

/**
 * What a controller gives an open driver, for tests: background work runs on real threads of this object's own. Closing it
 * is what the end of a process is to the driver: work is interrupted, and what became of it is forgotten.
 */
public final class HostContext implements DriverContext, AutoCloseable {
    private final Clock clock;
    private final Path cache;
    private final Map<String, Running> works = new ConcurrentHashMap<>();
    private final List<String> changes = new CopyOnWriteArrayList<>();
    private final ExecutorService executor = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "driver-work");
        thread.setDaemon(true);
        return thread;
    });

    /** A context whose cache is an existing directory. */
    public HostContext(Clock clock, Path cache) {
        this.clock = clock;
        this.cache = cache;
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public Path cache() {
        return cache;
    }

    @Override
    public void changed(String ref) {
        changes.add(ref);
    }

    /** The hints heard so far, oldest first. */
    public List<String> changes() {
        return List.copyOf(changes);
    }

    @Override
    public void start(String key, Work work) {
        works.computeIfAbsent(key, name -> {
            Running running = new Running();
            running.future = executor.submit(() -> running.run(work));
            return running;
        });
    }

    @Override
    public Optional<WorkState> work(String key) {
        return Optional.ofNullable(works.get(key)).map(running -> running.state);
    }

    @Override
    public void forget(String key) {
        Running running = works.remove(key);
        if (running != null) {
            running.future.cancel(true);
        }
    }

    /** Interrupts all work and waits a moment for it to end. */
    @Override
    public void close() {
        executor.shutdownNow();
        try {
            if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
                System.getLogger(HostContext.class.getName())
                        .log(System.Logger.Level.WARNING, "Work of a driver goes on although it was interrupted.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        works.clear();
    }

    private static final class Running {
        private volatile WorkState state = new WorkState(-1, false, Optional.empty());
        private volatile Future<?> future;

        private void run(Work work) {
            try {
                work.run(percent -> state = new WorkState(percent, false, Optional.empty()));
                state = new WorkState(100, true, Optional.empty());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                state = new WorkState(state.percent(), true, Optional.of(e));
            } catch (Exception e) {
                state = new WorkState(state.percent(), true, Optional.of(e));
            }
        }
    }
}
