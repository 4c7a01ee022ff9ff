// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * Sees that somebody set the clock: between two looks it went on by another time than has passed. A machine that slept, or a
 * virtual one that was paused, looks the same, and is to be treated the same. Thread-safe.
 */
public final class ClockSteps {
    /** Less than this may be a look that came late, or a clock that is being corrected slowly. */
    private static final Duration LEAST = Duration.ofSeconds(5);

    private final Clock clock;
    private final LongSupplier nanos;
    private Instant then;
    private long nanosThen;

    /**
     * Looks for the first time.
     *
     * @param nanos time that passes whatever the clock says, such as {@code System::nanoTime}
     */
    public ClockSteps(Clock clock, LongSupplier nanos) {
        this.clock = clock;
        this.nanos = nanos;
        this.then = clock.instant();
        this.nanosThen = nanos.getAsLong();
    }

    /** By how much the clock was set since the last look, negative for back; zero when it was not. Each step is told once. */
    public synchronized Duration look() {
        Instant now = clock.instant();
        long nanosNow = nanos.getAsLong();
        Duration step = Duration.between(then, now).minusNanos(nanosNow - nanosThen);
        then = now;
        nanosThen = nanosNow;
        return step.abs().compareTo(LEAST) < 0 ? Duration.ZERO : step;
    }
}
