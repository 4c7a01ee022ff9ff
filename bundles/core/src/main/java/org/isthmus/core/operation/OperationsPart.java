// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Clock;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.limit.Limits;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.store.Tx;

/** Operations put together: the book commands write into, the worker, and the service that shows them. */
public final class OperationsPart {
    private final Processes processes = new Processes();
    private final OperationBook book;
    private final CoreOperations operations;
    private final Worker worker;

    public OperationsPart(
            Tx tx,
            Clock clock,
            Ids ids,
            Swaps swaps,
            EventLog events,
            Limits limits,
            Worker.Settings settings,
            String holder,
            Worker.Probe probe) {
        OperationStore store = new OperationStore(tx);
        book = new OperationBook(store, processes, ids);
        operations = new CoreOperations(tx, ids, store, processes, swaps, events, limits);
        worker = new Worker(tx, store, processes, operations, clock, settings, probe, holder);
    }

    /** A probe that looks on. */
    public static Worker.Probe unprobed() {
        return (point, operation, type, step, undoing) -> {};
    }

    public Processes processes() {
        return processes;
    }

    public OperationBook book() {
        return book;
    }

    public CoreOperations operations() {
        return operations;
    }

    public Worker worker() {
        return worker;
    }
}
