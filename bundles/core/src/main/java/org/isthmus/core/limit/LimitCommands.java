// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.limit;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.limit.LimitList.ChangeLimit;
import org.isthmus.api.limit.LimitList.CreateLimit;
import org.isthmus.api.limit.LimitList.DeleteLimit;
import org.isthmus.api.limit.LimitList.FreezeLimit;
import org.isthmus.api.limit.LimitList.LimitView;
import org.isthmus.api.limit.LimitList.UnfreezeLimit;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Handling;
import org.isthmus.core.Times;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.LimitId;
import org.isthmus.model.Money;
import org.isthmus.store.Tx;

/** Sets limits and takes them away. Each time the account is counted anew, from what is really used and held. */
final class LimitCommands {
    private final Tx tx;
    private final Ids ids;
    private final Swaps swaps;
    private final PriceBook prices;
    private final LimitStore store;
    private final Ledger ledger;
    private final Deployments deployments;
    private final Limits limits;

    LimitCommands(
            Tx tx,
            Ids ids,
            Swaps swaps,
            PriceBook prices,
            LimitStore store,
            Ledger ledger,
            Deployments deployments,
            Limits limits) {
        this.tx = tx;
        this.ids = ids;
        this.swaps = swaps;
        this.prices = prices;
        this.store = store;
        this.ledger = ledger;
        this.deployments = deployments;
        this.limits = limits;
    }

    List<CommandHandler<?, ?>> handlers() {
        return List.of(
                new Handling<>(CreateLimit.class, this::create),
                new Handling<>(ChangeLimit.class, this::change),
                new Handling<>(DeleteLimit.class, this::delete),
                new Handling<>(FreezeLimit.class, this::freeze),
                new Handling<>(UnfreezeLimit.class, this::unfreeze));
    }

    /** Who is limited, and how that is called. */
    private record Limited(Subject subject, String name) {}

    /** Found by id or name, whatever the caller may see of users: that somebody is there is no secret to who sets limits. */
    private Limited limited(Caller caller, OrganizationView organization, Subject named) {
        Caller system = Caller.system(swaps.access().call(access -> access.platform()), caller.requestId());
        Ref in = Ref.of(organization.id());
        Ref ref = new Ref(named.id());
        return switch (named.kind()) {
            case Limit.USER -> swaps.users().call(users -> {
                UserView user = users.get(system, in, ref);
                return new Limited(Subject.of(Limit.USER, user.id()), user.username());
            });
            case Limit.DEPARTMENT -> swaps.departments().call(all -> {
                DepartmentView department = all.get(system, in, ref);
                return new Limited(
                        Subject.of(Limit.DEPARTMENT, department.id()),
                        department.name().value());
            });
            default -> {
                if (!named.id().equals(organization.id().value())
                        && !named.id().equals(organization.name().value())) {
                    throw Problem.MALFORMED.at(
                            "/subject/id", "The organization that a limit is on is the one it is set in.");
                }
                yield new Limited(
                        Subject.of(Limit.ORGANIZATION, organization.id()),
                        organization.name().value());
            }
        };
    }

    private Optional<Long> millionths(OrganizationView organization, String field, Optional<Money> money) {
        String currency = prices.book(organization.id()).currency();
        if (money.filter(given -> !given.currency().equals(currency)).isPresent()) {
            throw Problem.MALFORMED.at(
                    "/" + field + "/currency", "The organization's price book is in " + currency + ".");
        }
        return money.map(PriceBook::micros);
    }

    private Plan<LimitView> create(Caller caller, OrganizationView organization, CreateLimit wish) {
        Limited limited = limited(caller, organization, wish.subject());
        Optional<Long> monthly = millionths(organization, "monthly", wish.monthly());
        Optional<Long> hourlyRate = millionths(organization, "hourlyRate", wish.hourlyRate());
        tx.read(() -> {
            requireNone(organization, limited);
            return null;
        });
        limits.guard(organization.id());
        LimitId id = ids.limit();
        return Plan.<LimitView>of(Subject.of("limit", id), change -> {
                    alone(change, 1);
                    requireNone(organization, limited);
                    long now = Times.micros(change.now());
                    Limit made = ledger.counted(
                            new Limit(
                                    id,
                                    organization.id(),
                                    limited.subject(),
                                    limited.name(),
                                    prices.book(organization.id()).currency(),
                                    monthly,
                                    hourlyRate,
                                    wish.deploymentsPerDay(),
                                    Times.kept(change.now()),
                                    change.caller().username(),
                                    0,
                                    Month.of(now).from(),
                                    BigDecimal.ZERO,
                                    BigDecimal.ZERO,
                                    0,
                                    0,
                                    Limit.Freeze.NONE.set(wish.freeze())),
                            now);
                    store.insert(made);
                    deployments.set(made, change.now());
                    tell(change, "limit.created", made);
                    return limits.view(organization, made, change.now());
                })
                .approvedFor(raised(
                        organization,
                        limited.subject().kind() + " " + limited.name(),
                        Parts.none(organization, limited.subject()),
                        Parts.of(organization, limited.subject(), monthly, hourlyRate, wish.deploymentsPerDay())));
    }

    private void requireNone(OrganizationView organization, Limited limited) {
        store.find(organization.id(), limited.subject().id()).ifPresent(other -> {
            throw Problem.CONFLICT.because(
                    "The %s %s has the limit %s already; change that one.",
                    limited.subject().kind(), limited.name(), other.id());
        });
    }

    private void alone(Change change, int more) {
        if (!store.alone(change.organization(), more)) {
            throw new IllegalStateException("The guard of " + change.organization() + " is not there");
        }
    }

    private static void tell(Change change, String event, Limit limit) {
        Map<String, String> data = new TreeMap<>(Map.of(
                "kind", limit.subject().kind(),
                "id", limit.subject().id(),
                "name", limit.name(),
                "currency", limit.currency()));
        limit.monthly()
                .ifPresent(most -> data.put(
                        "monthly", Sums.money(Sums.of(most), limit.currency()).plain()));
        limit.hourlyRate()
                .ifPresent(most -> data.put(
                        "hourlyRate",
                        Sums.money(Sums.of(most), limit.currency()).plain()));
        limit.deploymentsPerDay().ifPresent(most -> data.put("deploymentsPerDay", String.valueOf(most)));
        change.event(event, Subject.of("limit", limit.id()), data);
    }

    /** What a limit becomes: what the wish leaves out stays. */
    private Limit changed(OrganizationView organization, Limit is, ChangeLimit wish) {
        Optional<Long> monthly =
                millionths(organization, "monthly", wish.monthly().orElse(Optional.empty()));
        Optional<Long> hourlyRate =
                millionths(organization, "hourlyRate", wish.hourlyRate().orElse(Optional.empty()));
        Limit changed = is.set(
                is.name(),
                wish.monthly().isPresent() ? monthly : is.monthly(),
                wish.hourlyRate().isPresent() ? hourlyRate : is.hourlyRate(),
                wish.deploymentsPerDay().orElse(is.deploymentsPerDay()),
                wish.freeze().orElse(is.freeze().set()));
        if (!changed.ofMoney() && changed.deploymentsPerDay().isEmpty()) {
            throw Problem.CONFLICT.because("Nothing would be left of the limit %s; delete it instead.", is.id());
        }
        if (changed.freeze().set() && changed.monthly().isEmpty()) {
            throw Problem.CONFLICT.because(
                    "freeze is about monthly: without it the limit %s is frozen by hand. Send freeze false.", is.id());
        }
        return changed;
    }

    private Plan<LimitView> change(Caller caller, OrganizationView organization, ChangeLimit wish) {
        Limit limit = tx.read(() -> limits.must(organization, wish.limit()));
        requireVersion(limit, wish.version());
        List<String> raised = raised(
                organization,
                limit.whose(),
                Parts.of(organization, limit),
                Parts.of(organization, changed(organization, limit, wish)));
        limits.guard(organization.id());
        return Plan.<LimitView>of(Subject.of("limit", limit.id()), change -> {
                    alone(change, 0);
                    Limit is = limits.must(organization, Ref.of(limit.id()));
                    requireVersion(is, wish.version());
                    long now = Times.micros(change.now());
                    Limit told = untold(ledger.counted(changed(organization, is, wish), now), now);
                    if (!store.save(told, wish.version())) {
                        throw stale(is);
                    }
                    deployments.set(told, change.now());
                    tell(change, "limit.changed", told);
                    Limit then =
                            told.freeze().frozen().filter(Limit.Frozen::alone).isPresent()
                                            && !(told.freeze().set() && usedUp(told, now))
                                    ? lifted(change, told, told.freeze().spared())
                                    : told;
                    return limits.view(organization, then, change.now());
                })
                .approvedFor(raised);
    }

    private boolean usedUp(Limit limit, long now) {
        return limit.usedUp(
                store.holds(limit.organization()).getOrDefault(limit.subject().id(), List.of()), now);
    }

    private Plan<LimitView> freeze(Caller caller, OrganizationView organization, FreezeLimit wish) {
        Limit limit = tx.read(() -> limits.must(organization, wish.limit()));
        requireFrozen(limit, false);
        limits.guard(organization.id());
        return Plan.of(Subject.of("limit", limit.id()), change -> {
            // whatever began before has been accepted when this is
            alone(change, 0);
            Limit is = limits.must(organization, Ref.of(limit.id()));
            requireFrozen(is, false);
            Limit.Frozen frozen = new Limit.Frozen(
                    Times.kept(change.now()),
                    change.caller().username(),
                    change.caller().kind() == Caller.Kind.SYSTEM);
            if (!store.freeze(is, frozen)) {
                throw stale(is);
            }
            tell(change, "limit.frozen", is);
            return limits.view(organization, limits.must(organization, Ref.of(is.id())), change.now());
        });
    }

    private Plan<LimitView> unfreeze(Caller caller, OrganizationView organization, UnfreezeLimit wish) {
        Limit limit = tx.read(() -> limits.must(organization, wish.limit()));
        requireFrozen(limit, true);
        limits.guard(organization.id());
        boolean itself = caller.kind() == Caller.Kind.SYSTEM;
        return Plan.<LimitView>of(Subject.of("limit", limit.id()), change -> {
                    alone(change, 0);
                    Limit is = limits.must(organization, Ref.of(limit.id()));
                    requireFrozen(is, true);
                    long month = Month.of(Times.micros(change.now())).from();
                    // who lifts it though it is used up does not find it frozen again a minute later
                    return limits.view(
                            organization,
                            lifted(change, is, itself ? is.freeze().spared() : month),
                            change.now());
                })
                .approvedFor(
                        !itself && organization.policy().approveRaisedLimits()
                                ? asked(organization, "the frozen limit of " + limit.whose() + " would be lifted.")
                                : List.of());
    }

    private Limit lifted(Change change, Limit limit, long spared) {
        if (!store.lift(limit, spared)) {
            throw stale(limit);
        }
        tell(change, "limit.unfrozen", limit);
        return store.find(limit.id()).orElseThrow();
    }

    private static void requireFrozen(Limit limit, boolean frozen) {
        if (limit.freeze().frozen().isPresent() != frozen) {
            throw Problem.CONFLICT.because(
                    frozen ? "The limit of the %s is not frozen." : "The limit of the %s is frozen already.",
                    limit.whose());
        }
    }

    /** What of a limit is compared: a user without one of deployments has the policy's. */
    private record Parts(Optional<Long> monthly, Optional<Long> hourlyRate, Optional<Long> deployments) {
        static Parts of(
                OrganizationView organization,
                Subject subject,
                Optional<Long> monthly,
                Optional<Long> hourlyRate,
                Optional<Integer> deployments) {
            return new Parts(
                    monthly,
                    hourlyRate,
                    deployments
                            .or(() -> Optional.of(organization.policy().deploymentsPerDay())
                                    .filter(any -> subject.kind().equals(Limit.USER)))
                            .map(Integer::longValue));
        }

        static Parts of(OrganizationView organization, Limit limit) {
            return of(organization, limit.subject(), limit.monthly(), limit.hourlyRate(), limit.deploymentsPerDay());
        }

        static Parts none(OrganizationView organization, Subject subject) {
            return of(organization, subject, Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    /** Why a second person is asked, where the policy wants one for what becomes more. */
    private static List<String> raised(OrganizationView organization, String whose, Parts is, Parts will) {
        boolean more = more(is.monthly(), will.monthly())
                || more(is.hourlyRate(), will.hourlyRate())
                || more(is.deployments(), will.deployments());
        return more && organization.policy().approveRaisedLimits()
                ? asked(organization, "the limit of " + whose + " would be raised or taken away.")
                : List.of();
    }

    private static List<String> asked(OrganizationView organization, String what) {
        return List.of(
                Violation.of(organization, "approveRaisedLimits", "", what).detail());
    }

    private static boolean more(Optional<Long> is, Optional<Long> will) {
        return is.isPresent() && will.map(next -> next > is.get()).orElse(true);
    }

    /** Of a limit that is another than before, what it has not reached any more is told of again. */
    private Limit untold(Limit limit, long now) {
        if (limit.monthly().isEmpty()) {
            return limit.told(0, 0);
        }
        List<Hold> holds =
                store.holds(limit.organization()).getOrDefault(limit.subject().id(), List.of());
        return limit.told(
                Math.min(limit.toldActual(), Warnings.reached(limit, limit.used(holds, now))),
                Math.min(limit.toldForecast(), Warnings.reached(limit, limit.projected())));
    }

    private static void requireVersion(Limit limit, long version) {
        if (limit.version() != version) {
            throw stale(limit);
        }
    }

    private static org.isthmus.api.ProblemException stale(Limit limit) {
        return Problem.STALE.because("The limit has version %d by now; read it again.", limit.version());
    }

    private Plan<LimitView> delete(Caller caller, OrganizationView organization, DeleteLimit wish) {
        Limit limit = tx.read(() -> limits.must(organization, wish.limit()));
        limits.guard(organization.id());
        return Plan.<LimitView>of(Subject.of("limit", limit.id()), change -> {
                    alone(change, -1);
                    Limit last = limits.must(organization, Ref.of(limit.id()));
                    LimitView view = limits.view(organization, last, change.now());
                    store.delete(last.id());
                    deployments.unset(last);
                    tell(change, "limit.deleted", last);
                    return view;
                })
                .approvedFor(raised(
                        organization,
                        limit.whose(),
                        Parts.of(organization, limit),
                        Parts.none(organization, limit.subject())));
    }
}
