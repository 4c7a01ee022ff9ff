// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as the database keeps them: microseconds since 1970 UTC. */
public final class Times {
    private Times() {}

    public static long micros(Instant instant) {
        // not ChronoUnit.between: it counts nanoseconds first, which overflow in the year 2262
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1000);
    }

    public static long micros(Duration duration) {
        return duration.toNanos() / 1000;
    }

    public static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /** The instant as it will be read back. */
    public static Instant kept(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MICROS);
    }
}
