// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

final class ClockStepsTest {
    private Instant wall = Instant.parse("2026-11-29T12:00:00Z");
    private long nanos = Long.MAX_VALUE - 1000; // it may overflow at any time

    private final ClockSteps steps = new ClockSteps(
            new Clock() {
                @Override
                public Instant instant() {
                    return wall;
                }

                @Override
                public ZoneId getZone() {
                    return ZoneOffset.UTC;
                }

                @Override
                public Clock withZone(ZoneId zone) {
                    return this;
                }
            },
            () -> nanos);

    private void pass(Duration time) {
        wall = wall.plus(time);
        nanos += time.toNanos();
    }

    @Test
    void timeThatPassesIsNoStep() {
        pass(Duration.ofDays(3));

        assertEquals(Duration.ZERO, steps.look());
    }

    @Test
    void aClockThatIsSetIsToldOnceAndByHowMuch() {
        pass(Duration.ofSeconds(1));
        wall = wall.plus(Duration.ofHours(1));

        assertEquals(Duration.ofHours(1), steps.look());
        assertEquals(Duration.ZERO, steps.look());

        wall = wall.minus(Duration.ofHours(2));
        pass(Duration.ofSeconds(1));

        assertEquals(Duration.ofHours(-2), steps.look());
    }

    @Test
    void aClockThatIsCorrectedSlowlyIsNoStep() {
        for (int i = 0; i < 100; i++) {
            pass(Duration.ofSeconds(1));
            wall = wall.plusMillis(50);

            assertEquals(Duration.ZERO, steps.look());
        }
    }
}
