// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.isthmus.spi.DriverException;

/**
 * How long the steps that bring images about wait for an endpoint that is away: their deadlines are for large disks over thin
 * lines, and an endpoint that died must not hold up an image or a server for a day. Outages are continuous: an answer ends one.
 */
public final class Outage {
    /** So long an endpoint may be away. */
    public static final Duration LONGEST = Duration.ofMinutes(10);

    private static final String SINCE = "awaySince";
    private static final Duration SOONEST = Duration.ofMillis(200);
    private static final Duration LATEST = Duration.ofSeconds(5);

    private Outage() {}

    /** Does a step; one whose endpoint is away is asked again, and fails when it was away for {@link #LONGEST}. */
    public static StepOutcome bounded(Run run, Supplier<StepOutcome> step) {
        StepOutcome outcome;
        try {
            outcome = step.get();
        } catch (DriverException e) {
            if (e.kind() != DriverException.Kind.UNAVAILABLE) {
                throw e;
            }
            return isOver(run)
                    ? StepOutcome.fail("Its endpoint was away for " + LONGEST + " and is not waited for any longer: "
                            + e.getMessage())
                    : StepOutcome.again(pause(run), String.valueOf(e.getMessage()));
        }
        over(run);
        return outcome;
    }

    /** It answers. */
    public static void over(Run run) {
        run.remove(SINCE);
    }

    /** The endpoint is away now; true when it has been for too long. The first time is now, and is kept with the outcome. */
    public static boolean isOver(Run run) {
        if (run.get(SINCE).isEmpty()) {
            run.put(SINCE, run.now().toString());
        }
        return !run.now().isBefore(since(run).plus(LONGEST));
    }

    /** As long as it has been away already, within bounds. */
    public static Duration pause(Run run) {
        Duration away = Duration.between(since(run), run.now());
        if (away.compareTo(SOONEST) < 0) {
            return SOONEST;
        }
        return away.compareTo(LATEST) > 0 ? LATEST : away;
    }

    private static Instant since(Run run) {
        return run.get(SINCE).map(Instant::parse).orElseGet(run::now);
    }
}
