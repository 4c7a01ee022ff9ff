// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Clock;
import java.time.Duration;
import org.isthmus.core.Times;
import org.isthmus.store.ClockSteps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the times that operations wait for right when somebody sets the clock. Thread-safe. */
final class ClockWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);
    /** The longest that any step asks to wait is a minute. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

    private static final int LOOKS_A_ROUND = 20;

    private final OperationStore store;
    private final Clock clock;
    private final Duration lease;
    private ClockSteps steps;
    private Duration owed = Duration.ZERO;
    private int looks;

    ClockWatch(OperationStore store, Clock clock, Duration lease) {
        this.store = store;
        this.clock = clock;
        this.lease = lease;
    }

    /** From now on steps of the clock are noticed. */
    synchronized void begin() {
        steps = new ClockSteps(clock, System::nanoTime);
    }

    /** Follows the clock when somebody set it, and now and then what another clock wrote that was ahead. */
    synchronized void look() {
        if (steps == null) {
            return;
        }
        Duration step = steps.look();
        if (!step.isZero()) {
            LOG.warn("The clock was set by {}: the times that operations wait for follow it", step);
        }
        if (step.compareTo(Duration.ZERO) > 0) {
            owed = owed.plus(step);
        }
        if (!owed.isZero()) {
            follow(owed);
            owed = Duration.ZERO;
        }
        if (!step.isZero() || ++looks % LOOKS_A_ROUND == 0) {
            bringBack();
        }
    }

    /** What a clock that was ahead put off for longer than anything waits is due now. */
    void bringBack() {
        store.bringBack(Times.micros(clock.instant()), Times.micros(LONGEST_WAIT), Times.micros(lease));
    }

    /** Deadlines are for work that is not done in its time, not for a clock that is set. */
    void follow(Duration step) {
        int operations = store.prolong(Times.micros(step));
        LOG.info("{} operations have {} more", operations, step);
    }
}
