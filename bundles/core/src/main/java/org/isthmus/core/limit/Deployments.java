// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;

/**
 * Deployments by UTC day: of each user, and of each department and organization that has a limit of them. Counted by one
 * conditional update each, so that fifty requests at once never pass a limit together.
 */
final class Deployments {
    private static final int KEPT_DAYS = 31;

    private final Tx tx;
    private final LimitStore store;
    /** Rows that are there: looking for one would wait for those who just now count in it. */
    private final Set<Row> prepared = ConcurrentHashMap.newKeySet();

    private record Row(String subject, int day) {}

    /**
     * Whose deployments, how many at most, and who can raise that.
     *
     * @param byPolicy whether it is the policy that says it, to everybody without a limit of their own
     */
    private record Bound(Subject subject, String name, int most, String raise, boolean byPolicy) {
        String used(Claim claim, Instant now) {
            return String.format(
                    Locale.ROOT,
                    "%s has used all %d deployments of this UTC day in %s; the next begins at %s.",
                    name,
                    most,
                    claim.organization().name(),
                    nextDay(now));
        }
    }

    Deployments(Tx tx, LimitStore store) {
        this.tx = tx;
        this.store = store;
    }

    static int day(Instant now) {
        return (int) LocalDate.ofInstant(now, ZoneOffset.UTC).toEpochDay();
    }

    static Instant nextDay(Instant now) {
        return Instant.EPOCH.plus(Duration.ofDays(day(now) + 1L));
    }

    private static long begin(int day) {
        return Times.micros(Duration.ofDays(day));
    }

    /** Where a deployment is counted, in the one order in which rows are locked: by id. */
    private static List<Bound> bounds(Claim claim, List<Limit> limits) {
        Map<String, Bound> bounds = new TreeMap<>();
        claim.user()
                .ifPresent(user -> bounds.put(
                        user.value(),
                        new Bound(
                                Subject.of("user", user),
                                claim.caller().username(),
                                claim.organization().policy().deploymentsPerDay(),
                                "limit.set there can raise it for one user",
                                true)));
        for (Limit limit : limits) {
            limit.deploymentsPerDay()
                    .ifPresent(most -> bounds.put(
                            limit.subject().id(),
                            new Bound(
                                    limit.subject(),
                                    limit.subject().kind().equals(Limit.USER)
                                            ? claim.caller().username()
                                            : "The people of " + limit.whose() + " together",
                                    most,
                                    "limit.set there can raise it",
                                    false)));
        }
        return List.copyOf(bounds.values());
    }

    /** Makes the rows of the day, each in a transaction of its own, so that {@link #reserve} only updates. */
    void prepare(Claim claim, List<Limit> limits, Instant now) {
        int day = day(now);
        for (Bound bound : bounds(claim, limits)) {
            Row row = new Row(bound.subject().id(), day);
            if (!prepared.contains(row)) {
                if (tx.read(() -> store.used(row.subject(), day)) < 0) {
                    make(row, claim);
                }
                prepared.removeIf(old -> old.day() < day);
                prepared.add(row);
            }
        }
    }

    private void make(Row row, Claim claim) {
        try {
            tx.retrying(() -> {
                store.count(row.subject(), row.day(), claim.organization().id(), 0);
                return null;
            });
        } catch (TxException e) {
            if (e.kind() != TxException.Kind.DUPLICATE) {
                throw e;
            }
            // another request was first: the row is there
        }
    }

    /** Refuses when a limit is reached already; reserves nothing. On Derby it waits for whoever counts just now. */
    void check(Claim claim, List<Limit> limits, Instant now) {
        exceeded(claim, limits, now).ifPresent(exceeded -> {
            throw exceeded;
        });
    }

    /** How it would be refused. */
    Optional<ProblemException> exceeded(Claim claim, List<Limit> limits, Instant now) {
        return bounds(claim, limits).stream()
                .filter(bound -> isUsedUp(bound, now))
                .findFirst()
                .map(bound -> exceeded(claim, bound, now));
    }

    private boolean isUsedUp(Bound bound, Instant now) {
        return Math.max(0, store.used(bound.subject().id(), day(now))) >= bound.most();
    }

    /**
     * Takes one deployment out of the day, inside the gate's transaction.
     *
     * @throws ProblemException EXCEEDED when none is left
     */
    void reserve(Claim claim, List<Limit> limits, Instant now) {
        int day = day(now);
        for (Bound bound : bounds(claim, limits)) {
            String subject = bound.subject().id();
            if (!store.count(subject, day, bound.most())) {
                prepared.remove(new Row(subject, day));
                if (store.used(subject, day) < 0) {
                    throw Problem.UNAVAILABLE.retryAfter(
                            Duration.ofSeconds(1), "A limit was set at the same moment; nothing was changed.");
                }
                throw exceeded(claim, bound, now);
            }
        }
    }

    private static ProblemException exceeded(Claim claim, Bound bound, Instant now) {
        ProblemException exceeded = bound.byPolicy()
                ? violation(claim, bound, now).as(LimitProblem.EXCEEDED, "Somebody with " + bound.raise() + ".")
                : LimitProblem.EXCEEDED.because("%s Somebody with %s.", bound.used(claim, now), bound.raise());
        return exceeded.with("limit", "deploymentsPerDay")
                .with(
                        "subject",
                        Map.of(
                                "kind",
                                bound.subject().kind(),
                                "id",
                                bound.subject().id()))
                .with("left", 0)
                .with("resetsAt", nextDay(now).toString());
    }

    private static Violation violation(Claim claim, Bound bound, Instant now) {
        return Violation.of(claim.organization(), "deploymentsPerDay", "", bound.used(claim, now));
    }

    /** The policy's own bound, when it is reached. */
    Optional<Violation> usedUp(Claim claim, List<Limit> limits, Instant now) {
        return bounds(claim, limits).stream()
                .filter(Bound::byPolicy)
                .filter(bound -> isUsedUp(bound, now))
                .map(bound -> violation(claim, bound, now))
                .findFirst();
    }

    /** Ties what was taken to the operation that uses it, inside the gate's transaction. */
    void tie(Claim claim, OperationId operation, Instant now) {
        store.tie(operation, claim.user().orElseThrow().value(), day(now));
    }

    /** Gives one back: the deployment failed. In the order in which rows are locked. */
    void giveBack(LimitStore.Tied tied, List<Limit> limits) {
        Set<String> subjects = new TreeSet<>(Set.of(tied.user()));
        limits.stream()
                .filter(limit -> !limit.subject().kind().equals(Limit.USER))
                .filter(limit -> limit.deploymentsPerDay().isPresent())
                .forEach(limit -> subjects.add(limit.subject().id()));
        subjects.forEach(subject -> store.countLess(subject, tied.day()));
    }

    /** Begins or ends to count for a department or an organization whose limit was set. While nobody deploys there. */
    void set(Limit limit, Instant now) {
        if (limit.subject().kind().equals(Limit.USER)) {
            return;
        }
        String subject = limit.subject().id();
        store.countNothing(subject);
        if (limit.deploymentsPerDay().isPresent()) {
            int day = day(now);
            store.count(
                    subject,
                    day,
                    limit.organization(),
                    limit.subject().kind().equals(Limit.ORGANIZATION)
                            ? store.usedByAll(limit.organization(), day)
                            : store.deployments(subject, begin(day)));
        }
    }

    /** The limit is gone. */
    void unset(Limit limit) {
        if (!limit.subject().kind().equals(Limit.USER)) {
            store.countNothing(limit.subject().id());
        }
    }

    /** How many of the day are used. */
    int used(Limit limit, Instant now) {
        return Math.max(0, store.used(limit.subject().id(), day(now)));
    }

    /** How many are left. */
    static int left(int most, int used) {
        return Math.max(0, most - used);
    }

    /** Drops the counts of days that no operation of today can have begun in; from time to time. */
    void dropOld(Instant now) {
        tx.retrying(() -> {
            store.dropCounts(day(now) - KEPT_DAYS);
            return null;
        });
    }
}
