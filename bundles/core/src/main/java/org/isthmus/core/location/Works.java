// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.isthmus.spi.DriverContext.Work;
import org.isthmus.spi.DriverContext.WorkState;

/**
 * Blocking work on the controller's own executor, each piece under a key: what runs or has ended under a key is not started
 * again until it is forgotten. Lost when the process dies. Thread-safe.
 */
public final class Works implements AutoCloseable {
    private final ExecutorService executor;
    private final Map<String, Piece> pieces = new ConcurrentHashMap<>();

    public Works(ExecutorService executor) {
        this.executor = executor;
    }

    private static final class Piece implements Runnable {
        private final Work work;
        private volatile WorkState state = new WorkState(-1, false, Optional.empty());
        private volatile Future<?> future;

        Piece(Work work) {
            this.work = work;
        }

        @Override
        public void run() {
            try {
                work.run(percent -> state = new WorkState(percent, false, Optional.empty()));
                state = new WorkState(100, true, Optional.empty());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                ended(e);
            } catch (Exception e) {
                ended(e);
            } catch (Error e) {
                // an executor would swallow it, and whoever asks would wait for ever
                ended(new IllegalStateException("The work broke: " + e, e));
                throw e;
            }
        }

        void ended(Exception failure) {
            state = new WorkState(state.percent(), true, Optional.of(failure));
        }
    }

    public void start(String key, Work work) {
        Piece piece = new Piece(work);
        if (pieces.putIfAbsent(key, piece) != null) {
            return;
        }
        try {
            piece.future = executor.submit(piece);
        } catch (RejectedExecutionException e) {
            piece.ended(e);
        }
    }

    public Optional<WorkState> work(String key) {
        return Optional.ofNullable(pieces.get(key)).map(piece -> piece.state);
    }

    public void forget(String key) {
        Piece piece = pieces.remove(key);
        if (piece != null && piece.future != null) {
            piece.future.cancel(true);
        }
    }

    /** Interrupts and forgets all of it; the executor is its owner's. */
    @Override
    public void close() {
        pieces.keySet().forEach(this::forget);
    }
}
