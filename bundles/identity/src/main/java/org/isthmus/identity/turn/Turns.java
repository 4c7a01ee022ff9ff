// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.turn;

import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.identity.AccessReviews.TellOverdue;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.start.FirstStart;
import org.isthmus.identity.store.ReviewStore;
import org.isthmus.model.Ids.OrganizationId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks from time to time whether something is due, and asks the gate for it as the system. Several controllers may look at
 * once: each thing is done by a conditional update, so once.
 */
@Component(service = Turns.class, immediate = true)
public final class Turns {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);
    private static final int SECONDS = 10;
    private static final int MOST = 100;

    private final Gates gates;
    private final ReviewStore reviews;
    private final OrganizationId platform;
    private final Clock clock;
    private final ScheduledExecutorService thread;

    @Activate
    public Turns(
            @Reference Gates gates,
            @Reference ReviewStore reviews,
            @Reference FirstStart start,
            @Reference Clock clock) {
        this(gates, reviews, start.platform(), clock, Executors.newSingleThreadScheduledExecutor(work -> {
            Thread made = new Thread(work, "isthmus-identity-turns");
            made.setDaemon(true);
            return made;
        }));
        thread.scheduleWithFixedDelay(this::turn, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    private Turns(
            Gates gates, ReviewStore reviews, OrganizationId platform, Clock clock, ScheduledExecutorService thread) {
        this.gates = gates;
        this.reviews = reviews;
        this.platform = platform;
        this.clock = clock;
        this.thread = thread;
    }

    /** Without a container, turned by hand: it never starts its thread. */
    public static Turns embedded(Gates gates, ReviewStore reviews, OrganizationId platform, Clock clock) {
        return new Turns(gates, reviews, platform, clock, Executors.newSingleThreadScheduledExecutor());
    }

    @Deactivate
    public void stop() {
        thread.shutdownNow();
    }

    private void turn() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.warn("What is due is looked at again at the next turn: {}", e.toString());
        }
    }

    /** Does what is due. */
    public void look() {
        for (ReviewView review : reviews.overdue(clock.instant(), MOST)) {
            ask(new TellOverdue(Ref.of(review.organization()), review.id()));
        }
    }

    private void ask(Command<?> command) {
        try {
            gates.gate().call(gate -> gate.submit(Caller.system(platform, "turn-" + clock.millis()), command));
        } catch (RuntimeException e) {
            LOG.info("{} is asked for again at the next turn: {}", command.about(), e.getMessage());
        }
    }
}
