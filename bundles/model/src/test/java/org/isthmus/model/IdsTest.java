// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.ServerId;
import org.junit.jupiter.api.Test;

final class IdsTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private final Ids ids = new Ids(Clock.fixed(NOON, ZoneOffset.UTC), new Random(7));

    @Test
    void anIdIsAVersionSevenUuidOfItsMoment() {
        UUID uuid = ids.uuid();

        assertEquals(7, uuid.version());
        assertEquals(2, uuid.variant());
        assertEquals(NOON.toEpochMilli(), uuid.getMostSignificantBits() >>> 16);
    }

    @Test
    void idsGrowWithinAMillisecondAndNeverRepeat() {
        Set<String> seen = new HashSet<>();
        String last = "";
        for (int i = 0; i < 20_000; i++) {
            String next = ids.server().value();
            assertTrue(next.compareTo(last) > 0, next);
            assertTrue(seen.add(next));
            last = next;
        }
    }

    @Test
    void theIdOfOneKindIsNotTakenForAnother() {
        String server = ids.server().value();

        assertThrows(IllegalArgumentException.class, () -> new NetworkId(server));
        assertEquals(server, new ServerId(server).toString());
        assertFalse(Id.looksLike("srv", server.toUpperCase(java.util.Locale.ROOT)));
        assertTrue(Id.looksLike("srv", server));
    }
}
