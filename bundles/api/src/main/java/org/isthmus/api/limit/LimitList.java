// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.limit;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Ids.LimitId;
import org.isthmus.model.Money;
import org.isthmus.model.Page;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The limits of an organization's users and departments, and its own: money a month, money an hour, deployments a day. What
 * would pass one is refused at the gate with {@link org.isthmus.api.gate.LimitProblem#EXCEEDED}.
 */
@ProviderType
public interface LimitList extends Listing<LimitList.LimitView> {
    /** Most money of a limit, in whole units of its currency. */
    long MOST_MONEY = 1_000_000_000_000L;

    /** Most deployments a day. */
    int MOST_DEPLOYMENTS = 100_000;

    /**
     * The limits there are, and the users without one who deployed something in the present UTC day: by subject. Users who
     * did not are left out: they have all of the policy's {@code deploymentsPerDay}.
     */
    @Override
    Page<LimitView> list(Caller caller, Ref organization, Query query);

    /** A limit, by its own id or by that of its subject. NOT_FOUND when there is none, also for a user with a default only. */
    @Override
    LimitView get(Caller caller, Ref organization, Ref limit);

    /**
     * A limit, and what is left of it.
     *
     * @param id absent for a user's default by the policy
     * @param subject a user, a department or the organization
     * @param name the subject's, as it was when the limit was made; absent with the id
     * @param monthly most money of a calendar month, UTC
     * @param hourlyRate most money an hour
     * @param deploymentsPerDay most deployments of a UTC day; for a user without one of their own, the policy's
     * @param used deployments of this day, finished and running ones; failed ones are given back. With
     *     {@code deploymentsPerDay}, as the two below
     * @param left never below zero
     * @param resetsAt the next midnight UTC
     * @param month present with {@code monthly}
     * @param rate present with {@code hourlyRate}
     * @param freeze whether it freezes by itself when its month is used up
     * @param frozen while nothing that costs more is accepted and what runs is stopped
     * @param createdAt with the id
     * @param createdBy with the id
     * @param version 0 without an id
     */
    record LimitView(
            Optional<LimitId> id,
            Subject subject,
            Optional<String> name,
            Optional<Money> monthly,
            Optional<Money> hourlyRate,
            Optional<Integer> deploymentsPerDay,
            Optional<Integer> used,
            Optional<Integer> left,
            Optional<Instant> resetsAt,
            Optional<MonthView> month,
            Optional<RateView> rate,
            boolean freeze,
            Optional<FrozenView> frozen,
            Optional<Instant> createdAt,
            Optional<String> createdBy,
            long version) {}

    /**
     * A limit that is frozen.
     *
     * @param by whoever did it; {@code system} when its month was used up
     * @param alone by itself: it is lifted by itself when it is raised or the month ends
     */
    record FrozenView(Instant since, String by, boolean alone) {}

    /**
     * Money of the present calendar month, UTC.
     *
     * @param used what was used so far
     * @param reserved what operations under way will make the month cost more when they succeed
     * @param forecast what the month will cost if nothing changes, with what is reserved: this is compared with the limit
     * @param left of the limit after the forecast, never below zero
     * @param resetsAt the month's end
     */
    record MonthView(Money used, Money reserved, Money forecast, Money left, Instant resetsAt) {}

    /**
     * Money an hour. It has no day on which it starts anew: it goes down when something is stopped or deleted.
     *
     * @param used what everything costs an hour now
     * @param reserved what operations under way will make it cost more
     * @param left never below zero
     */
    record RateView(Money used, Money reserved, Money left) {}

    /**
     * Sets a limit on who has none; at least one of the three. Money is of the currency of the organization's price book, 0 to
     * {@link #MOST_MONEY}. CONFLICT when the subject has a limit; NOT_FOUND when there is no such subject.
     *
     * @param subject kind {@code user}, {@code department} or {@code organization}, with its id or name
     * @param freeze whether it freezes by itself when its month is used up; needs {@code monthly}
     */
    record CreateLimit(
            Ref organization,
            Subject subject,
            Optional<Money> monthly,
            Optional<Money> hourlyRate,
            Optional<Integer> deploymentsPerDay,
            boolean freeze)
            implements Command<LimitView> {
        /** One that does not freeze by itself. */
        public CreateLimit(
                Ref organization,
                Subject subject,
                Optional<Money> monthly,
                Optional<Money> hourlyRate,
                Optional<Integer> deploymentsPerDay) {
            this(organization, subject, monthly, hourlyRate, deploymentsPerDay, false);
        }

        public CreateLimit {
            if (!subject.kind().equals("user")
                    && !subject.kind().equals("department")
                    && !subject.kind().equals("organization")) {
                throw new IllegalArgumentException("A limit's subject is a user, a department or the organization.");
            }
            checked("monthly", monthly);
            checked("hourlyRate", hourlyRate);
            checked(deploymentsPerDay);
            if (monthly.isEmpty() && hourlyRate.isEmpty() && deploymentsPerDay.isEmpty()) {
                throw new IllegalArgumentException("A limit has monthly, hourlyRate or deploymentsPerDay, or several.");
            }
            if (freeze && monthly.isEmpty()) {
                throw new IllegalArgumentException("freeze is about monthly: a limit without it is frozen by hand.");
            }
        }

        @Override
        public Action action() {
            return Action.LIMIT_SET;
        }

        @Override
        public Subject about() {
            return subject;
        }
    }

    /**
     * Changes a limit; what is absent stays, what is empty goes. What is used already may be more than the new limit: then
     * nothing more is accepted until it is less. CONFLICT when nothing would be left of it: delete it instead.
     */
    record ChangeLimit(
            Ref organization,
            Ref limit,
            long version,
            Optional<Optional<Money>> monthly,
            Optional<Optional<Money>> hourlyRate,
            Optional<Optional<Integer>> deploymentsPerDay,
            Optional<Boolean> freeze)
            implements Command<LimitView> {
        /** One that leaves it freezing as it does. */
        public ChangeLimit(
                Ref organization,
                Ref limit,
                long version,
                Optional<Optional<Money>> monthly,
                Optional<Optional<Money>> hourlyRate,
                Optional<Optional<Integer>> deploymentsPerDay) {
            this(organization, limit, version, monthly, hourlyRate, deploymentsPerDay, Optional.empty());
        }

        public ChangeLimit {
            monthly.ifPresent(given -> checked("monthly", given));
            hourlyRate.ifPresent(given -> checked("hourlyRate", given));
            deploymentsPerDay.ifPresent(LimitList::checked);
        }

        @Override
        public Action action() {
            return Action.LIMIT_SET;
        }

        @Override
        public Subject about() {
            return Subject.of("limit", limit);
        }
    }

    /** Takes a limit away; a user then has the policy's deployments a day again. */
    record DeleteLimit(Ref organization, Ref limit) implements Command<LimitView> {
        @Override
        public Action action() {
            return Action.LIMIT_SET;
        }

        @Override
        public Subject about() {
            return Subject.of("limit", limit);
        }
    }

    /**
     * Nothing that costs more is accepted any more of whom it limits, and what runs of theirs is stopped; nothing is deleted.
     * CONFLICT when it is frozen.
     */
    record FreezeLimit(Ref organization, Ref limit) implements Command<LimitView> {
        @Override
        public Action action() {
            return Action.LIMIT_SET;
        }

        @Override
        public Subject about() {
            return Subject.of("limit", limit);
        }
    }

    /**
     * Lifts it; nothing is started by that. One that froze by itself does not so again in this month. CONFLICT when it is not
     * frozen.
     */
    record UnfreezeLimit(Ref organization, Ref limit) implements Command<LimitView> {
        @Override
        public Action action() {
            return Action.LIMIT_SET;
        }

        @Override
        public Subject about() {
            return Subject.of("limit", limit);
        }
    }

    private static void checked(String what, Optional<Money> money) {
        money.ifPresent(given -> {
            if (given.amount().signum() < 0 || given.amount().compareTo(java.math.BigDecimal.valueOf(MOST_MONEY)) > 0) {
                throw new IllegalArgumentException(what + " is an amount of 0 to " + MOST_MONEY + ".");
            }
        });
    }

    private static void checked(Optional<Integer> deployments) {
        deployments.ifPresent(given -> {
            if (given < 0 || given > MOST_DEPLOYMENTS) {
                throw new IllegalArgumentException("deploymentsPerDay is 0 to " + MOST_DEPLOYMENTS + ".");
            }
        });
    }
}
