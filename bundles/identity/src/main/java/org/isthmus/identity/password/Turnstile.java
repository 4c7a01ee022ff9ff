// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.isthmus.api.Problem;

/**
 * Lets a few through at a time. Some more wait, first come, first served; beyond those, and after the wait, people are
 * told to come back, so that a storm of logins takes neither the memory nor the request threads.
 */
final class Turnstile {
    private static final int WAITING_PER_PLACE = 16;

    private final Semaphore places;
    private final int mostWaiting;
    private final Duration wait;

    Turnstile(int places, Duration wait) {
        this.places = new Semaphore(places, true);
        this.mostWaiting = places * WAITING_PER_PLACE;
        this.wait = wait;
    }

    <R> R through(Supplier<R> work) {
        if (places.getQueueLength() >= mostWaiting || !entered()) {
            throw Problem.TOO_MANY.retryAfter(
                    Duration.ofSeconds(2), "Too many passwords are being checked just now; try again in a moment.");
        }
        try {
            return work.get();
        } finally {
            places.release();
        }
    }

    private boolean entered() {
        try {
            return places.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
