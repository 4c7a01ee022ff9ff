// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A number of places for what holds a request thread for long, a few of them for each user or address: nobody can take all
 * threads, nor all places. Thread-safe.
 */
public final class Places {
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final String what;
    private final int most;
    private final int mostEach;
    private final Map<String, Integer> taken = new HashMap<>();
    private int all;

    /**
     * Free places.
     *
     * @param what takes a place, as in "event streams"
     * @param mostEach for one user or address
     */
    public Places(String what, int most, int mostEach) {
        this.what = what;
        this.most = most;
        this.mostEach = mostEach;
    }

    /** A place that was taken. */
    public interface Place extends AutoCloseable {
        /** Gives it back, once. */
        @Override
        void close();
    }

    /** Takes a place; TOO_MANY_STREAMS when there is none. */
    public synchronized Place take(String whose) {
        int own = taken.getOrDefault(whose, 0);
        if (own >= mostEach) {
            throw RestProblem.TOO_MANY_STREAMS.retryAfter(
                    PAUSE, "You have " + mostEach + " " + what + " at once; that is the most.");
        }
        if (all >= most) {
            throw RestProblem.TOO_MANY_STREAMS.retryAfter(
                    PAUSE, "There are " + most + " " + what + " at once; that is the most.");
        }
        taken.put(whose, own + 1);
        all++;
        return () -> give(whose);
    }

    private synchronized void give(String whose) {
        all--;
        taken.computeIfPresent(whose, (name, own) -> own == 1 ? null : own - 1);
    }
}
