// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.heart;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.identity.Access;
import org.isthmus.core.Threads;
import org.isthmus.core.approval.CoreApprovals;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.event.EventStream;
import org.isthmus.core.gate.CoreGate;
import org.isthmus.core.limit.Limits;
import org.isthmus.core.operation.CoreOperations;
import org.isthmus.core.operation.OperationBook;
import org.isthmus.core.operation.OperationsPart;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.price.CorePrices;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.price.Usage;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every command passes and every operation runs on. Begins nothing before {@link #start}. */
public final class Heart implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Heart.class);

    private static final String FREEZER = "freezer";
    private static final Duration FREEZING = Duration.ofMinutes(3);

    private final Leases leases;
    private final Swaps swaps;
    private final Ids ids;
    private final String holder;
    private final Presence presence;
    private final EventStream events;
    private final EventLog eventLog;
    private final Limits limits;
    private final OperationsPart operations;
    private final Usage usage;
    private final PriceBook priceBook = new PriceBook();
    private final CorePrices prices;
    private final CoreApprovals approvals;
    private final CoreGate gate;
    private volatile Optional<Seal> seal = Optional.empty();
    private ScheduledExecutorService housekeeping;

    public Heart(
            Tx tx,
            Clock clock,
            Ids ids,
            Leases leases,
            Swaps swaps,
            Worker.Settings settings,
            Worker.Probe probe,
            Duration apart) {
        this.leases = leases;
        this.swaps = swaps;
        this.ids = ids;
        // unique: of two controllers that have the same name by mistake, each works under its own lease
        holder = settings.node() + "/" + ids.uuid();
        events = new EventStream(tx, leases, swaps, holder);
        eventLog = new EventLog(tx, ids, events::wake);
        limits = new Limits(tx, ids, clock, swaps, priceBook, eventLog);
        operations = new OperationsPart(tx, clock, ids, swaps, eventLog, limits, settings, holder, probe);
        presence = new Presence(leases, settings.node(), holder, operations.worker()::takeOver);
        usage = new Usage(tx, ids, limits.follower());
        prices = new CorePrices(tx, swaps, priceBook);
        approvals = new CoreApprovals(
                tx, clock, ids, swaps, operations.operations(), this::seal, this::tendApprovals, apart);
        gate = new CoreGate(
                tx, clock, swaps, eventLog, limits, operations.operations(), operations.worker(), approvals);
        approvals.handlers().forEach(gate::add);
        gate.add(operations.operations().cancelHandler(operations.worker()::wake));
        limits.handlers().forEach(gate::add);
    }

    /** Begins to run operations and to hand on events. */
    public void start() {
        presence.show();
        events.start();
        operations.worker().start();
        housekeeping = Executors.newSingleThreadScheduledExecutor(Threads.named("isthmus-housekeeping"));
        housekeeping.execute(this::begin);
        housekeeping.scheduleWithFixedDelay(this::tidy, 10, 60, TimeUnit.MINUTES);
        housekeeping.scheduleWithFixedDelay(this::tend, 5, 20, TimeUnit.SECONDS);
        housekeeping.scheduleWithFixedDelay(this::warn, 1, 1, TimeUnit.MINUTES);
        housekeeping.scheduleWithFixedDelay(
                presence::show, Presence.EVERY.toMillis(), Presence.EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What seals the secrets of requests that wait. */
    public void sealWith(Seal box) {
        seal = Optional.of(box);
    }

    private Seal seal() {
        return seal.orElseThrow(() -> Problem.UNAVAILABLE.retryAfter(
                Duration.ofSeconds(2), "What seals secrets is away just now; try again in a moment."));
    }

    private void tendApprovals() {
        ScheduledExecutorService thread = housekeeping;
        if (thread != null) {
            thread.execute(this::tend);
        }
    }

    private void tend() {
        try {
            gate.tendApprovals();
        } catch (RuntimeException e) {
            LOG.warn("Approvals are looked at again at the next turn: {}", e.toString());
        }
    }

    private void tidy() {
        try {
            gate.housekeeping();
        } catch (RuntimeException e) {
            LOG.warn("Old answers are dropped at the next turn: {}", e.toString());
        }
    }

    private void begin() {
        try {
            limits.begin();
        } catch (RuntimeException e) {
            LOG.warn("Guards of limits are made when an organization makes something: {}", e.toString());
        }
    }

    private void warn() {
        try {
            limits.warn();
            if (leases.hold(FREEZER, holder, FREEZING).isPresent()) {
                limits.freeze(gate, Caller.system(swaps.access().call(Access::platform), "freeze-" + ids.uuid()));
            }
        } catch (RuntimeException e) {
            LOG.warn("Who is near a limit is told at the next turn: {}", e.toString());
        }
    }

    /** Ends after the steps that run now. */
    @Override
    public void close() {
        if (housekeeping != null) {
            Threads.end(housekeeping, Duration.ofSeconds(5));
        }
        operations.worker().close();
        events.close();
        presence.close();
    }

    /** What this run of this controller is called where it holds something: its name, and what no other run has. */
    public String holder() {
        return holder;
    }

    public CoreGate gate() {
        return gate;
    }

    public CoreOperations operations() {
        return operations.operations();
    }

    public OperationBook book() {
        return operations.book();
    }

    public Worker worker() {
        return operations.worker();
    }

    public EventStream events() {
        return events;
    }

    public EventLog eventLog() {
        return eventLog;
    }

    public CoreApprovals approvals() {
        return approvals;
    }

    public Limits limits() {
        return limits;
    }

    public Usage usage() {
        return usage;
    }

    public PriceBook priceBook() {
        return priceBook;
    }

    public CorePrices prices() {
        return prices;
    }

    public void add(Process process) {
        operations.processes().add(process);
    }

    public void remove(Process process) {
        operations.processes().remove(process);
    }
}
