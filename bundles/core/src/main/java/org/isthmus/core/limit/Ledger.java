// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.core.Times;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.price.Usage;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Money;

/**
 * The accounts behind limits of money. An account has what its things and the holds of operations under way cost an hour,
 * and what they will cost in the present month if nothing changes; a change of the rate at a moment changes the latter by the
 * rate times what is left of the month. Only limited subjects have an account: where nobody set a limit, nothing is written
 * that others wait for. All of it happens in the transaction of what it is about.
 */
final class Ledger implements Usage.Follower {
    private static final BigDecimal NO_LIMIT = BigDecimal.TEN.pow(30);

    private final LimitStore store;
    private final PriceBook prices;

    Ledger(LimitStore store, PriceBook prices) {
        this.store = store;
        this.prices = prices;
    }

    /**
     * A change of a rate at a moment.
     *
     * @param more millionths an hour, negative for less
     */
    private record Change(long more, long at) {}

    @Override
    public void follow(Instant now, OrganizationId organization, Subject subject, List<Usage.Turn> turns) {
        if (store.limited(organization)) {
            List<Change> changes = turns.stream()
                    .map(turn -> new Change(prices.rate(organization, turn.item(), turn.more()), turn.at()))
                    .toList();
            add(organization, subject.id(), Times.micros(now), changes);
        }
    }

    private void add(OrganizationId organization, String thing, long now, List<Change> changes) {
        for (Limit limit : store.over(organization, store.payers(thing))) {
            if (limit.ofMoney()) {
                add(limit, now, changes);
            }
        }
    }

    private void add(Limit seen, long now, List<Change> changes) {
        Optional<Limit> limit = Optional.of(seen);
        boolean done = false;
        while (limit.isPresent() && !done) {
            Limit is = rolled(limit.get(), now);
            BigDecimal projected = BigDecimal.ZERO;
            long rate = 0;
            for (Change each : changes) {
                projected = projected.add(Sums.over(each.more(), is.month().left(each.at())));
                rate += each.more();
            }
            done = store.add(is.id(), is.monthFrom(), rate, projected);
            // unless somebody went on to the next month meanwhile
            limit = done ? limit : store.find(is.id());
        }
    }

    private Limit rolled(Limit limit, long now) {
        Limit rolled = limit.at(now);
        if (rolled.monthFrom() != limit.monthFrom()) {
            store.roll(rolled);
        }
        return rolled;
    }

    /**
     * How a thing stands that a claim is about.
     *
     * @param fresh true when nothing of it was ever paid or used: it is being made
     * @param payers who pays beside the organization: its maker and that one's departments, for good
     * @param more how much more an hour it will cost than now and than what operations hold for it; zero for less
     */
    record Standing(boolean fresh, List<String> payers, long more) {}

    Standing standing(Claim claim) {
        if (claim.deployment()) {
            // what is deployed is always new: nobody need look
            return new Standing(true, claim.payers(), claim.rate());
        }
        OrganizationId organization = claim.organization().id();
        String thing = claim.subject().id();
        List<String> kept = store.payers(thing);
        List<LimitStore.Use> uses = store.uses(thing);
        long is = 0;
        for (LimitStore.Use use : uses) {
            is += prices.rate(organization, use.item(), use.quantity());
        }
        for (Hold hold : store.holds(organization, thing)) {
            is += hold.rate();
        }
        boolean fresh = kept.isEmpty() && uses.isEmpty();
        return new Standing(fresh, fresh ? claim.payers() : kept, Math.max(0, claim.rate() - is));
    }

    /** Refuses when a limit would be passed; reserves nothing. */
    static void check(Claim claim, List<Limit> limits, long more, long now) {
        for (Limit limit : limits) {
            if (more > 0) {
                limit.freeze().frozen().ifPresent(frozen -> {
                    throw frozen(claim, limit, frozen);
                });
            }
            if (more > 0 && limit.ofMoney()) {
                refuse(claim, limit.at(now), more, now);
            }
        }
    }

    /**
     * Holds so much more for an operation out of every limit there is.
     *
     * @throws ProblemException EXCEEDED when it is too much for one of them
     */
    void hold(Claim claim, List<Limit> limits, long more, OperationId operation, long now) {
        store.hold(
                operation, new Hold(claim.organization().id(), claim.subject().id(), more, now));
        for (Limit limit : limits) {
            if (limit.ofMoney()) {
                take(claim, limit, more, now);
            }
        }
    }

    private void take(Claim claim, Limit seen, long more, long now) {
        Limit limit = rolled(seen, now);
        while (!store.take(
                limit.id(),
                limit.monthFrom(),
                more,
                Sums.over(more, limit.month().left(now)),
                limit.hourlyRate().map(BigDecimal::valueOf).orElse(NO_LIMIT),
                limit.monthly().map(Sums::of).orElse(NO_LIMIT))) {
            limit = rolled(store.find(limit.id()).orElseThrow(), now);
            // it was too much, or else somebody went on to the next month or gave something back meanwhile
            refuse(claim, limit, more, now);
        }
    }

    /** What the operation holds is over: what is really used has its place, or nothing has. Once. */
    void release(Hold hold, long now) {
        // from the moment on from which it was held: that much it was in the account
        add(hold.organization(), hold.thing(), now, List.of(new Change(-hold.rate(), hold.from())));
    }

    private static ProblemException frozen(Claim claim, Limit limit, Limit.Frozen frozen) {
        return LimitProblem.FROZEN
                .because(
                        "The limit of the %s is frozen since %s by %s: nothing that costs more is accepted. %sSomebody with"
                                + " limit.set in %s can lift it: POST …/limits/%s/unfreeze.",
                        limit.whose(),
                        frozen.since(),
                        frozen.by(),
                        frozen.alone()
                                ? "Its month is used up; the next one begins at "
                                        + limit.month().end() + ". "
                                : "",
                        claim.organization().name(),
                        limit.id())
                .with("limit", limit.id().value())
                .with("subject", subject(limit));
    }

    private static void refuse(Claim claim, Limit limit, long more, long now) {
        BigDecimal mostRate = limit.hourlyRate().map(BigDecimal::valueOf).orElse(NO_LIMIT);
        if (limit.rate().add(BigDecimal.valueOf(more)).compareTo(mostRate) > 0) {
            Money left = Sums.millionths(mostRate.subtract(limit.rate()).max(BigDecimal.ZERO), limit.currency());
            throw LimitProblem.EXCEEDED
                    .because(
                            "It would cost %s an hour more. Of the %s an hour of %s, %s are left; that does not start anew, so"
                                    + " stop or delete something. Somebody with limit.set in %s can raise it.",
                            Sums.millionths(BigDecimal.valueOf(more), limit.currency()),
                            Sums.millionths(mostRate, limit.currency()),
                            limit.whose(),
                            left,
                            claim.organization().name())
                    .with("limit", "hourlyRate")
                    .with("subject", subject(limit))
                    .with("left", amount(left));
        }
        BigDecimal cost = Sums.over(more, limit.month().left(now));
        BigDecimal most = limit.monthly().map(Sums::of).orElse(NO_LIMIT);
        if (limit.projected().add(cost).compareTo(most) > 0) {
            Money left = Sums.money(most.subtract(limit.projected()).max(BigDecimal.ZERO), limit.currency());
            throw LimitProblem.EXCEEDED
                    .because(
                            "It would cost %s until the month ends. Of the %s a month of %s, %s are left when all goes on as"
                                    + " it is; the next month begins at %s. Somebody with limit.set in %s can raise it.",
                            Sums.money(cost, limit.currency()),
                            Sums.money(most, limit.currency()),
                            limit.whose(),
                            left,
                            limit.month().end(),
                            claim.organization().name())
                    .with("limit", "monthly")
                    .with("subject", subject(limit))
                    .with("left", amount(left))
                    .with("resetsAt", limit.month().end().toString());
        }
    }

    private static Map<String, String> subject(Limit limit) {
        return Map.of("kind", limit.subject().kind(), "id", limit.subject().id());
    }

    private static Map<String, String> amount(Money money) {
        return Map.of("amount", money.plain(), "currency", money.currency());
    }

    /** An account as it must be at a moment, from what is really used and what is held. While nobody else changes either. */
    Limit counted(Limit limit, long now) {
        Limit then = limit.at(now);
        Month month = then.month();
        long rate = 0;
        BigDecimal projected = BigDecimal.ZERO;
        for (LimitStore.Use use : store.uses(limit.subject(), month.from())) {
            long each = prices.rate(limit.organization(), use.item(), use.quantity());
            boolean open = use.until() == Long.MAX_VALUE;
            rate += open ? each : 0;
            projected = projected.add(Sums.over(each, month.left(use.from()) - (open ? 0 : month.left(use.until()))));
        }
        for (Hold hold :
                store.holds(limit.organization()).getOrDefault(limit.subject().id(), List.of())) {
            rate += hold.rate();
            projected = projected.add(hold.in(month));
        }
        return then.with(BigDecimal.valueOf(rate), projected);
    }
}
