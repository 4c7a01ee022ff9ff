// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.gate;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** One at a time per key within this controller, so that a duplicate in flight waits here and not on a row. */
final class InFlight {
    private static final class Counted {
        private final ReentrantLock lock = new ReentrantLock();
        private int users;
    }

    private final Map<String, Counted> byKey = new HashMap<>();

    /** Waits for the key; close it to let the next one in. */
    AutoCloseable enter(String key) {
        Counted counted;
        synchronized (byKey) {
            counted = byKey.computeIfAbsent(key, k -> new Counted());
            counted.users++;
        }
        counted.lock.lock();
        return () -> leave(key, counted);
    }

    private void leave(String key, Counted counted) {
        counted.lock.unlock();
        synchronized (byKey) {
            counted.users--;
            if (counted.users == 0) {
                byKey.remove(key);
            }
        }
    }
}
