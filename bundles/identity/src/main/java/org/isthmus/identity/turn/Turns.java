// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.turn;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.identity.AccessReviews.ReviewView;
import org.isthmus.api.identity.AccessReviews.TellOverdue;
import org.isthmus.api.identity.BreakGlass.BreakGlassView;
import org.isthmus.api.identity.BreakGlass.EndBreakGlass;
import org.isthmus.identity.directory.Gates;
import org.isthmus.identity.start.FirstStart;
import org.isthmus.identity.store.BreakGlassStore;
import org.isthmus.identity.store.ReviewStore;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.ClockSteps;
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
    private static final int SECONDS = 5;
    private static final int MOST = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Gates gates;
    private final ReviewStore reviews;
    private final BreakGlassStore emergencies;
    private final OrganizationId platform;
    private final Clock clock;
    private final ClockSteps steps;
    private final ScheduledExecutorService thread;

    @Activate
    public Turns(
            @Reference Gates gates,
            @Reference ReviewStore reviews,
            @Reference BreakGlassStore emergencies,
            @Reference FirstStart start,
            @Reference Clock clock) {
        this(gates, reviews, emergencies, start.platform(), clock, System::nanoTime);
        thread.scheduleWithFixedDelay(this::turn, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    private Turns(
            Gates gates,
            ReviewStore reviews,
            BreakGlassStore emergencies,
            OrganizationId platform,
            Clock clock,
            LongSupplier nanos) {
        this.gates = gates;
        this.reviews = reviews;
        this.emergencies = emergencies;
        this.platform = platform;
        this.clock = clock;
        this.steps = new ClockSteps(clock, nanos);
        // it has no thread before there is something to do
        this.thread = Executors.newSingleThreadScheduledExecutor(Threads.named("isthmus-identity-turns"));
    }

    /** Without a container, turned by hand. */
    public static Turns embedded(
            Gates gates,
            ReviewStore reviews,
            BreakGlassStore emergencies,
            OrganizationId platform,
            Clock clock,
            LongSupplier nanos) {
        return new Turns(gates, reviews, emergencies, platform, clock, nanos);
    }

    @Deactivate
    public void stop() {
        Threads.end(thread, PATIENCE);
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
        // a clock that is set back gives nobody more time
        boolean back = steps.look().isNegative();
        for (BreakGlassView over : emergencies.due(clock.instant(), back, MOST)) {
            ask(new EndBreakGlass(Ref.of(over.organization()), over.id()));
        }
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
