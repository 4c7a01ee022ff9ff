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

/**
 * How many logins wait for providers at once: a provider that is slow, or made so, holds up neither requests nor other
 * providers, and an organization with many of those no other organization. A refusal here is ours and says nothing of a provider.
 */
final class Turns {
    /** At work; several organizations have to have slow providers before these are gone. */
    private static final int MOST = 96;
    /** At work or in line, however many providers it has. */
    private static final int OF_ORGANIZATION = 16;

    private static final int OF_ONE = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration COME_BACK = Duration.ofSeconds(2);

    private final Semaphore all = new Semaphore(MOST, true);
    private final Map<String, Semaphore> ofOrganization = new ConcurrentHashMap<>();
    private final Map<String, Semaphore> ofOne = new ConcurrentHashMap<>();

    /** Does it in its turn. TOO_MANY when that does not come within some seconds. */
    <R> R in(String organization, String provider, Supplier<R> work) {
        Semaphore line = ofOrganization.computeIfAbsent(organization, any -> new Semaphore(OF_ORGANIZATION));
        if (!line.tryAcquire()) {
            throw crowded();
        }
        try {
            // its own turn first: who waits for a slow provider keeps nobody from another
            Semaphore own = ofOne.computeIfAbsent(provider, any -> new Semaphore(OF_ONE, true));
            return in(own, () -> in(all, work));
        } finally {
            line.release();
        }
    }

    private static <R> R in(Semaphore turns, Supplier<R> work) {
        try {
            if (!turns.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw crowded();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw crowded();
        }
        try {
            return work.get();
        } finally {
            turns.release();
        }
    }

    private static ProblemException crowded() {
        return Problem.TOO_MANY.retryAfter(
                COME_BACK, "Too many people log in at this provider just now. Try again in a moment.");
    }
}
