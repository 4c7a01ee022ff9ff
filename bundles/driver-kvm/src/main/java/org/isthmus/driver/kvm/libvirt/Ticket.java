// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * One piece of work on a connection. Its caller may give up: then the native call under way, if any, is its last, and what
 * was to happen afterwards happens when that returns, or when the connection is given up, whichever is first.
 */
final class Ticket<T> {
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final Runnable afterwards;
    private volatile boolean givenUp;
    private boolean begun;

    Ticket(Runnable afterwards) {
        this.afterwards = afterwards;
    }

    CompletableFuture<T> result() {
        return result;
    }

    /** False when its caller gave up before it began. */
    synchronized boolean begin() {
        begun = !givenUp;
        return begun;
    }

    /** Lets no further native call of it happen. */
    void giveUp() {
        boolean never;
        synchronized (this) {
            givenUp = true;
            never = !begun;
        }
        if (never) {
            end();
        }
    }

    /** Before each native call. */
    void check() {
        if (givenUp) {
            throw new DriverException(Kind.UNAVAILABLE, "The call's time was over before it was done.");
        }
    }

    void end() {
        if (ended.compareAndSet(false, true)) {
            afterwards.run();
        }
    }
}
