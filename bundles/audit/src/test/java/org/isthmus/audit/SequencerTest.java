// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog.Kind;
import org.isthmus.audit.merkle.Verifier;
import org.isthmus.store.Leases.Lease;
import org.isthmus.store.TxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SequencerTest {
    private final Desk desk = new Desk();

    @AfterEach
    void close() {
        assertEquals(0, desk.database.connectionsInUse());
        desk.close();
    }

    private static List<Long> upTo(long count) {
        return LongStream.range(0, count).boxed().toList();
    }

    private List<Long> places() {
        return desk.numbers("select position from aud_entry order by position");
    }

    @Test
    void entriesGetPlacesWithoutGapsAndACheckpointOverAllOfThem() {
        desk.append(3, desk.bakery);
        assertEquals(3, desk.sequencer.runOnce());
        assertTrue(desk.checkpointHolds());

        desk.append(300, desk.bakery);
        assertEquals(300, desk.sequencer.runOnce());

        assertEquals(upTo(303), places());
        assertEquals(List.of(0L), desk.numbers("select count(*) from aud_pending"));
        assertTrue(desk.checkpointHolds());
    }

    @Test
    void eachOrganizationCountsItsOwnWithoutGaps() {
        desk.append(2, desk.bakery);
        desk.append(3, desk.brewery);
        desk.sequencer.runOnce();
        desk.append(2, desk.bakery);
        desk.sequencer.runOnce();

        for (Map.Entry<org.isthmus.model.Ids.OrganizationId, Integer> each :
                Map.of(desk.bakery, 4, desk.brewery, 3).entrySet()) {
            assertEquals(
                    upTo(each.getValue()),
                    desk.numbers("select organization_position from aud_entry where organization = '" + each.getKey()
                            + "' order by position"));
        }
    }

    @Test
    void aBatchIsNoLargerThanItMayBe() {
        desk.append(1203, desk.bakery);

        assertEquals(1000, desk.sequencer.runOnce());
        assertEquals(203, desk.sequencer.runOnce());
        assertEquals(0, desk.sequencer.runOnce());
        assertEquals(upTo(1203), places());
        assertTrue(desk.checkpointHolds());
    }

    @Test
    void anIdleLogWritesNothing() {
        assertEquals(0, desk.sequencer.runOnce());

        assertEquals(List.of(), desk.texts("select note from aud_checkpoint"));
    }

    @Test
    void whatIsRolledBackIsNeverInTheLog() {
        assertThrows(
                IllegalStateException.class,
                () -> desk.tx.execute(() -> {
                    desk.intake.append(desk.attempt(desk.bakery));
                    throw new IllegalStateException("the command failed");
                }));

        assertEquals(0, desk.sequencer.runOnce());
    }

    @Test
    void theLeafIsOneVersionByteAndCanonicalJson() {
        desk.intake.append(Desk.fact(
                Kind.NOTE, desk.ann(), desk.bakery, new Subject("server", "a\nb"), Map.of("b", "2", "a", "\"1\"")));
        desk.sequencer.runOnce();

        byte[] leaf = desk.leaves().get(0);
        String json = new String(leaf, 1, leaf.length - 1, StandardCharsets.UTF_8);

        assertEquals(1, leaf[0]);
        String uuid = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}";
        String expected = "\\{\"action\":\"server\\.deploy\","
                + "\"actor\":\\{\"door\":\"REST\",\"id\":\"usr_UUID\",\"kind\":\"USER\",\"organization\":\"org_UUID\","
                + "\"requestId\":\"req-1\"},\"because\":\"role administrator\","
                + "\"data\":\\{\"a\":\"\\\\\"1\\\\\"\",\"b\":\"2\"},\"id\":\"aud_UUID\",\"index\":0,\"kind\":\"NOTE\","
                + "\"nonce\":\"[0-9a-f]{32}\",\"organization\":\"org_UUID\",\"organizationIndex\":0,"
                + "\"outcome\":\"PENDING\",\"personal\":\\{\"address\":\"[0-9a-f]{64}\",\"subject\":\"[0-9a-f]{64}\","
                + "\"username\":\"[0-9a-f]{64}\"},\"subject\":\\{\"kind\":\"server\"},"
                + "\"time\":\"2026-11-23T08:00:00\\.123456Z\",\"v\":1}";
        assertTrue(json.matches(expected.replace("UUID", uuid)), json);
    }

    @Test
    void aLeafHoldsNoPersonalDataInClear() {
        desk.intake.append(desk.refused(desk.ann()));
        desk.sequencer.runOnce();

        String leaf = new String(desk.leaves().get(0), StandardCharsets.UTF_8);

        for (String personal : List.of("ann@bakery", "192.0.2.7", "anne")) {
            assertFalse(leaf.contains(personal), leaf);
        }
    }

    @Test
    void erasingAPersonLeavesEveryProofValid() {
        desk.append(5, desk.bakery);
        desk.sequencer.runOnce();
        List<byte[]> before = desk.leaves();

        int erased = desk.erase("ann@bakery");

        assertEquals(5, erased);
        assertEquals(
                List.of(0L),
                desk.numbers("select count(*) from aud_entry where username is not null or address is not null"
                        + " or username_salt is not null or address_salt is not null"));
        assertTrue(desk.checkpointHolds());
        desk.append(1, desk.bakery);
        desk.sequencer.runOnce();
        assertTrue(desk.checkpointHolds());
        assertArrayEquals(before.get(3), desk.leaves().get(3));
    }

    @Test
    void erasingAPersonForgetsTheNameWhereSomebodyTypedItToo() {
        desk.intake.append(desk.refused(desk.ann()));
        desk.sequencer.runOnce();

        desk.erase("anne");

        assertEquals(
                List.of(0L),
                desk.numbers("select count(*) from aud_entry where subject is not null or subject_salt is not null"));
        assertTrue(desk.checkpointHolds());
    }

    @Test
    void oneChangedByteIsSeen() throws Exception {
        desk.append(9, desk.bakery);
        desk.sequencer.runOnce();
        List<byte[]> leaves = new ArrayList<>(desk.leaves());
        byte[] root = Verifier.root(leaves);
        assertTrue(desk.checkpointHolds());

        desk.tx.execute(() -> {
            byte[] changed = leaves.get(4).clone();
            changed[changed.length / 2] ^= 1;
            try (java.sql.PreparedStatement update =
                    desk.tx.connection().prepareStatement("update aud_entry set leaf = ? where position = 4")) {
                update.setBytes(1, changed);
                update.executeUpdate();
            }
        });

        assertFalse(desk.checkpointHolds());
        assertFalse(java.util.Arrays.equals(root, Verifier.root(desk.leaves())));
    }

    @Test
    void aCrashAtAnyStepLeavesNeitherGapNorDouble() {
        desk.append(2, desk.bakery);
        desk.sequencer.runOnce();
        desk.append(3, desk.brewery);
        // the leaves ask for randomness four or five times each, before anything is written; signing comes after it
        for (int step = 1; step <= 12; step++) {
            Sequencer crashing = desk.sequencer("first", desk.signer::sign, failingAt(step));
            assertThrows(IllegalStateException.class, crashing::runOnce);
            assertEquals(upTo(2), places());
        }
        Sequencer crashing = desk.sequencer("first", text -> {
            assertEquals(upTo(5), places(), "everything was written when the crash comes");
            throw new IllegalStateException("crash while signing");
        });
        assertThrows(IllegalStateException.class, crashing::runOnce);
        assertEquals(upTo(2), places());
        assertTrue(desk.checkpointHolds());

        assertEquals(3, desk.sequencer.runOnce());

        assertEquals(upTo(5), places());
        assertEquals(
                upTo(3),
                desk.numbers("select organization_position from aud_entry where organization = '" + desk.brewery
                        + "' order by position"));
        assertTrue(desk.checkpointHolds());
    }

    private static RandomGenerator failingAt(int step) {
        AtomicInteger left = new AtomicInteger(step);
        SecureRandom strong = new SecureRandom();
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return strong.nextLong();
            }

            @Override
            public void nextBytes(byte[] bytes) {
                if (left.decrementAndGet() == 0) {
                    throw new IllegalStateException("crash while forming leaves");
                }
                strong.nextBytes(bytes);
            }
        };
    }

    @Test
    void ofTwoSequencersTheLateOneIsFencedOut() {
        Sequencer second = desk.sequencer("second", desk.signer::sign);
        Lease late = desk.sequencer.hold().orElseThrow();
        assertEquals(0, second.runOnce(), "the first holds the lease");
        desk.append(2, desk.bakery);
        desk.clock.pass(Duration.ofMinutes(1));
        Lease newest = second.hold().orElseThrow();

        TxException thrown = assertThrows(TxException.class, () -> desk.sequencer.runOnce(late));

        assertEquals(TxException.Kind.CONFLICT, thrown.kind());
        assertEquals(List.of(), places());
        assertEquals(2, second.runOnce(newest));
        assertEquals(upTo(2), places());
    }

    @Test
    void commitsOfManyThreadsWhileItSequencesAllGetOnePlaceEach() throws Exception {
        ExecutorService many = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> ends = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                ends.add(many.submit(() -> {
                    for (int i = 0; i < 100; i++) {
                        desk.append(1, i % 2 == 0 ? desk.bakery : desk.brewery);
                    }
                }));
            }
            int sequenced = 0;
            while (ends.stream().anyMatch(end -> !end.isDone())) {
                sequenced += desk.sequencer.runOnce();
            }
            for (Future<?> end : ends) {
                end.get();
            }
            sequenced += desk.sequencer.runOnce();

            assertEquals(800, sequenced);
            assertEquals(upTo(800), places());
            assertTrue(desk.checkpointHolds());
        } finally {
            many.shutdownNow();
        }
    }

    @Test
    void onlyTheLastCheckpointOfAnHourIsKept() {
        for (int i = 0; i < 3; i++) {
            desk.append(1, desk.bakery);
            desk.sequencer.runOnce();
        }
        desk.clock.pass(Duration.ofHours(1));
        desk.append(1, desk.bakery);
        desk.sequencer.runOnce();

        assertEquals(List.of(3L, 4L), desk.numbers("select entries from aud_checkpoint order by entries"));
    }
}
