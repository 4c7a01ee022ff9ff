// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.isthmus.store.Leases;
import org.isthmus.store.Leases.Lease;

/**
 * A lease in the hands of the thread that works under it. Who waits for the work may ask at another controller, so that nobody
 * but the thread can say that it goes on. Used by one thread.
 */
final class Held {
    /** How long one that is not renewed is kept from others. */
    static final Duration LENGTH = Duration.ofMinutes(1);

    private static final Duration EVERY = Duration.ofSeconds(20);

    private final Leases leases;
    private final Lease lease;
    private final Clock clock;
    private Instant next = Instant.MIN;

    Held(Leases leases, Lease lease, Clock clock) {
        this.leases = leases;
        this.lease = lease;
        this.clock = clock;
    }

    /** Renews it now and then; false when it was lost to another. */
    boolean still() {
        Instant now = clock.instant();
        if (now.isBefore(next)) {
            return true;
        }
        // looked at first: one that was lost and is nobody's now would be taken anew
        boolean still = leases.last(lease.name()).filter(lease::equals).isPresent()
                && leases.hold(lease.name(), lease.holder(), LENGTH)
                        .filter(lease::equals)
                        .isPresent();
        if (still) {
            next = now.plus(EVERY);
        }
        return still;
    }
}
