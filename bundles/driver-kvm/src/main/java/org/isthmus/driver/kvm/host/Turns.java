// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.isthmus.model.Id;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * One change of a server at a time. A host repeats a call whose answer it did not get while the first may still be going
 * on; the turn is kept until nothing of it does, by whatever thread that is.
 */
public final class Turns {
    private final Duration limit;
    private final Set<String> taken = new HashSet<>();

    /** @param limit how long a caller waits for its turn */
    public Turns(Duration limit) {
        this.limit = limit;
    }

    /**
     * Waits for the turn.
     *
     * @return gives it back; harmless when run twice
     * @throws DriverException UNAVAILABLE when it did not come
     */
    public Runnable take(Id server) {
        return take(HostFiles.uuid(server));
    }

    /** As {@link #take(Id)}, of the server this is the reference of. */
    public synchronized Runnable take(String key) {
        long end = System.nanoTime() + limit.toNanos();
        while (taken.contains(key)) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new DriverException(
                        Kind.UNAVAILABLE, "An earlier call for the server " + key + " is still going on.");
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DriverException(Kind.UNAVAILABLE, "Interrupted while another call had the server.", e);
            }
        }
        taken.add(key);
        AtomicBoolean given = new AtomicBoolean();
        return () -> {
            if (given.compareAndSet(false, true)) {
                giveBack(key);
            }
        };
    }

    private synchronized void giveBack(String key) {
        taken.remove(key);
        notifyAll();
    }
}
