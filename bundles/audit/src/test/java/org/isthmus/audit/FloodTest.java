// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.audit.AuditLog.Fact;
import org.isthmus.model.Ids.AuditEntryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FloodTest {
    private final Desk desk = new Desk();

    @AfterEach
    void close() {
        desk.close();
    }

    @Test
    void afterTheFirstOfAMinuteRefusalsAreCountedAndTheCountIsAnEntry() {
        Fact refused = desk.refused(desk.ann());
        Set<AuditEntryId> recorded = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            recorded.add(desk.intake.append(refused));
        }
        assertEquals(Desk.REFUSALS + 1, recorded.size());
        assertEquals(List.of((long) Desk.REFUSALS), desk.numbers("select count(*) from aud_pending"));

        desk.intake.recordFloods(false);
        assertEquals(List.of((long) Desk.REFUSALS), desk.numbers("select count(*) from aud_pending"));
        desk.clock.pass(Duration.ofMinutes(1));
        desk.intake.recordFloods(false);
        desk.intake.recordFloods(true);
        desk.sequencer.runOnce();

        List<String> counts = desk.texts("select id from aud_entry where action = 'audit.count'");
        assertEquals(1, counts.size());
        assertTrue(recorded.contains(new AuditEntryId(counts.get(0))), "the refusals were told this entry's id");
        String leaf = new String(desk.leaves().get(Desk.REFUSALS), java.nio.charset.StandardCharsets.UTF_8);
        assertTrue(leaf.contains("\"count\":\"97\""), leaf);
        assertEquals(List.of("192.0.2.7"), desk.texts("select address from aud_entry where action = 'audit.count'"));
    }

    @Test
    void otherSourcesAndOtherKindsAreNotCounted() {
        Caller ann = desk.ann();
        for (int i = 0; i < Desk.REFUSALS; i++) {
            desk.intake.append(desk.refused(ann));
        }
        Caller elsewhere = new Caller(
                ann.kind(),
                ann.user(),
                ann.username(),
                ann.organization(),
                ann.door(),
                "192.0.2.8",
                ann.requestId(),
                ann.onlyActions(),
                false);
        desk.intake.append(desk.refused(elsewhere));
        desk.append(10, desk.bakery);

        assertEquals(List.of(Desk.REFUSALS + 11L), desk.numbers("select count(*) from aud_pending"));
        assertEquals(0, desk.intake.counted());
    }

    @Test
    void theNextMinuteBeginsAnew() {
        for (int i = 0; i < 10; i++) {
            desk.intake.append(desk.refused(desk.ann()));
        }
        desk.clock.pass(Duration.ofMinutes(1));
        desk.intake.recordFloods(false);
        desk.intake.append(desk.refused(desk.ann()));

        assertEquals(
                List.of(Desk.REFUSALS + 1L),
                desk.numbers("select count(*) from aud_pending where kind = 'REFUSED' and action = 'session.create'"));
    }

    @Test
    void manySourcesShareOneCountInsteadOfFillingTheMemory() {
        FloodCounter counter = new FloodCounter(1, desk.clock, desk.ids::auditEntry);
        for (int i = 0; i < 10_000; i++) {
            assertEquals(Optional.empty(), counter.count(desk.bakery, "10.0.0." + i));
        }

        assertEquals(Optional.empty(), counter.count(desk.bakery, "10.1.0.1"));
        assertNotEquals(Optional.empty(), counter.count(desk.bakery, "10.1.0.2"));
        assertEquals(FloodCounter.MANY, counter.ended(true).get(0).address());
    }

    @Test
    void aFloodThatCannotBeRecordedIsToldWithTheNext() {
        FloodCounter counter = new FloodCounter(1, desk.clock, desk.ids::auditEntry);
        counter.count(desk.bakery, "10.0.0.1");
        counter.count(desk.bakery, "10.0.0.1");
        FloodCounter.Flood flood = counter.ended(true).get(0);

        counter.putBack(flood);

        assertEquals(flood, counter.ended(true).get(0));
    }
}
