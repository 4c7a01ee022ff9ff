// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.isthmus.api.Caller;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.audit.leaf.Entry;
import org.isthmus.audit.leaf.PlainText;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;

/** Where facts come in: one insert each, in the transaction of what they tell about; floods of refusals are counted. */
final class Intake implements AuditLog {
    private final Tx tx;
    private final Clock clock;
    private final Ids ids;
    private final FloodCounter floods;
    private final PendingStore pending;
    private final Runnable appended;
    private final LongAdder entries = new LongAdder();
    private final LongAdder counted = new LongAdder();

    /**
     * An intake.
     *
     * @param appended called after each commit that brought an entry; must return at once
     */
    Intake(Tx tx, Clock clock, Ids ids, int refusalsPerMinute, Runnable appended) {
        this.tx = tx;
        this.clock = clock;
        this.ids = ids;
        this.floods = new FloodCounter(refusalsPerMinute, clock, ids::auditEntry);
        this.pending = new PendingStore(tx);
        this.appended = appended;
    }

    @Override
    public AuditEntryId append(Fact fact) {
        if (fact.kind() == Kind.REFUSED) {
            Optional<AuditEntryId> flood =
                    floods.count(fact.organization(), PlainText.of(fact.caller().address(), Entry.MOST_ADDRESS));
            if (flood.isPresent()) {
                counted.increment();
                return flood.get();
            }
        }
        Entry entry = Entry.of(ids.auditEntry(), clock.instant(), fact);
        append(entry);
        return entry.id();
    }

    private void append(Entry entry) {
        tx.execute(() -> {
            pending.append(entry);
            tx.afterCommit(() -> {
                entries.increment();
                appended.run();
            });
        });
    }

    /** Records the floods whose minute is over, or all. */
    void recordFloods(boolean all) {
        for (FloodCounter.Flood flood : floods.ended(all)) {
            try {
                append(entry(flood));
            } catch (RuntimeException e) {
                floods.putBack(flood);
                throw e;
            }
        }
    }

    private Entry entry(FloodCounter.Flood flood) {
        OrganizationId organization = flood.organization();
        return new Entry(
                flood.id(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                Kind.REFUSED,
                Caller.Kind.SYSTEM,
                Optional.empty(),
                organization,
                Caller.Door.SYSTEM,
                "system",
                flood.address(),
                "audit",
                "audit.count",
                organization,
                "organization",
                Optional.of(organization.value()),
                Optional.empty(),
                Result.DENIED,
                Optional.empty(),
                "More refusals from this address than are recorded one by one.",
                new TreeMap<>(Map.of(
                        "count", Long.toString(flood.count()),
                        "from", flood.from().toString(),
                        "to", flood.to().toString())));
    }

    /** Entries recorded and refusals counted instead, since the start. */
    long entries() {
        return entries.sum();
    }

    long counted() {
        return counted.sum();
    }
}
