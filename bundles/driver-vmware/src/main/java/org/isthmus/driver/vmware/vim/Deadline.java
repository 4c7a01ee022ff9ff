// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.vim;

import java.time.Duration;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/** Until when an answer is of use. Real time: sockets know no other. */
final class Deadline {
    private final long at;

    private Deadline(long at) {
        this.at = at;
    }

    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** The time left, at most so much; UNAVAILABLE when there is none. */
    int millis(Duration atMost) {
        long left = (at - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new DriverException(Kind.UNAVAILABLE, "The vCenter did not answer in time.");
        }
        return (int) Math.min(left, atMost.toMillis());
    }
}
