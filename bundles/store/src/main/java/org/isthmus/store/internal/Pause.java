// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** What happens between two attempts of a transaction that met somebody else. */
@FunctionalInterface
public interface Pause {
    /**
     * Waits before another attempt.
     *
     * @param attempt the one that failed, from 1
     * @return false when there shall be no other: the thread was interrupted
     */
    boolean before(int attempt);

    /** Two to ten, four to twenty … at most 160 milliseconds; random, so that two that met do not meet again. */
    Pause JITTERED = attempt -> {
        long most = Math.min(10L << (attempt - 1), 160);
        try {
            TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(most / 5, most + 1));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    };

    /** None. */
    Pause NONE = attempt -> true;
}
