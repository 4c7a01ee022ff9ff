// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.isthmus.store.Leases.Lease;
import org.isthmus.store.TxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that sequences: within a second of a commit here (woken) or on another controller (it looks once a second).
 * Waits a moment after it was woken, so that many commits make one batch.
 */
final class SequencerThread {
    private static final Logger LOG = LoggerFactory.getLogger(SequencerThread.class);
    private static final long LOOK_MILLIS = 1000;
    private static final long GATHER_MILLIS = 200;
    private static final long STOP_MILLIS = 10_000;
    private static final Duration RENEW = Duration.ofSeconds(5);

    private final Sequencer sequencer;
    private final PendingStore pending;
    private final int batch;
    private final Clock clock;
    private final Runnable before;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean woken = true; // what waits since the last run comes first
    private boolean stopping;
    private Thread thread;

    // of the thread alone
    private Optional<Lease> lease = Optional.empty();
    private long renewedAt;

    private volatile State state = new State(Duration.ZERO, false, Optional.empty());

    /**
     * How it goes.
     *
     * @param lag age of the oldest entry that has no place yet
     * @param mine whether this controller sequences
     * @param problem why the last round failed
     */
    record State(Duration lag, boolean mine, Optional<String> problem) {}

    /**
     * A thread, not yet started.
     *
     * @param before run before each round, on the thread: entries that the log makes by itself
     */
    SequencerThread(Sequencer sequencer, PendingStore pending, int batch, Clock clock, Runnable before) {
        this.sequencer = sequencer;
        this.pending = pending;
        this.batch = batch;
        this.clock = clock;
        this.before = before;
    }

    void start() {
        thread = new Thread(this::loop, "isthmus-audit-sequencer");
        thread.setDaemon(true);
        thread.start();
    }

    /** There is something to do. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends after the round that is running, and one more; waits for that up to 10 s. */
    void stop() {
        lock.lock();
        try {
            stopping = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    State state() {
        return state;
    }

    private void loop() {
        while (awaitWork()) {
            round();
        }
        round();
        lease.ifPresent(held -> quietly(() -> sequencer.release(held)));
    }

    /** False when it is time to end. */
    private boolean awaitWork() {
        lock.lock();
        try {
            await(LOOK_MILLIS, false);
            if (woken) {
                await(GATHER_MILLIS, true);
            }
            woken = false;
            return !stopping;
        } catch (InterruptedException e) {
            // not the end, which is said by stopping: Derby interrupts whoever was in it when it ended itself
            LOG.debug("The audit log's sequencer was interrupted and goes on", e);
            return !stopping;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the time, or until it is to stop or (unless it gathers) was woken. The lock is held. */
    private void await(long millis, boolean gather) throws InterruptedException {
        long left = TimeUnit.MILLISECONDS.toNanos(millis);
        while (left > 0 && !stopping && (gather || !woken)) {
            left = changed.awaitNanos(left);
        }
    }

    private void round() {
        try {
            before.run();
            hold();
            drain();
            Instant now = clock.instant();
            Duration lag = pending.oldestRecordedAt()
                    .map(at -> Duration.ofNanos((Sql.micros(now) - at) * 1000))
                    .orElse(Duration.ZERO);
            if (state.problem().isPresent()) {
                LOG.info("The audit log's sequencer works again");
            }
            state = new State(lag, lease.isPresent(), Optional.empty());
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void drain() {
        int sequenced = batch;
        while (sequenced == batch && lease.isPresent()) {
            sequenced = sequencer.runOnce(lease.get());
            hold();
        }
    }

    private void hold() {
        long now = System.nanoTime(); // not the clock, which may be set
        if (lease.isEmpty() || now - renewedAt >= RENEW.toNanos()) {
            lease = sequencer.hold();
            renewedAt = now;
        }
    }

    private void failed(RuntimeException failure) {
        lease = Optional.empty();
        boolean known = state.problem().isPresent();
        State last = state;
        state = new State(last.lag(), false, Optional.of(String.valueOf(failure.getMessage())));
        if (failure instanceof TxException database && database.kind() == TxException.Kind.CONFLICT) {
            LOG.info("Another controller sequences the audit log now");
        } else if (!known) {
            LOG.warn("The audit log's sequencer failed; entries wait and it tries again each second", failure);
        }
    }

    private static void quietly(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.debug("The sequencer's lease was not given back; it ends by itself", e);
        }
    }
}
