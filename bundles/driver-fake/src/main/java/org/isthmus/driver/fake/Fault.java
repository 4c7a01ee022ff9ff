// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.isthmus.spi.DriverException;

/**
 * One configured fault.
 *
 * @param key what the ledger counts it by: its endpoint, its JSON, and its number among equal ones
 * @param on the call it strikes; empty for all
 * @param kind what happens; empty when it only delays or keeps pending
 * @param host of LOST_HOST
 * @param times how often it strikes; empty for always
 * @param delay real time that passes first
 * @param pending how often a wish is answered Pending before Done
 * @param afterEffect strikes when the call has had its effect: what is lost is the answer
 */
record Fault(
        String key,
        Optional<Verb> on,
        Optional<Kind> kind,
        String host,
        OptionalInt times,
        Duration delay,
        int pending,
        boolean afterEffect) {
    /** What a fault does: the kinds of {@link DriverException}, and what no driver should do. */
    enum Kind {
        UNAVAILABLE,
        THROTTLED,
        NO_CAPACITY,
        INVALID,
        DENIED,
        CONFLICT,
        NOT_FOUND,
        BROKEN,
        /** The process is halted, as by kill -9. */
        CRASH,
        /** The call does not return, also when it is interrupted, until the driver is closed. */
        HANG,
        /** It says that it is done, and did nothing. */
        LIE,
        /** It answers nothing, not even that it failed. */
        NOTHING,
        /** Its code is not all there. */
        MISSING_CODE,
        /** The host cannot be reached; its servers' power is unknown. */
        LOST_HOST,
        /** Guests do not obey SHUT_DOWN. */
        DEAF_GUEST;

        /** The exception it stands for, or empty for those that do something else. */
        Optional<DriverException.Kind> exception() {
            return switch (this) {
                case CRASH, HANG, LIE, NOTHING, MISSING_CODE, LOST_HOST, DEAF_GUEST -> Optional.empty();
                default -> Optional.of(DriverException.Kind.valueOf(name()));
            };
        }
    }

    boolean strikes(Verb verb) {
        return on.isEmpty() || on.get() == verb;
    }

    /** True for what happens at a moment of a call, not for a lasting state of things. */
    boolean momentary() {
        return kind.isEmpty() || (kind.get() != Kind.LOST_HOST && kind.get() != Kind.DEAF_GUEST);
    }
}
