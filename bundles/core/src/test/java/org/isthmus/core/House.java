// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.time.Instant;
import org.isthmus.core.approval.CoreApprovals;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.event.EventStream;
import org.isthmus.core.gate.CoreGate;
import org.isthmus.core.limit.Limits;
import org.isthmus.core.operation.OperationsPart;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.price.Usage;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Secret;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.isthmus.store.seal.Seal;
import org.isthmus.tck.SettableClock;

/** The gate and operations on an embedded database, with a settable clock and a worker driven by hand. */
public final class House implements AutoCloseable {
    /** Seals nothing, but keeps to places. */
    private static final Seal UNSEALED = new Seal() {
        @Override
        public String seal(Secret secret, String place) {
            return place + "|" + secret.reveal();
        }

        @Override
        public Secret open(String sealed, String place) {
            if (!sealed.startsWith(place + "|")) {
                throw new IllegalStateException("Sealed elsewhere: " + sealed);
            }
            return new Secret(sealed.substring(place.length() + 1));
        }
    };

    public final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    public final Ids ids = new Ids(clock);
    public final EmbeddedDatabase database;
    public final CountedTx tx;
    public final Fakes.FakeAccess access = new Fakes.FakeAccess(ids);
    public final Fakes.FakeAudit audit = new Fakes.FakeAudit(ids);
    public final Swaps swaps = Swaps.of(access, audit).with(access.users(), access.departments());
    public final EventStream stream;
    public final EventLog events;
    public final Limits limits;
    public final OperationsPart operations;
    public final CoreApprovals approvals;
    public final CoreGate gate;
    public final Usage usage;
    public final PriceBook prices = new PriceBook();

    public House(String name) {
        this(name, OperationsPart.unprobed());
    }

    public House(String name, Worker.Probe probe) {
        database = EmbeddedDatabase.inMemory(name, clock);
        tx = new CountedTx(database.tx());
        stream = new EventStream(tx, database.leases(), swaps, "test");
        events = new EventLog(tx, ids, stream::wake);
        limits = new Limits(tx, ids, clock, swaps, prices, events);
        operations = new OperationsPart(
                tx, clock, ids, swaps, events, limits, Worker.Settings.DEFAULT, "test/" + ids.uuid(), probe);
        usage = new Usage(tx, ids, limits.follower());
        approvals = new CoreApprovals(
                tx, clock, ids, swaps, operations.operations(), () -> UNSEALED, () -> {}, CoreApprovals.APART);
        gate = new CoreGate(tx, clock, swaps, events, limits, operations.operations(), operations.worker(), approvals);
        approvals.handlers().forEach(gate::add);
        gate.add(operations.operations().cancelHandler(operations.worker()::wake));
        limits.handlers().forEach(gate::add);
    }

    public int work() {
        return operations.worker().runUntilIdle();
    }

    @Override
    public void close() {
        stream.close();
        database.close();
    }
}
