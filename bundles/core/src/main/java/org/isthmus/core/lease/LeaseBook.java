// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.lease;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.lease.Schedule;
import org.isthmus.api.lease.ServerLeases.LeaseView;
import org.isthmus.api.lease.ServerLeases.OnExpiry;
import org.isthmus.api.lease.ServerLeases.Terms;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Policies;
import org.isthmus.core.Things;
import org.isthmus.core.Times;
import org.isthmus.core.lease.LeaseStore.Held;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans what is written of leases, by the same rules whether a lease is named or the server that has it. A server shows when
 * its time is over: whatever changes its lease gives it its next version.
 */
public final class LeaseBook {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseBook.class);

    private final Clock clock;
    private final Ids ids;
    private final Swaps swaps;
    private final Things things;
    private final LeaseStore store;
    private final Consumer<ServerId> touch;

    /**
     * With what it needs.
     *
     * @param touch gives a server its next version, in the transaction
     */
    public LeaseBook(Tx tx, Clock clock, Ids ids, Swaps swaps, LeaseStore store, Consumer<ServerId> touch) {
        this.clock = clock;
        this.ids = ids;
        this.swaps = swaps;
        this.things = new Things(tx);
        this.store = store;
        this.touch = touch;
    }

    private Instant now() {
        return Times.kept(clock.instant());
    }

    static ProblemException absent(Ref ref) {
        return Problem.NOT_FOUND.because("There is no lease %s in this organization, nor one of a server of it.", ref);
    }

    /**
     * The lease a new server is made with, if any: the one that is wished, which needs the rights to give it one, or the one
     * the policy asks for, which needs none.
     *
     * @param made the server as grants will see it
     */
    public Optional<Plan<LeaseView>> making(
            Caller caller, OrganizationView organization, ServerId server, Resource made, Optional<Terms> wish) {
        Instant now = now();
        wish.ifPresent(wished -> {
            may(caller, organization, () -> Optional.of(made), Action.SERVER_CHANGE);
            require(caller, organization, () -> Optional.of(made), wished);
            requireFuture(wished.expiresAt(), now);
        });
        Optional<Instant> latest = organization.policy().maxLease().map(now::plus);
        Optional<Instant> end = wish.flatMap(Terms::expiresAt).or(() -> latest);
        if (end.isEmpty() && wish.isEmpty()) {
            return Optional.empty();
        }
        Lease lease = lease(
                caller,
                organization,
                server,
                new Terms(end, wish.map(Terms::onExpiry).orElse(OnExpiry.STOP), wish.flatMap(Terms::schedule)),
                now);
        return Optional.of(Plan.<LeaseView>of(Subject.of("lease", lease.id()), change -> insert(change, lease, now))
                .violating(Policies.lease(organization, end, Optional.empty(), now)));
    }

    /** A lease for a server that has none. */
    Plan<LeaseView> create(Caller caller, OrganizationView organization, ServerId server, Terms wish) {
        Instant now = now();
        Lease lease = lease(caller, organization, server, wish, now);
        require(caller, organization, found(organization, server), wish);
        requireFuture(lease.expiresAt(), now);
        requireNone(organization, lease);
        return Plan.<LeaseView>of(Subject.of("lease", lease.id()), change -> {
                    requireNone(organization, lease);
                    touch.accept(server);
                    return insert(change, lease, now);
                })
                .violating(Policies.lease(organization, lease.expiresAt(), Optional.empty(), now));
    }

    /** Changes one; what is absent stays, what is empty goes. */
    Plan<LeaseView> change(
            Caller caller,
            OrganizationView organization,
            Lease is,
            Optional<Optional<Instant>> expiresAt,
            Optional<OnExpiry> onExpiry,
            Optional<Optional<Schedule>> hours) {
        Instant now = now();
        Optional<Instant> end = expiresAt.orElse(is.expiresAt()).map(Times::kept);
        Optional<Schedule> schedule = hours.orElse(is.schedule());
        if (end.isEmpty() && schedule.isEmpty()) {
            throw Problem.CONFLICT.because("Nothing would be left of the lease; delete it instead.");
        }
        expiresAt.ifPresent(given -> requireFuture(given, now));
        boolean same = end.equals(is.expiresAt());
        Terms terms = new Terms(end, onExpiry.orElse(is.onExpiry()), schedule);
        Lease changed = new Lease(
                is.id(),
                is.organization(),
                is.server(),
                terms.expiresAt(),
                terms.onExpiry(),
                terms.schedule(),
                caller,
                is.createdAt(),
                is.createdBy(),
                is.version() + 1,
                now,
                same ? is.told() : end.map(at -> Lease.due(at, now)).orElse(0),
                same && is.expired(),
                Optional.empty());
        require(caller, organization, found(organization, is.server()), terms);
        return Plan.<LeaseView>of(Subject.of("lease", is.id()), change -> {
                    if (!store.change(changed, changed.next(now))) {
                        throw Problem.STALE.because("The lease was changed meanwhile; read it again.");
                    }
                    touch.accept(is.server());
                    tell(change, "lease.changed", changed);
                    return shown(changed, now);
                })
                .violating(Policies.lease(organization, end, is.expiresAt(), now));
    }

    /** Takes one away. */
    Plan<LeaseView> delete(OrganizationView organization, Held held) {
        Lease gone = held.lease();
        return Plan.<LeaseView>of(Subject.of("lease", gone.id()), change -> {
                    if (!store.delete(gone.id())) {
                        throw absent(Ref.of(gone.id()));
                    }
                    touch.accept(gone.server());
                    tell(change, "lease.deleted", gone);
                    return gone.view(held.name(), change.now());
                })
                .violating(Policies.lease(organization, Optional.empty(), gone.expiresAt(), now()));
    }

    /**
     * Gives a server that end: its lease is made, changed or, when it says nothing else, taken away. Empty when it has that
     * end already.
     */
    public Optional<Plan<LeaseView>> ending(
            Caller caller, OrganizationView organization, ServerId server, Optional<Instant> wished) {
        Optional<Instant> end = wished.map(Times::kept);
        Optional<Held> held = store.find(organization.id(), Ref.of(server));
        Optional<Lease> lease = held.map(Held::lease);
        if (lease.flatMap(Lease::expiresAt).equals(end)) {
            return Optional.empty();
        }
        if (lease.isEmpty()) {
            return Optional.of(create(caller, organization, server, new Terms(end, OnExpiry.STOP, Optional.empty())));
        }
        if (end.isEmpty() && lease.get().schedule().isEmpty()) {
            return Optional.of(delete(organization, held.get()));
        }
        return Optional.of(
                change(caller, organization, lease.get(), Optional.of(end), Optional.empty(), Optional.empty()));
    }

    private Lease lease(Caller caller, OrganizationView organization, ServerId server, Terms terms, Instant now) {
        Optional<Instant> end = terms.expiresAt().map(Times::kept);
        return new Lease(
                ids.lease(),
                organization.id(),
                server,
                end,
                terms.onExpiry(),
                terms.schedule(),
                caller,
                now,
                caller.username(),
                1,
                now,
                end.map(at -> Lease.due(at, now)).orElse(0),
                false,
                Optional.empty());
    }

    private LeaseView insert(Change change, Lease lease, Instant now) {
        store.insert(lease, lease.next(now));
        tell(change, "lease.created", lease);
        return shown(lease, now);
    }

    private LeaseView shown(Lease lease, Instant now) {
        Held held = store.find(lease.id()).orElseThrow(() -> absent(Ref.of(lease.id())));
        return held.lease().view(held.name(), now);
    }

    private void requireNone(OrganizationView organization, Lease lease) {
        if (store.find(organization.id(), Ref.of(lease.server())).isPresent()) {
            throw Problem.CONFLICT.because("The server has a lease already; change that one.");
        }
    }

    private static void requireFuture(Optional<Instant> end, Instant now) {
        if (end.filter(at -> !at.isAfter(now)).isPresent()) {
            throw Problem.MALFORMED.at("/expiresAt", "A lease ends in the future.");
        }
    }

    private static void tell(Change change, String event, Lease lease) {
        Map<String, String> data = new TreeMap<>(Map.of(
                "server", lease.server().value(), "onExpiry", lease.onExpiry().name()));
        lease.expiresAt().ifPresent(end -> data.put("expiresAt", end.toString()));
        change.event(event, Subject.of("lease", lease.id()), data);
    }

    private Supplier<Optional<Resource>> found(OrganizationView organization, ServerId server) {
        return () -> things.find(organization.id(), Subject.of("server", server));
    }

    /** That the caller may do with the server what will be done with it. */
    private void require(
            Caller caller, OrganizationView organization, Supplier<Optional<Resource>> server, Terms wished) {
        if (wished.schedule().isPresent()) {
            may(caller, organization, server, Action.SERVER_START);
            may(caller, organization, server, Action.SERVER_STOP);
        }
        if (wished.expiresAt().isPresent()) {
            if (wished.onExpiry() == OnExpiry.DELETE) {
                may(caller, organization, server, Action.SERVER_DELETE);
            } else if (!has(caller, organization, server, Action.SERVER_DELETE)) {
                may(caller, organization, server, Action.SERVER_STOP);
            }
        }
    }

    private boolean has(
            Caller caller, OrganizationView organization, Supplier<Optional<Resource>> server, Action action) {
        try {
            may(caller, organization, server, action);
            return true;
        } catch (ProblemException e) {
            LOG.debug("{} may not {}", caller.username(), action.key());
            return false;
        }
    }

    private void may(Caller caller, OrganizationView organization, Supplier<Optional<Resource>> server, Action action) {
        Reach reach = swaps.access().call(access -> access.reach(caller, action, Ref.of(organization.id())));
        if (!reach.everything() && server.get().filter(reach::covers).isEmpty()) {
            throw Access.lacking(action, organization.name());
        }
    }
}
