// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.isthmus.api.ProblemException;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.core.Threads;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.spi.DriverException;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Runs operations: claims what is due, runs its steps one by one, moves the cursor in one transaction with what the step
 * has to write. A worker that died is followed by another when its lease is over; one that lost its claim writes nothing.
 *
 * <p>Without {@link #start} it has no threads and is driven by {@link #runUntilIdle}: for tests.
 */
public final class Worker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final int SCAN = 200;
    private static final Duration AFTER_LOSS = Duration.ofSeconds(2);

    /**
     * How it works.
     *
     * @param node this controller's name among several
     * @param threads how many operations at once: 1 to 64
     * @param lease how long a claim holds without being renewed by a step: longer than any step
     * @param scan how often to look for what nobody woke us for
     */
    public record Settings(String node, int threads, Duration lease, Duration scan) {
        public static final Settings DEFAULT = new Settings("test", 8, Duration.ofSeconds(30), Duration.ofMillis(500));

        public Settings {
            if (node.isBlank() || node.length() > 40 || threads < 1 || threads > 64) {
                throw new IllegalArgumentException(
                        "A worker has a node name of 1 to 40 characters and 1 to 64 threads.");
            }
            if (lease.compareTo(Duration.ofSeconds(15)) < 0) {
                throw new IllegalArgumentException("A lease is at least PT15S: a driver call may take ten seconds.");
            }
        }
    }

    /** Where a run is, for tests that stop it there. */
    public interface Probe {
        void at(Point point, OperationId operation, String type, String step, boolean undoing);

        enum Point {
            BEFORE_STEP,
            AFTER_STEP,
            AFTER_SAVE
        }
    }

    private final Tx tx;
    private final OperationStore store;
    private final Processes processes;
    private final Endings endings;
    private final Clock clock;
    private final Settings settings;
    private final Probe probe;
    private final String holder;
    private final Set<OperationId> inFlight = ConcurrentHashMap.newKeySet();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ClockWatch clockWatch;
    private volatile ThreadPoolExecutor pool;
    private volatile ScheduledExecutorService scheduler;
    private volatile boolean stopping;

    Worker(
            Tx tx,
            OperationStore store,
            Processes processes,
            Endings endings,
            Clock clock,
            Settings settings,
            Probe probe,
            String holder) {
        this.tx = tx;
        this.store = store;
        this.processes = processes;
        this.endings = endings;
        this.clock = clock;
        this.settings = settings;
        this.probe = probe;
        this.holder = holder;
        this.clockWatch = new ClockWatch(store, clock, settings.lease());
    }

    ClockWatch clockWatch() {
        return clockWatch;
    }

    /** An earlier life of this controller is known to be over, for its name is ours now: what it held is free. */
    public void takeOver(String earlier) {
        int freed = store.release(earlier);
        if (freed > 0) {
            LOG.info("{} operations of an earlier run of {} go on now", freed, settings.node());
            wakeAll();
        }
    }

    /** Begins. */
    public void start() {
        stopping = false;
        // what is due waits in the queue, so that the larger number of threads is never reached by itself: see
        // substitute
        pool = new ThreadPoolExecutor(
                settings.threads(),
                Integer.MAX_VALUE,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Threads.named("isthmus-operation"));
        clockWatch.begin();
        scheduler = Executors.newSingleThreadScheduledExecutor(Threads.named("isthmus-operation-clock"));
        scheduler.scheduleWithFixedDelay(this::scan, 0, settings.scan().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Lets running steps end, up to fifteen seconds; what is unfinished is free at once for another controller. */
    @Override
    public void close() {
        ScheduledExecutorService clockThread = scheduler;
        ExecutorService workers = pool;
        if (workers == null) {
            return;
        }
        stopping = true;
        pool = null;
        scheduler = null;
        Threads.end(clockThread, Duration.ofSeconds(5));
        workers.shutdown();
        try {
            if (!workers.awaitTermination(15, TimeUnit.SECONDS)) {
                LOG.warn("Some steps did not end in 15 s; they are repeated elsewhere, or after the next start");
                workers.shutdownNow();
            }
        } catch (InterruptedException e) {
            workers.shutdownNow();
            Thread.currentThread().interrupt();
        }
        try {
            store.release(holder);
        } catch (RuntimeException e) {
            LOG.warn("What was being done goes on only after its lease: {}", e.toString());
        }
    }

    /** Somebody who works while another waits; closed when that one goes on. */
    public interface Substitute extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * One more thread, for as long as a step waits for a slow driver: the others' operations are not held up by it. Bounded by
     * the calls that drivers are in at once.
     */
    public Substitute substitute() {
        waiting.incrementAndGet();
        crew();
        return () -> {
            waiting.decrementAndGet();
            crew();
        };
    }

    private synchronized void crew() {
        ThreadPoolExecutor workers = pool;
        if (workers != null) {
            workers.setCorePoolSize(settings.threads() + waiting.get());
        }
    }

    /** A hint that this one is due. */
    public void wake(OperationId operation) {
        ExecutorService workers = pool;
        if (workers == null || !inFlight.add(operation)) {
            return;
        }
        try {
            workers.execute(() -> {
                try {
                    run(operation);
                } catch (TxException e) {
                    // what was written last may be there or not; the claim is still ours
                    LOG.debug("Operation {} goes on when the database does", operation, e);
                    wakeAfter(operation, AFTER_LOSS);
                } catch (RuntimeException e) {
                    LOG.warn("Operation {} is tried again soon: {}", operation, e.toString());
                    wakeAfter(operation, AFTER_LOSS);
                } finally {
                    inFlight.remove(operation);
                }
            });
        } catch (RejectedExecutionException e) {
            inFlight.remove(operation);
        }
    }

    /** Everything that is waiting is looked at now: a driver has come back. */
    public void wakeAll() {
        ScheduledExecutorService clockThread = scheduler;
        if (clockThread != null) {
            clockThread.execute(this::scan);
        }
    }

    private void scan() {
        try {
            clockWatch.look();
            store.due(Times.micros(clock.instant()), SCAN).forEach(this::wake);
        } catch (RuntimeException e) {
            LOG.warn("Cannot look for due operations just now: {}", e.toString());
        }
    }

    /** For tests: runs what is due on this thread until nothing is; time stands still meanwhile. Returns how many runs. */
    public int runUntilIdle() {
        int runs = 0;
        List<OperationId> due = store.due(Times.micros(clock.instant()), SCAN);
        while (!due.isEmpty()) {
            for (OperationId operation : due) {
                run(operation);
                runs++;
            }
            due = store.due(Times.micros(clock.instant()), SCAN);
        }
        return runs;
    }

    private void run(OperationId operation) {
        long now = Times.micros(clock.instant());
        Optional<OperationRecord> claimed = store.claim(operation, holder, now, now + Times.micros(settings.lease()));
        while (claimed.isPresent() && !stopping) {
            OperationRecord row = claimed.get();
            MDC.put("operation", row.id().value());
            MDC.put("organization", row.organization().value());
            try {
                claimed = step(row);
            } finally {
                MDC.remove("operation");
                MDC.remove("organization");
            }
        }
    }

    /** Runs one step; the row to go on with, or empty when there is nothing to do now. */
    private Optional<OperationRecord> step(OperationRecord row) {
        Instant now = Times.kept(clock.instant());
        Optional<Process> found = processes.find(row.type());
        if (found.isEmpty()) {
            return later(
                    row, now, Duration.ofSeconds(5), "Nothing installed knows operations of type " + row.type(), true);
        }
        Process process = found.get();
        if (!row.undoing() && row.cancelAsked() && process.cancellable(row.step())) {
            return turn(row, now, Process.Ending.CANCELLED, "Cancelled.");
        }
        if (!row.undoing() && Times.micros(now) >= row.deadlineAt()) {
            // the deadline was said by the clock as it was then
            clockWatch.look();
            Optional<OperationRecord> prolonged = store.find(row.id())
                    .filter(read -> read.fence() == row.fence() && read.deadlineAt() > Times.micros(now));
            if (prolonged.isPresent()) {
                return prolonged;
            }
            return turn(
                    row,
                    now,
                    Process.Ending.FAILED,
                    "It was not done by its deadline. Last: " + row.reason().orElse("under way"));
        }
        ClaimedRun run = new ClaimedRun(row, now);
        StepOutcome outcome;
        probe.at(Probe.Point.BEFORE_STEP, row.id(), row.type(), row.step(), row.undoing());
        try {
            outcome = row.undoing() ? process.undo(run, row.step()) : process.run(run, row.step());
        } catch (DriverAway e) {
            return later(row, now, Duration.ofSeconds(1), e.getMessage(), true);
        } catch (DriverException e) {
            return failed(row, now, e.passing(), e.kind() == DriverException.Kind.THROTTLED, e.getMessage());
        } catch (ProblemException e) {
            return failed(row, now, e.type().status() == 503, false, e.getMessage());
        } catch (TxException e) {
            return failed(row, now, e.retryable(), false, "The database was busy: " + e.kind());
        } catch (RuntimeException e) {
            LOG.error("Step {} of {} {} broke", row.step(), row.type(), row.id(), e);
            return failed(row, now, row.attempts() < 3, false, "Something broke in step " + row.step() + ": " + e);
        }
        probe.at(Probe.Point.AFTER_STEP, row.id(), row.type(), row.step(), row.undoing());
        Optional<OperationRecord> next;
        try {
            next = settle(row, run, process, outcome);
        } catch (TxException e) {
            throw e;
        } catch (ProblemException e) {
            return failed(row, now, e.type().status() == 503, false, e.getMessage());
        } catch (RuntimeException e) {
            // a driver's nonsense is often seen only here, where it is to be written down; nothing of it was
            LOG.error("What step {} of {} {} came to cannot be kept", row.step(), row.type(), row.id(), e);
            return failed(
                    row, now, row.attempts() < 3, false, "What step " + row.step() + " came to cannot be kept: " + e);
        }
        probe.at(Probe.Point.AFTER_SAVE, row.id(), row.type(), row.step(), row.undoing());
        return next;
    }

    private Optional<OperationRecord> settle(
            OperationRecord row, ClaimedRun run, Process process, StepOutcome outcome) {
        // the time of the effects is the time after the step: usage begins when the thing is there, not when it was
        // asked
        Instant now = Times.kept(clock.instant());
        if (outcome instanceof StepOutcome.Done done) {
            List<String> steps = process.steps();
            int at = steps.indexOf(row.step());
            int next = row.undoing() ? at - 1 : at + 1;
            if (next < 0 || next >= steps.size()) {
                Process.Ending ending = row.ending().orElse(Process.Ending.SUCCEEDED);
                return end(row, run, process, ending, done, now);
            }
            int progress = row.undoing() ? row.progress() : next * 100 / steps.size();
            OperationRecord moved = Moves.to(row, run.memo(), steps.get(next), progress, renewed(now));
            return save(moved, done.effect(), now);
        }
        if (outcome instanceof StepOutcome.Again again) {
            int progress = again.percent() < 0 || row.undoing()
                    ? row.progress()
                    : progress(process.steps(), row.step(), again.percent());
            OperationRecord waiting = Moves.again(
                    row,
                    run.memo(),
                    progress,
                    again.reason().isEmpty() ? row.reason() : Optional.of(again.reason()),
                    Times.micros(now.plus(again.after())));
            save(waiting, again.effect(), now, again.timeStands() ? passed(row, waiting) : 0)
                    .ifPresent(saved -> wakeAfter(saved.id(), again.after()));
            return Optional.empty();
        }
        if (outcome instanceof StepOutcome.Back back) {
            if (!process.steps().contains(back.step())) {
                throw new IllegalStateException(row.type() + " has no step " + back.step());
            }
            OperationRecord moved = Moves.to(row, run.memo(), back.step(), row.progress(), renewed(now));
            return save(Moves.because(moved, back.reason()), back.effect(), now);
        }
        StepOutcome.Fail fail = (StepOutcome.Fail) outcome;
        if (row.undoing()) {
            return later(row, now, Backoff.after(row.attempts(), false), fail.reason(), false);
        }
        return turn(Moves.memo(row, run.memo()), now, Process.Ending.FAILED, fail.reason());
    }

    private static int progress(List<String> steps, String step, int percent) {
        return (steps.indexOf(step) * 100 + percent) / steps.size();
    }

    private long renewed(Instant now) {
        return Times.micros(now.plus(settings.lease()));
    }

    /** From when it was to be looked at last until it will be next: all of the time in which nothing else is done. */
    private static long passed(OperationRecord before, OperationRecord waiting) {
        long next = waiting.due().orElseThrow();
        return before.undoing() ? 0 : Math.max(0, next - before.due().orElse(next));
    }

    private Optional<OperationRecord> save(
            OperationRecord row, java.util.function.Consumer<StepChange> effect, Instant now) {
        return save(row, effect, now, 0);
    }

    /** Saves the cursor with a step's rows, in one transaction. Empty when the claim was lost. */
    private Optional<OperationRecord> save(
            OperationRecord row, java.util.function.Consumer<StepChange> effect, Instant now, long more) {
        return tx.retrying(() -> {
            Optional<OperationRecord> saved = store.save(row, more);
            if (saved.isPresent()) {
                effect.accept(endings.change(row.organization(), now));
            }
            return saved;
        });
    }

    private Optional<OperationRecord> end(
            OperationRecord row,
            ClaimedRun run,
            Process process,
            Process.Ending ending,
            StepOutcome.Done done,
            Instant now) {
        OperationRecord ended = Moves.end(row, run.memo(), ending, Times.micros(now));
        boolean written;
        try {
            written = endings.logged(log -> tx.retrying(() -> {
                if (store.save(ended, 0).isEmpty()) {
                    return false;
                }
                StepChange change = endings.change(row.organization(), now);
                done.effect().accept(change);
                process.ended(run, ending, change);
                endings.write(log, ended, ending, now);
                return true;
            }));
        } catch (ProblemException e) {
            // no audit, no action: the end is written when the log is back
            return later(row, now, Duration.ofSeconds(1), e.getMessage(), true);
        }
        if (written) {
            LOG.info(
                    "Operation {} {} of {} {}: {} {}",
                    row.id(),
                    row.type(),
                    row.subject().kind(),
                    row.subject().id(),
                    ending,
                    ended.reason().orElse(""));
            endings.tell(row.id());
        }
        return Optional.empty();
    }

    private Optional<OperationRecord> failed(
            OperationRecord row, Instant now, boolean passing, boolean throttled, String reason) {
        if (passing || row.undoing()) {
            return later(row, now, Backoff.after(row.attempts(), throttled), reason, false);
        }
        return turn(row, now, Process.Ending.FAILED, reason);
    }

    /** Tries the step again later. */
    private Optional<OperationRecord> later(
            OperationRecord row, Instant now, Duration after, String reason, boolean timeStands) {
        OperationRecord waiting = Moves.later(row, reason, Times.micros(now.plus(after)));
        long more = timeStands ? Times.micros(after) : 0;
        tx.retrying(() -> store.save(waiting, more)).ifPresent(saved -> wakeAfter(saved.id(), after));
        return Optional.empty();
    }

    /** Turns round: from now on backwards, beginning with the step it is at. */
    private Optional<OperationRecord> turn(OperationRecord row, Instant now, Process.Ending ending, String reason) {
        LOG.info("Operation {} {} is undone from {}: {}", row.id(), row.type(), row.step(), reason);
        return tx.retrying(() -> store.save(Moves.turn(row, ending, reason, renewed(now)), 0));
    }

    private void wakeAfter(OperationId operation, Duration after) {
        ScheduledExecutorService clockThread = scheduler;
        if (clockThread == null) {
            return;
        }
        try {
            clockThread.schedule(() -> wake(operation), after.toMillis() + 1, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Stopping; {} goes on after the next start", operation);
        }
    }

    /** What operations need to tell of their end. */
    interface Endings {
        StepChange change(org.isthmus.model.Ids.OrganizationId organization, Instant now);

        /**
         * Does something that writes to the audit log, which stays for as long. Outside of every transaction: the log may be
         * waited for, and whoever makes it go may wait for what a transaction has locked.
         */
        <R> R logged(Function<AuditLog, R> work);

        /** Audit outcome, event, reservations: inside the transaction of the terminal state. */
        void write(AuditLog log, OperationRecord ended, Process.Ending ending, Instant now);

        /** After the commit: whoever waits may look. */
        void tell(OperationId operation);
    }
}
