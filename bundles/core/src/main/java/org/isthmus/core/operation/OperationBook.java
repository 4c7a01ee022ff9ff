// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Instant;
import java.util.Map;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.core.Times;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OperationId;

/** Where a command's effect writes down the operation that goes on with it. */
public final class OperationBook {
    private final OperationStore store;
    private final Processes processes;
    private final Ids ids;

    public OperationBook(OperationStore store, Processes processes, Ids ids) {
        this.store = store;
        this.processes = processes;
        this.ids = ids;
    }

    /**
     * Writes the operation, inside the gate's transaction, and tells the gate of it. It begins after the commit.
     *
     * @param type of an installed {@link Process}
     * @param memo what its steps will find with {@link Run#get}
     */
    public OperationId begin(Change change, String type, Subject subject, Map<String, String> memo) {
        Process process = processes.of(type);
        OperationId id = change.waited().orElseGet(ids::operation);
        long now = Times.micros(change.now());
        OperationRecord begun = OperationRecord.begin(
                id,
                change.organization(),
                type,
                subject,
                process.steps().get(0),
                memo,
                change.caller(),
                change.attempt(),
                now,
                now + Times.micros(process.longest()));
        store.insert(change.waited().isPresent() ? begun.since(store.unwait(id)) : begun);
        change.event("operation.requested", Subject.of("operation", id), Map.of("type", type, "subject", subject.id()));
        change.operation(id);
        return id;
    }

    /** What another operation waits for has happened, in this transaction: it looks as soon as that is committed. */
    public void hasten(OperationId operation, Instant now) {
        store.hasten(operation, Times.micros(now));
    }
}
