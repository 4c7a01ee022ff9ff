// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Times as rows keep them: microseconds since 1970 UTC, the same on every database and in every time zone. */
public final class Micros {
    private Micros() {}

    public static long of(Instant time) {
        // not ChronoUnit.between: it counts nanoseconds first, which overflow in the year 2262
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000);
    }

    public static Instant toInstant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    static Long ofMaybe(Optional<Instant> time) {
        return time.map(Micros::of).orElse(null);
    }

    static Optional<Instant> toMaybe(Long micros) {
        return Optional.ofNullable(micros).map(Micros::toInstant);
    }
}
