// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.isthmus.api.Problem;
import org.isthmus.identity.ldap.LdapFailure;
import org.isthmus.model.Ids.DirectoryId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * How many may ask one directory at a time. A server that hangs takes these few threads for its timeout, and no more: others log
 * in elsewhere meanwhile.
 */
@Component(service = Queues.class)
public final class Queues {
    private static final int LOGINS = 8;
    private static final int LONG_QUESTIONS = 1;
    private static final Duration WAIT = Duration.ofSeconds(3);

    private final Map<DirectoryId, Semaphore> logins = new ConcurrentHashMap<>();
    private final Map<DirectoryId, Semaphore> questions = new ConcurrentHashMap<>();

    @Activate
    public Queues() {
        // a place for each directory that is asked
    }

    <R> R ofLogins(DirectoryId directory, Supplier<R> work) {
        return of(logins.computeIfAbsent(directory, any -> new Semaphore(LOGINS, true)), work);
    }

    /** As {@link #ofLogins}, with a failure of the directory as a problem that tells all. */
    <R> R ofLongQuestions(DirectoryId directory, Supplier<R> work) {
        try {
            return of(questions.computeIfAbsent(directory, any -> new Semaphore(LONG_QUESTIONS, true)), work);
        } catch (LdapFailure e) {
            throw Names.told(e);
        }
    }

    private static <R> R of(Semaphore places, Supplier<R> work) {
        if (!entered(places)) {
            throw Problem.TOO_MANY.retryAfter(
                    WAIT, "Too many are asking this directory just now; try again in a moment.");
        }
        try {
            return work.get();
        } finally {
            places.release();
        }
    }

    private static boolean entered(Semaphore places) {
        try {
            return places.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
