// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.heart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.isthmus.tck.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a controller may take what an earlier run of its name held, and when somebody else has its name. */
final class PresenceTest {
    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final EmbeddedDatabase database = EmbeddedDatabase.inMemory("presence", clock);
    private final AtomicInteger takenOver = new AtomicInteger();
    private final Presence other = new Presence(database.leases(), "one", "one/earlier", () -> {});
    private final Presence ours = new Presence(database.leases(), "one", "one/ours", takenOver::incrementAndGet);

    @AfterEach
    void close() {
        database.close();
    }

    private void fiveSecondsLater(Presence... living) {
        clock.advance(Presence.EVERY);
        for (Presence each : living) {
            each.show();
        }
    }

    @Test
    void whoGetsTheNameAtOnceTakesOver() {
        ours.show();

        assertEquals(1, takenOver.get());
    }

    @Test
    void anEarlierRunThatWasKilledIsTakenOverWhenItsLeaseEnds() {
        other.show();
        for (int i = 0; i < 3; i++) {
            fiveSecondsLater(ours);
        }
        clock.advance(Duration.ofSeconds(1));
        ours.show();

        assertEquals(1, takenOver.get());
    }

    @Test
    void itIsTakenOverOnce() {
        ours.show();
        fiveSecondsLater(ours);
        fiveSecondsLater(ours);

        assertEquals(1, takenOver.get());
    }

    @Test
    void whatALivingControllerOfTheSameNameDoesIsNotTakenWhenItIsSilentForAWhile() {
        other.show();
        for (int i = 0; i < 6; i++) {
            fiveSecondsLater(other, ours);
        }
        for (int i = 0; i < 4; i++) {
            fiveSecondsLater(ours);
        }

        assertEquals(0, takenOver.get());
    }
}
