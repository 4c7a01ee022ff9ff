// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.time.Duration;

/** The time one driver call may still spend waiting, whatever it waits for. Real time: it bounds waiting, nothing else. */
public final class Budget {
    private final long end;

    private Budget(long end) {
        this.end = end;
    }

    public static Budget of(Duration duration) {
        return new Budget(System.nanoTime() + duration.toNanos());
    }

    /** What is left in nanoseconds, at most {@code atMost}; 0 when it is spent. */
    public long nanos(Duration atMost) {
        return Math.max(0, Math.min(end - System.nanoTime(), atMost.toNanos()));
    }
}
