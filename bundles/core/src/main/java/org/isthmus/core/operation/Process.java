// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Duration;
import java.util.List;
import org.isthmus.api.Subject;

/**
 * A type of operation: its steps in order and what each does. Stateless; all it knows is in the rows and in the run's
 * memory. The worker calls it one step at a time, outside any transaction, and the same step again after a crash: each
 * step is idempotent.
 */
@SuppressWarnings("JavaLangClash") // the word of the domain; nobody here starts processes of the machine
public interface Process {
    /** Such as {@code server.deploy}. */
    String type();

    /** The names of the steps in order: of an enum. */
    List<String> steps();

    /**
     * Does a step, or a bit of it. May call drivers; writes rows only through the returned outcome's effect. A {@link
     * org.isthmus.spi.DriverException} UNAVAILABLE or THROTTLED makes the worker back off and try again until the
     * deadline; another kind fails the operation. A problem exception fails it too.
     */
    StepOutcome run(Run run, String step);

    /**
     * Undoes a step that was done or begun; called backwards from the step that failed, itself included. Repeated until it
     * succeeds: an undo never gives up. Nothing to undo is {@link StepOutcome#done()}.
     */
    StepOutcome undo(Run run, String step);

    /** True when it may be cancelled while at this step. */
    default boolean cancellable(String step) {
        return true;
    }

    /** The things that an operation on this is about, where it is none itself: whoever may cancel on all of them may cancel it. */
    default List<Subject> things(Subject subject) {
        return List.of();
    }

    /** How long it may take before it is undone. */
    default Duration longest() {
        return Duration.ofMinutes(30);
    }

    /**
     * Called in the transaction of the terminal state: settles rows, usage, reservations.
     *
     * @param end what it ended as
     */
    void ended(Run run, Ending end, StepChange change);

    /** How it ended. */
    enum Ending {
        SUCCEEDED,
        /** Undone after a failure. */
        FAILED,
        /** Undone after a cancel. */
        CANCELLED
    }
}
