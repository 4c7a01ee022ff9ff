// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Bounded polls: what guests and daemons do can only be looked at again. */
public final class Waiting {
    private static final Duration PAUSE = Duration.ofMillis(150);

    private Waiting() {}

    /** What appears within the time; else it is an error that says what it waited for. */
    public static <T> T until(String what, Duration longest, Supplier<Optional<T>> look) {
        return until(what, longest, look, () -> "");
    }

    /** The same, telling more when it does not. */
    public static <T> T until(String what, Duration longest, Supplier<Optional<T>> look, Supplier<String> instead) {
        long end = System.nanoTime() + longest.toNanos();
        while (true) {
            Optional<T> seen = look.get();
            if (seen.isPresent()) {
                return seen.get();
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("Not within " + longest + ": " + what + ". " + instead.get());
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    public static void untilTrue(String what, Duration longest, BooleanSupplier look) {
        until(what, longest, () -> look.getAsBoolean() ? Optional.of(true) : Optional.empty());
    }
}
