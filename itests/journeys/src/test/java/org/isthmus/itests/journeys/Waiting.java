// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Bounded polls: what another process does can only be looked at again. */
final class Waiting {
    private static final Duration PAUSE = Duration.ofMillis(100);

    private Waiting() {}

    /** What appears within the time; else the test fails and says what it waited for. */
    static <T> T until(String what, Duration longest, Supplier<Optional<T>> look) {
        long end = System.nanoTime() + longest.toNanos();
        while (true) {
            Optional<T> seen = look.get();
            if (seen.isPresent()) {
                return seen.get();
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("Not within " + longest + ": " + what);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /** Lets time pass: the only way to kill another process at some moment. */
    static void pass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    static void untilTrue(String what, Duration longest, BooleanSupplier look) {
        until(what, longest, () -> look.getAsBoolean() ? Optional.of(true) : Optional.empty());
    }
}
