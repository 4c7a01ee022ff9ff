// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.time.Clock;
import java.time.Duration;

/** How a contract lets time pass between two calls: a simulator is moved on, a real hypervisor is waited for. */
public interface Waiting {
    /** The clock the driver is given, too. */
    Clock clock();

    /** Lets at least a little time pass, up to what the driver asked for. */
    void pause(Duration askAgainAfter);

    /** Moves the clock on and returns at once. For drivers that take all their time from their context's clock. */
    static Waiting virtual(SettableClock clock) {
        return new Waiting() {
            @Override
            public Clock clock() {
                return clock;
            }

            @Override
            public void pause(Duration askAgainAfter) {
                clock.advance(askAgainAfter.isZero() ? Duration.ofMillis(1) : askAgainAfter);
            }
        };
    }

    /** Waits really, between 10 ms and the given bound, whatever the driver asked for. */
    static Waiting real(Duration atMost) {
        return new Waiting() {
            @Override
            public Clock clock() {
                return Clock.systemUTC();
            }

            @Override
            public void pause(Duration askAgainAfter) {
                long millis = Math.max(10, Math.min(askAgainAfter.toMillis(), atMost.toMillis()));
                try {
                    Thread.sleep(millis);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("Interrupted while a driver was being waited for", e);
                }
            }
        };
    }
}
