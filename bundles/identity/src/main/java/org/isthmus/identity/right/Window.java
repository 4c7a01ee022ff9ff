// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.identity.store.Micros;

/** A time from (inclusive) until (exclusive), in microseconds; open ends are the extremes. */
record Window(long from, long until) {
    static final Window ALWAYS = new Window(Long.MIN_VALUE, Long.MAX_VALUE);

    static Window of(Optional<Instant> from, Optional<Instant> until) {
        return new Window(
                from.map(Micros::of).orElse(Long.MIN_VALUE),
                until.map(Micros::of).orElse(Long.MAX_VALUE));
    }

    boolean contains(long moment) {
        return from <= moment && moment < until;
    }

    boolean over(long now) {
        return until <= now;
    }

    /** True when there is a moment, from now on, that is in both. */
    boolean meets(Window other, long now) {
        return Math.max(now, Math.max(from, other.from)) < Math.min(until, other.until);
    }

    /** True when this lasts for all that is left of the other. */
    boolean covers(Window other, long now) {
        return from <= Math.max(other.from, now) && until >= other.until;
    }
}
