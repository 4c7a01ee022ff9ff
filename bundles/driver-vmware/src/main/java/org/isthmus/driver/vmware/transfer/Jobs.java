// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverContext.WorkState;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress.Pending;

/**
 * Bulk work on the host's executor, one of a key at a time, each begun by one token. What has ended well is remembered, for
 * the same token to hear again.
 */
final class Jobs {
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration AT_ONCE = Duration.ofMillis(200);
    private static final Duration GOODBYE = Duration.ofSeconds(5);

    private final DriverContext context;
    private final Map<String, Transfer> known = new ConcurrentHashMap<>();
    private volatile OptionalLong brokenOffAt = OptionalLong.empty();

    Jobs(DriverContext context) {
        this.context = context;
    }

    /** Work that is told how to be broken off. */
    @FunctionalInterface
    interface Job {
        void run(Transfer transfer, IntConsumer report) throws IOException;
    }

    /** What is known of the work of a key. */
    enum State {
        /** None, or it is no longer known. */
        NONE,
        RUNNING,
        DONE
    }

    /**
     * How the work of a key is that this token began.
     *
     * @param busy what to say to another token while it runs
     * @throws DriverException as it failed: it is forgotten then, and the next call begins anew
     */
    State state(String key, Call call, String busy) {
        Transfer transfer = known.get(key);
        Optional<WorkState> work = context.work(key);
        if (work.isEmpty() || transfer == null) {
            return State.NONE;
        }
        boolean mine = transfer.token().equals(call.token());
        if (!work.orElseThrow().ended()) {
            if (!mine) {
                throw new DriverException(Kind.UNAVAILABLE, busy);
            }
            return State.RUNNING;
        }
        Optional<Exception> failure = work.orElseThrow().failure();
        if (!mine || failure.isPresent()) {
            forget(key, transfer);
        }
        if (!mine) {
            return State.NONE;
        }
        if (failure.isPresent()) {
            throw failed(failure.orElseThrow());
        }
        return State.DONE;
    }

    private void forget(String key, Transfer transfer) {
        context.forget(key);
        known.remove(key, transfer);
    }

    /** Begins it, unless another thread was faster. */
    synchronized <T> Pending<T> start(String key, Call call, Job job) {
        if (context.work(key).isPresent()) {
            return pending(key);
        }
        Transfer transfer = new Transfer(call.token());
        known.put(key, transfer);
        context.start(key, report -> {
            if (!transfer.begin()) {
                return;
            }
            try {
                job.run(transfer, report);
            } finally {
                transfer.end();
            }
        });
        return pending(key);
    }

    <T> Pending<T> pending(String key) {
        int percent = context.work(key).map(WorkState::percent).orElse(-1);
        return new Pending<>("", SOON, percent);
    }

    /** Breaks off what runs under a key; true when nothing runs any more. */
    boolean breakOff(String key) {
        Transfer transfer = known.get(key);
        if (transfer == null) {
            return true;
        }
        transfer.breakOff();
        if (transfer.underWay()) {
            return false;
        }
        forget(key, transfer);
        return true;
    }

    <T> Pending<T> soon() {
        return new Pending<>("", AT_ONCE, -1);
    }

    /** Breaks off all; each cleans up behind itself. */
    void breakOffAll() {
        if (brokenOffAt.isEmpty()) {
            brokenOffAt = OptionalLong.of(System.nanoTime());
        }
        known.values().forEach(Transfer::breakOff);
    }

    /** Breaks off all, and waits until each has cleaned up behind itself, or five seconds since they were broken off. */
    void close() {
        breakOffAll();
        try {
            Transfer waiting = new Transfer("close");
            while (anyRuns() && System.nanoTime() - brokenOffAt.orElseThrow() < GOODBYE.toNanos()) {
                waiting.pause(AT_ONCE);
            }
        } catch (DriverException interrupted) {
            // whoever closes us is in a hurry
        }
        known.keySet().forEach(context::forget);
        known.clear();
    }

    private boolean anyRuns() {
        return known.values().stream().anyMatch(Transfer::underWay);
    }

    static DriverException failed(Exception failure) {
        if (failure instanceof DriverException known) {
            return known;
        }
        if (failure instanceof VimFault fault) {
            return fault.toDriver("The transfer failed");
        }
        if (failure instanceof IOException broken) {
            return new DriverException(Kind.UNAVAILABLE, "The transfer broke: " + broken.getMessage(), broken);
        }
        if (failure instanceof InterruptedException) {
            return new DriverException(Kind.UNAVAILABLE, "The transfer was broken off.", failure);
        }
        return new DriverException(Kind.BROKEN, "The transfer failed: " + failure, failure);
    }
}
