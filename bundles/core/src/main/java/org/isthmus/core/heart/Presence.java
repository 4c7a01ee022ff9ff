// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.heart;

import java.time.Duration;
import java.util.Optional;
import org.isthmus.store.Leases;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows that this controller lives, by a lease on its name. Who gets the name soon knows that every earlier run of that name
 * is over, and need not wait for what it held. Who does not get it works all the same, under a holder's name of its own; who
 * gets it only after it was refused for longer than a dead run could hold it leaves what the other does to that one's leases.
 */
final class Presence implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Presence.class);
    static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration LENGTH = Duration.ofSeconds(15);
    /** An earlier run that was killed has the name for a while, which is no reason to worry. */
    private static final int WORRYING = 6;

    private final Leases leases;
    private final String name;
    private final String holder;
    private final Runnable alone;
    private Optional<Leases.Lease> held = Optional.empty();
    private int refused;

    /**
     * Not shown yet.
     *
     * @param alone is called when the name has become ours
     */
    Presence(Leases leases, String name, String holder, Runnable alone) {
        this.leases = leases;
        this.name = name;
        this.holder = holder;
        this.alone = alone;
    }

    /** Shows it once more; from time to time. Never throws. */
    synchronized void show() {
        try {
            boolean had = held.isPresent();
            held = leases.hold("controller " + name, holder, LENGTH);
            if (held.isEmpty()) {
                refused++;
            } else if (!had) {
                if (refused < WORRYING) {
                    alone.run();
                }
                refused = 0;
            }
            if (refused == WORRYING) {
                LOG.error(
                        "Another controller on this database is called {} too. After a crash the work waits for the leases;"
                                + " give each its own node in etc/org.isthmus.core.cfg",
                        name);
            }
        } catch (RuntimeException e) {
            LOG.debug("Cannot show that {} lives just now", name, e);
        }
    }

    /** Leaves the name to whoever comes next. */
    @Override
    public synchronized void close() {
        try {
            held.ifPresent(leases::release);
        } catch (RuntimeException e) {
            LOG.debug("The name {} is free a little later", name, e);
        }
        held = Optional.empty();
    }
}
