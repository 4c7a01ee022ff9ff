// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** What the host gives an open driver. Valid until the driver is closed; thread-safe. */
@ProviderType
public interface DriverContext {
    /** The host's clock: a driver takes the time from nowhere else. */
    Clock clock();

    /**
     * A directory of this endpoint's own for caches. It may be emptied while the driver is closed, and nothing in it is
     * needed to find again what the driver made.
     */
    Path cache();

    /**
     * A hint heard from below: what {@code ref} names has changed, look at it soon. May be called from any thread, returns
     * at once, and may be lost.
     */
    void changed(String ref);

    /**
     * Runs blocking or bulk work on the host's executor, keyed by a token: a key that is running or has ended is not
     * started again until {@link #forget}. The driver answers {@link Progress.Pending} meanwhile and asks {@link #work}
     * when called again. Work is lost when the process dies: the same call then starts it anew, so it must be repeatable.
     */
    void start(String key, Work work);

    /** What became of the work, or empty when this process never started it. */
    Optional<WorkState> work(String key);

    /** Forgets ended work; running work is interrupted first. */
    void forget(String key);

    /** Blocking work. Interrupted when forgotten or when the driver closes; must leave nothing half-done that looks whole. */
    @FunctionalInterface
    interface Work {
        /**
         * Does it.
         *
         * @param report takes 0 to 100 as the work goes on
         * @throws Exception any; it becomes the state's failure
         */
        void run(java.util.function.IntConsumer report) throws Exception;
    }

    /**
     * How far work is.
     *
     * @param percent 0 to 100, or -1 where nobody can say
     * @param ended true when it came to an end, well or not
     * @param failure why it ended badly
     */
    record WorkState(int percent, boolean ended, Optional<Exception> failure) {}
}
