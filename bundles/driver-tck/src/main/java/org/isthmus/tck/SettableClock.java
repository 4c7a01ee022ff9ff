// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until it is moved. Thread-safe; always UTC. */
public final class SettableClock extends Clock {
    private final AtomicReference<Instant> now;

    /** A clock at some noon; which one is of no consequence. */
    public SettableClock() {
        this(Instant.parse("2026-01-05T12:00:00Z"));
    }

    public SettableClock(Instant start) {
        this.now = new AtomicReference<>(Objects.requireNonNull(start, "start"));
    }

    /** Moves it on, or back by a negative duration, and says the new time. */
    public Instant advance(Duration by) {
        return now.updateAndGet(time -> time.plus(by));
    }

    public void set(Instant time) {
        now.set(Objects.requireNonNull(time, "time"));
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("This clock is always UTC.");
    }
}
