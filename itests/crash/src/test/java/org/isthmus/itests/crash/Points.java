// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.crash;

import java.util.HashSet;
import java.util.Set;
import org.isthmus.core.image.ImageCheck;
import org.isthmus.core.operation.Worker;
import org.isthmus.driver.fake.Script;
import org.isthmus.driver.fake.Verb;
import org.isthmus.model.Ids.OperationId;

/**
 * The moments at which a process can be killed: before and after each step, after its cursor was saved, and before and after
 * each effect of the driver. Counts them, and halts at one of them.
 */
final class Points implements Worker.Probe, Script.Watcher {
    /** What a killed process exits with: 128 + SIGKILL. */
    static final int KILLED = 137;

    private final int killAt;
    private final Set<String> ofChecks = new HashSet<>();
    private boolean counting;
    private int passed;

    /** Halts at the {@code killAt}th moment; never when 0. */
    Points(int killAt) {
        this.killAt = killAt;
    }

    void begin() {
        counting = true;
    }

    int passed() {
        return passed;
    }

    private void pass() {
        if (!counting) {
            return;
        }
        passed++;
        if (passed == killAt) {
            // no shutdown hook, no finally, no flush: as kill -9
            Runtime.getRuntime().halt(KILLED);
        }
    }

    @Override
    public void at(Worker.Probe.Point point, OperationId operation, String type, String step, boolean undoing) {
        // an image is read by a thread of its own: how often its step is asked for the end of that is chance
        if (!type.equals(ImageCheck.TYPE) || ofChecks.add(operation + " " + step + " " + point)) {
            pass();
        }
    }

    @Override
    public void at(Script.Stage stage, Verb verb, String token, String object) {
        if (stage == Script.Stage.BEFORE_EFFECT || stage == Script.Stage.AFTER_EFFECT) {
            pass();
        }
    }
}
