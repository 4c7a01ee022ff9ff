// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.heart;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.isthmus.store.Leases;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows that this controller lives, by a lease on its name. Who gets the name soon knows that the run that had it before is
 * over, and need not wait for what that one held. Who does not get it works all the same, under a holder's name of its own; who
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
    private final Consumer<String> over;
    private Optional<Leases.Lease> held = Optional.empty();
    /** The run before, while nobody could be told that it is over. */
    private Optional<String> earlier = Optional.empty();

    private int refused;

    /**
     * Not shown yet.
     *
     * @param over is told which holder's run is over, because it had the name before us
     */
    Presence(Leases leases, String name, String holder, Consumer<String> over) {
        this.leases = leases;
        this.name = name;
        this.holder = holder;
        this.over = over;
    }

    /** Shows it once more; from time to time. Never throws. */
    synchronized void show() {
        try {
            Optional<Leases.Lease> before = held.isPresent() ? Optional.empty() : leases.last(lease());
            held = leases.hold(lease(), holder, LENGTH);
            if (held.isEmpty()) {
                refused++;
            } else {
                boolean soon = refused < WORRYING;
                refused = 0;
                long fence = held.get().fence();
                before.filter(last -> soon && last.fence() + 1 == fence)
                        .ifPresent(last -> earlier = Optional.of(last.holder()));
                earlier.ifPresent(over);
                earlier = Optional.empty();
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

    private String lease() {
        return "controller " + name;
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
