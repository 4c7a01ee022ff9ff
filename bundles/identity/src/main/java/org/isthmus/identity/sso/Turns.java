// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;

/** How many logins wait for providers at once: a provider that is slow, or made so, holds up neither requests nor other providers. */
final class Turns {
    private static final int MOST = 64;
    private static final int OF_ONE = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration COME_BACK = Duration.ofSeconds(2);

    private final Semaphore all = new Semaphore(MOST);
    private final Map<String, Semaphore> ofOne = new ConcurrentHashMap<>();

    /** Does it in its turn. TOO_MANY when that does not come within some seconds. */
    <R> R in(String provider, Supplier<R> work) {
        if (!all.tryAcquire()) {
            throw crowded();
        }
        try {
            Semaphore own = ofOne.computeIfAbsent(provider, any -> new Semaphore(OF_ONE, true));
            if (!own.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw crowded();
            }
            try {
                return work.get();
            } finally {
                own.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw crowded();
        } finally {
            all.release();
        }
    }

    private static ProblemException crowded() {
        return Problem.TOO_MANY.retryAfter(
                COME_BACK, "Too many people log in at this provider just now. Try again in a moment.");
    }
}
