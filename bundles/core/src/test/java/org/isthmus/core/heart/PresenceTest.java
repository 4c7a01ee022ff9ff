// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.heart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.isthmus.tck.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a controller may take what an earlier run of its name held, and when somebody else has its name. */
final class PresenceTest {
    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final EmbeddedDatabase database = EmbeddedDatabase.inMemory("presence", clock);
    private final List<String> over = new ArrayList<>();
    private final Presence other = presence("one/earlier");
    private final Presence ours = presence("one/ours");

    private Presence presence(String holder) {
        return new Presence(database.leases(), "one", holder, over::add);
    }

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
    void whoIsTheFirstOfItsNameTakesNothing() {
        ours.show();

        assertEquals(List.of(), over);
    }

    @Test
    void anEarlierRunThatWasKilledIsOverWhenItsLeaseEnds() {
        other.show();
        for (int i = 0; i < 4; i++) {
            fiveSecondsLater(ours);
        }

        assertEquals(List.of("one/earlier"), over);
    }

    @Test
    void anEarlierRunThatEndedIsOverAtOnce() {
        other.show();
        other.close();
        ours.show();

        assertEquals(List.of("one/earlier"), over);
    }

    @Test
    void anotherThatLivesAndHasNotTheNameIsNotTakenForTheOneThatIsOver() {
        Presence clone = presence("one/clone");
        other.show();
        fiveSecondsLater(other, clone);
        other.close();
        fiveSecondsLater(ours, clone);

        assertEquals(List.of("one/earlier"), over);
    }

    @Test
    void itIsToldOnce() {
        other.show();
        other.close();
        ours.show();
        fiveSecondsLater(ours);
        fiveSecondsLater(ours);

        assertEquals(List.of("one/earlier"), over);
    }

    @Test
    void whatCouldNotBeToldIsToldTheNextTime() {
        List<String> tries = new ArrayList<>();
        Presence unlucky = new Presence(database.leases(), "one", "one/ours", earlier -> {
            tries.add(earlier);
            if (tries.size() == 1) {
                throw new IllegalStateException("the database was busy");
            }
        });
        other.show();
        other.close();
        unlucky.show();
        fiveSecondsLater(unlucky);
        fiveSecondsLater(unlucky);

        assertEquals(List.of("one/earlier", "one/earlier"), tries);
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

        assertEquals(List.of(), over);
    }
}
