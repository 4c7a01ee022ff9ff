// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.limit.LimitList;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Cursor;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.price.Usage;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Money;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;

/**
 * What the gate asks about limits, and what the end of an operation tells them: checked and reserved in the gate's
 * transaction, released in that of the operation's end. See {@link Ledger} for money and {@link Deployments} for days.
 */
public final class Limits implements LimitList {
    /** A thing that cost nothing for so long has no part in any month that is counted again. */
    private static final Duration PAYERS_KEPT = Duration.ofDays(40);

    /** Before the ids of all users, after those of departments and organizations. */
    private static final String USERS = "usr";

    private final Tx tx;
    private final Swaps swaps;
    private final Clock clock;
    private final LimitStore store;
    private final Ledger ledger;
    private final Deployments deployments;
    private final Warnings warnings;
    private final Freezer freezer;
    private final LimitCommands commands;
    /** Organizations whose guards are there. */
    private final Set<OrganizationId> guarded = ConcurrentHashMap.newKeySet();

    public Limits(Tx tx, Ids ids, Clock clock, Swaps swaps, PriceBook prices, EventLog events) {
        this.tx = tx;
        this.swaps = swaps;
        this.clock = clock;
        this.store = new LimitStore(tx);
        this.ledger = new Ledger(store, prices);
        this.deployments = new Deployments(tx, store);
        this.warnings = new Warnings(tx, store, events);
        this.freezer = new Freezer(tx, store);
        this.commands = new LimitCommands(tx, ids, swaps, prices, store, ledger, deployments, this);
    }

    /** Keeps the accounts of what is used. */
    public Usage.Follower follower() {
        return ledger;
    }

    public List<CommandHandler<?, ?>> handlers() {
        return commands.handlers();
    }

    /**
     * Makes guards for organizations of before there were any, at a start: whoever ends what was under way before an upgrade
     * asks for one and makes none.
     */
    public void begin() {
        try {
            tx.retrying(() -> {
                store.guardThoseOfBefore();
                return null;
            });
        } catch (TxException e) {
            if (e.kind() != TxException.Kind.DUPLICATE) {
                throw e;
            }
            // another controller was first
        }
    }

    /** Makes the organization's guard, in a transaction of its own. */
    void guard(OrganizationId organization) {
        if (guarded.contains(organization)) {
            return;
        }
        try {
            tx.retrying(() -> {
                if (!store.guarded(organization)) {
                    store.guard(organization);
                }
                return null;
            });
        } catch (TxException e) {
            if (e.kind() != TxException.Kind.DUPLICATE) {
                throw e;
            }
            // another request of the organization was first: it is there
        }
        guarded.add(organization);
    }

    /** Makes the rows that {@link #reserve} only updates, in transactions of their own. */
    public void prepare(Claim claim, Instant now) {
        if (claim.free()) {
            return;
        }
        guard(claim.organization().id());
        if (claim.counted()) {
            List<Limit> limits =
                    tx.read(() -> store.limitedNow(claim.organization().id())
                            ? store.over(claim.organization().id(), claim.payers())
                            : List.of());
            deployments.prepare(claim, limits, now);
        }
    }

    /** Whether the thing will cost more than it does now. */
    public boolean adds(Claim claim) {
        return !claim.free() && tx.read(() -> ledger.standing(claim).more() > 0);
    }

    /** Refuses what would pass a limit; reserves nothing. For a dry run. */
    public void check(Claim claim, Instant now) {
        if (!claim.free()) {
            tx.read(() -> {
                check(claim, store.limitedNow(claim.organization().id()), now);
                return null;
            });
        }
    }

    /**
     * What limits say of things that do not exist yet, as {@link #check} says it of each; what they say it by is read now, once
     * for all of them.
     *
     * @param departments whose limits hold beside those of the caller and the organization
     */
    public Room room(Caller caller, OrganizationView organization, List<DepartmentId> departments, Instant now) {
        Claim one =
                new Claim(caller, departments, organization, Subject.of("organization", organization.id()), 0, true);
        return tx.read(() -> {
            List<Limit> limits =
                    store.limitedNow(organization.id()) ? store.over(organization.id(), one.payers()) : List.of();
            return new Room(
                    one,
                    limits,
                    one.counted() ? deployments.exceeded(one, limits, now) : Optional.empty(),
                    Times.micros(now));
        });
    }

    /** That a user has used all deployments of the day which the policy gives everybody, if so. */
    public Optional<Violation> deploymentsUsedUp(Claim claim, Instant now) {
        if (!claim.counted()) {
            return Optional.empty();
        }
        return tx.read(() -> {
            List<Limit> limits = store.limitedNow(claim.organization().id())
                    ? store.over(claim.organization().id(), claim.payers())
                    : List.of();
            return deployments.usedUp(claim, limits, now);
        });
    }

    /**
     * The same inside the gate's transaction, before anything is written: only who meets others at the last of a limit is
     * refused when it reserves.
     *
     * @return true when there is any limit, to the transaction's end: for {@link #reserve}
     */
    public boolean checkFirst(Claim claim, Instant now) {
        if (claim.free()) {
            return false;
        }
        boolean limited = store.limited(claim.organization().id());
        check(claim, limited, now);
        return limited;
    }

    private void check(Claim claim, boolean limited, Instant now) {
        if (!limited) {
            if (claim.counted()) {
                deployments.check(claim, List.of(), now);
            }
            return;
        }
        Ledger.Standing standing = ledger.standing(claim);
        List<Limit> limits = store.over(claim.organization().id(), standing.payers());
        if (claim.counted()) {
            deployments.check(claim, limits, now);
        }
        Ledger.check(claim, limits, standing.more(), Times.micros(now));
    }

    /**
     * Reserves what a plan asks for, last in the gate's transaction, for its rows are ones that many wait for.
     *
     * @param limited as {@link #checkFirst} found it
     * @param operation what goes on with the plan; where nothing does, what it costs is used already
     * @throws ProblemException EXCEEDED when there is not enough left
     */
    public void reserve(Claim claim, boolean limited, Optional<OperationId> operation, Instant now) {
        if (claim.free()) {
            return;
        }
        long at = Times.micros(now);
        Ledger.Standing standing = ledger.standing(claim);
        List<Limit> limits = limited ? store.over(claim.organization().id(), standing.payers()) : List.of();
        boolean costs = operation.isPresent() && standing.more() > 0;
        if (costs && standing.fresh()) {
            store.pay(claim.subject().id(), standing.payers(), at, claim.deployment());
        }
        if (claim.counted()) {
            deployments.reserve(claim, limits, now);
            operation.ifPresent(id -> deployments.tie(claim, id, now));
        }
        if (costs) {
            ledger.hold(claim, limits, standing.more(), operation.get(), at);
        }
    }

    /**
     * The operation has ended: what it held is really used by now, or else given back. Once, inside the transaction of its
     * end.
     *
     * @param subject the thing it was about
     */
    public void end(
            OperationId operation, OrganizationId organization, Subject subject, boolean succeeded, Instant now) {
        Optional<LimitStore.Tied> tied = store.tied(operation);
        Optional<Hold> hold = store.held(operation);
        if (tied.isEmpty() && hold.isEmpty()) {
            return;
        }
        // before anything is written that whoever sets a limit counts
        boolean limited = store.limited(organization);
        List<Limit> limits = limited && !succeeded ? store.over(organization, store.payers(subject.id())) : List.of();
        tied.filter(each -> store.untie(operation) && !succeeded).ifPresent(each -> deployments.giveBack(each, limits));
        hold.filter(each -> store.release(operation) && limited)
                .ifPresent(each -> ledger.release(each, Times.micros(now)));
        if (!succeeded) {
            store.payNothing(subject.id());
        }
    }

    /** Drops what nobody counts any more; from time to time. */
    public void dropOld(Instant now) {
        deployments.dropOld(now);
        tx.retrying(() -> {
            store.dropPayers(Times.micros(now.minus(PAYERS_KEPT)));
            return null;
        });
    }

    /** Tells of the limits that are reached by a half, by four fifths, nearly or wholly: from time to time. */
    public void warn() {
        warnings.tell(Times.kept(clock.instant()));
    }

    /**
     * Freezes the limits that freeze by themselves and are used up, lifts those that are not any more, and stops what runs of
     * whom a frozen one limits: from time to time, one controller at a time.
     */
    public void freeze(Gate gate, Caller system) {
        freezer.tend(gate, system, Times.kept(clock.instant()));
    }

    @Override
    public Page<LimitView> list(Caller caller, Ref organization, Query query) {
        OrganizationView where = swaps.access().call(access -> access.require(caller, Action.LIMIT_READ, organization));
        query.equal().keySet().stream().findFirst().ifPresent(field -> {
            throw Problem.MALFORMED.at(field, "Limits are not filtered.");
        });
        Instant now = clock.instant();
        int limit = query.page().limit();
        String after = query.page().cursor().map(Cursor::key).orElse("");
        TreeMap<String, LimitView> views = new TreeMap<>();
        tx.read(() -> {
            for (LimitStore.Counted each : store.counted(
                    where.id(), Deployments.day(now), after.compareTo(USERS) < 0 ? USERS : after, limit + 1)) {
                views.put(each.user(), byPolicy(where, each, now));
            }
            List<Limit> limits = store.page(where.id(), after, limit + 1);
            Map<String, List<Hold>> holds = holds(limits);
            for (Limit each : limits) {
                views.put(each.subject().id(), view(where, each, holds, now));
            }
            return null;
        });
        List<LimitView> read = views.values().stream().limit(limit + 1L).toList();
        return Page.of(read, limit, view -> Cursor.of(view.subject().id()));
    }

    @Override
    public LimitView get(Caller caller, Ref organization, Ref limit) {
        OrganizationView where = swaps.access().call(access -> access.require(caller, Action.LIMIT_READ, organization));
        Instant now = clock.instant();
        return tx.read(() -> view(where, must(where, limit), now));
    }

    Limit must(OrganizationView organization, Ref limit) {
        return store.find(organization.id(), limit.text())
                .orElseThrow(() -> Problem.NOT_FOUND.because(
                        "There is no limit %s in this organization, nor one on a subject of this id.", limit));
    }

    /** As it is shown, inside a transaction. */
    LimitView view(OrganizationView organization, Limit limit, Instant now) {
        return view(organization, limit, holds(List.of(limit)), now);
    }

    private Map<String, List<Hold>> holds(List<Limit> limits) {
        return limits.stream().filter(Limit::ofMoney).findFirst().isPresent()
                ? store.holds(limits.get(0).organization())
                : Map.of();
    }

    private static LimitView byPolicy(OrganizationView organization, LimitStore.Counted counted, Instant now) {
        int most = organization.policy().deploymentsPerDay();
        return new LimitView(
                Optional.empty(),
                new Subject(Limit.USER, counted.user()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(most),
                Optional.of(counted.used()),
                Optional.of(Deployments.left(most, counted.used())),
                Optional.of(Deployments.nextDay(now)),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0);
    }

    private LimitView view(OrganizationView organization, Limit kept, Map<String, List<Hold>> holds, Instant now) {
        long at = Times.micros(now);
        Limit limit = kept.at(at);
        List<Hold> held = holds.getOrDefault(limit.subject().id(), List.of());
        Optional<Integer> most = limit.deploymentsPerDay()
                .or(() -> limit.subject().kind().equals(Limit.USER)
                        ? Optional.of(organization.policy().deploymentsPerDay())
                        : Optional.empty());
        Optional<Integer> used = most.map(any -> deployments.used(limit, now));
        return new LimitView(
                Optional.of(limit.id()),
                limit.subject(),
                Optional.of(limit.name()),
                limit.monthly().map(amount -> Sums.money(Sums.of(amount), limit.currency())),
                limit.hourlyRate().map(amount -> Sums.millionths(BigDecimal.valueOf(amount), limit.currency())),
                most,
                used,
                most.map(all -> Deployments.left(all, used.orElse(0))),
                most.map(any -> Deployments.nextDay(now)),
                limit.monthly().map(amount -> month(limit, Sums.of(amount), held, at)),
                limit.hourlyRate().map(amount -> rate(limit, BigDecimal.valueOf(amount), held)),
                limit.freeze().set(),
                limit.freeze().frozen().map(frozen -> new FrozenView(frozen.since(), frozen.by(), frozen.alone())),
                Optional.of(limit.createdAt()),
                Optional.of(limit.createdBy()),
                limit.version());
    }

    private static MonthView month(Limit limit, BigDecimal most, List<Hold> held, long at) {
        BigDecimal reserved =
                held.stream().map(hold -> hold.in(limit.month())).reduce(BigDecimal.ZERO, BigDecimal::add);
        return new MonthView(
                Sums.money(limit.used(held, at), limit.currency()),
                Sums.money(reserved, limit.currency()),
                Sums.money(limit.projected(), limit.currency()),
                Sums.money(most.subtract(limit.projected()).max(BigDecimal.ZERO), limit.currency()),
                limit.month().end());
    }

    private static RateView rate(Limit limit, BigDecimal most, List<Hold> held) {
        BigDecimal reserved =
                BigDecimal.valueOf(held.stream().mapToLong(Hold::rate).sum());
        Money left = Sums.millionths(most.subtract(limit.rate()).max(BigDecimal.ZERO), limit.currency());
        return new RateView(
                Sums.millionths(limit.rate().subtract(reserved).max(BigDecimal.ZERO), limit.currency()),
                Sums.millionths(reserved, limit.currency()),
                left);
    }
}
