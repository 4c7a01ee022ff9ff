// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Duration;
import java.util.function.Consumer;

/** What the worker does after a step returned. Effects run in the transaction that moves the cursor. */
public sealed interface StepOutcome {
    /** The step is done: on to the next. */
    static StepOutcome done() {
        return new Done(change -> {});
    }

    /** The step is done, with rows to write. */
    static StepOutcome done(Consumer<StepChange> effect) {
        return new Done(effect);
    }

    /** Ask the same step again later. */
    static StepOutcome again(Duration after, int percent) {
        return new Again(after, percent, "", change -> {}, false);
    }

    /** Ask the same step again later, and show why. */
    static StepOutcome again(Duration after, String reason) {
        return new Again(after, -1, reason, change -> {}, false);
    }

    /** Go back to an earlier step, with rows to write: the next candidate. */
    static StepOutcome back(String step, String reason, Consumer<StepChange> effect) {
        return new Back(step, reason, effect);
    }

    /** Cannot be done: undo everything, then fail with this reason. */
    static StepOutcome fail(String reason) {
        return new Fail(reason);
    }

    record Done(Consumer<StepChange> effect) implements StepOutcome {}

    /**
     * Not yet.
     *
     * @param percent of this step, -1 unknown
     * @param reason shown while waiting; may be empty
     * @param timeStands the time that it waits does not count: the deadline moves with it
     */
    record Again(Duration after, int percent, String reason, Consumer<StepChange> effect, boolean timeStands)
            implements StepOutcome {
        public Again(Duration after, int percent, String reason, Consumer<StepChange> effect) {
            this(after, percent, reason, effect, false);
        }
    }

    record Back(String step, String reason, Consumer<StepChange> effect) implements StepOutcome {}

    record Fail(String reason) implements StepOutcome {}
}
