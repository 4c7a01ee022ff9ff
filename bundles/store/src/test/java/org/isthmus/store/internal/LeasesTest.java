// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.PreparedStatement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.store.Leases;
import org.isthmus.store.Leases.Lease;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.isthmus.store.TxException.Kind;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LeasesTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final HandClock clock = new HandClock();
    private final EmbeddedDatabase database = EmbeddedDatabase.inMemory("leases", clock);
    private final Leases leases = database.leases();
    private final Tx tx = database.tx();

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void oneHoldsItAndRenewsItWithTheSameFence() {
        Lease mine = leases.hold("sequencer", "one", MINUTE).orElseThrow();

        assertEquals(Optional.empty(), leases.hold("sequencer", "two", MINUTE));
        clock.pass(Duration.ofSeconds(59));
        assertEquals(Optional.of(mine), leases.hold("sequencer", "one", MINUTE));
        clock.pass(Duration.ofSeconds(59));
        assertEquals(Optional.empty(), leases.hold("sequencer", "two", MINUTE));
    }

    @Test
    void whatAClockThatWasFarAheadHoldsIsTakenByAClockThatIsRight() {
        clock.pass(MINUTE.multipliedBy(60));
        Lease ahead = leases.hold("sequencer", "one", MINUTE).orElseThrow();
        clock.pass(MINUTE.multipliedBy(-60));

        assertEquals(
                ahead.fence() + 1,
                leases.hold("sequencer", "two", MINUTE).orElseThrow().fence());
    }

    @Test
    void whoIsAheadByNoMoreThanALeaseKeepsIt() {
        clock.pass(MINUTE);
        leases.hold("sequencer", "one", MINUTE);
        clock.pass(MINUTE.negated());

        assertEquals(Optional.empty(), leases.hold("sequencer", "two", MINUTE));
    }

    @Test
    void whoHadItLastIsKnownWhetherOrNotSomebodyHasItNow() {
        assertEquals(Optional.empty(), leases.last("sequencer"));
        Lease first = leases.hold("sequencer", "one", MINUTE).orElseThrow();

        assertEquals(Optional.of(first), leases.last("sequencer"));
        leases.release(first);
        assertEquals(Optional.of(first), leases.last("sequencer"));
        Lease second = leases.hold("sequencer", "two", MINUTE).orElseThrow();
        assertEquals(Optional.of(second), leases.last("sequencer"));
    }

    @Test
    void leasesOfOtherNamesAreOthers() {
        assertTrue(leases.hold("sequencer", "one", MINUTE).isPresent());

        assertEquals("two", leases.hold("worker", "two", MINUTE).orElseThrow().holder());
    }

    @Test
    void afterItsEndTheNextTakesItWithAHigherFence() {
        Lease first = leases.hold("sequencer", "one", MINUTE).orElseThrow();

        clock.pass(MINUTE);
        Lease second = leases.hold("sequencer", "two", MINUTE).orElseThrow();

        assertEquals(first.fence() + 1, second.fence());
    }

    @Test
    void aLateHolderIsFencedOutAndWritesNothing() {
        Lease late = leases.hold("sequencer", "one", MINUTE).orElseThrow();
        clock.pass(MINUTE);
        Lease newest = leases.hold("sequencer", "two", MINUTE).orElseThrow();

        TxException thrown = assertThrows(
                TxException.class,
                () -> tx.execute(() -> {
                    try (PreparedStatement insert = tx.connection()
                            .prepareStatement("insert into sto_lease values ('written late', 'one', 1, 0)")) {
                        insert.executeUpdate();
                    }
                    leases.fence(late);
                }));

        assertEquals(Kind.CONFLICT, thrown.kind());
        assertEquals(1, leases.hold("written late", "two", MINUTE).orElseThrow().fence(), "it was never written");
        tx.execute(() -> leases.fence(newest));
    }

    @Test
    void aLateHolderThatGivesBackTakesNothingFromTheNewest() {
        Lease late = leases.hold("sequencer", "one", MINUTE).orElseThrow();
        clock.pass(MINUTE);
        assertTrue(leases.hold("sequencer", "two", MINUTE).isPresent());

        leases.release(late);

        assertEquals(Optional.empty(), leases.hold("sequencer", "one", MINUTE));
    }

    @Test
    void givenBackItIsFreeAtOnce() {
        Lease first = leases.hold("sequencer", "one", MINUTE).orElseThrow();

        leases.release(first);

        assertEquals(
                first.fence() + 1,
                leases.hold("sequencer", "two", MINUTE).orElseThrow().fence());
    }

    @Test
    void ofManyWhoAskAtOnceOneGetsIt() throws Exception {
        ExecutorService many = Executors.newFixedThreadPool(8);
        try {
            List<Future<Optional<Lease>>> asked = java.util.stream.IntStream.range(0, 8)
                    .mapToObj(i -> many.submit(() -> leases.hold("first", "holder " + i, MINUTE)))
                    .toList();
            int held = 0;
            for (Future<Optional<Lease>> each : asked) {
                held += each.get().isPresent() ? 1 : 0;
            }

            assertEquals(1, held);
        } finally {
            many.shutdownNow();
        }
    }

    @Test
    void aLeaseIsNotTakenInsideAnotherTransaction() {
        assertThrows(IllegalStateException.class, () -> tx.run(() -> leases.hold("sequencer", "one", MINUTE)));
    }

    @Test
    void namesAndHoldersHaveLimits() {
        assertThrows(IllegalArgumentException.class, () -> leases.hold("", "one", MINUTE));
        assertThrows(IllegalArgumentException.class, () -> leases.hold("n".repeat(61), "one", MINUTE));
        assertThrows(IllegalArgumentException.class, () -> leases.hold("sequencer", "h".repeat(101), MINUTE));
    }

    /** Stands until it is told that time passed. */
    private static final class HandClock extends Clock {
        private Instant now = Instant.parse("2026-11-23T08:00:00Z");

        synchronized void pass(Duration time) {
            now = now.plus(time);
        }

        @Override
        public synchronized Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("UTC only");
        }
    }
}
