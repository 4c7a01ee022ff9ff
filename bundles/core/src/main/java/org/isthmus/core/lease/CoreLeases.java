// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.lease;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.lease.Schedule;
import org.isthmus.api.lease.ServerLeases;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.server.ServerProblem;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.DeleteServer;
import org.isthmus.api.server.Servers.StartServer;
import org.isthmus.api.server.Servers.StopServer;
import org.isthmus.core.Cursor;
import org.isthmus.core.Handling;
import org.isthmus.core.Things;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.lease.LeaseStore.Held;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Page;
import org.isthmus.model.Sha256;
import org.isthmus.store.Tx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases: what is set, what is shown, and what a clock brings about. Servers are started, stopped and deleted by ordinary
 * commands: by the schedule on behalf of the lease's owner, with their rights and the limits of that moment; at the end by the
 * system. What was seen to is written down after the command, whose idempotency key is the turn's: whoever is killed in between
 * repeats the same request and not the deed.
 */
public final class CoreLeases implements ServerLeases {
    private static final Logger LOG = LoggerFactory.getLogger(CoreLeases.class);
    private static final int AT_ONCE = 500;
    private static final int MOST_REFUSED = 500;
    /** How soon what is under way is looked at again. */
    private static final Duration AGAIN = Duration.ofSeconds(20);

    private final Tx tx;
    private final Clock clock;
    private final Ids ids;
    private final Swaps swaps;
    private final Things things;
    private final LeaseStore store;
    private final EventLog events;

    /**
     * What was seen to.
     *
     * @param again when it is looked at again, where that is not as the lease itself says
     */
    private record Seen(Instant turned, boolean expired, Optional<String> refused, Optional<Instant> again) {}

    public CoreLeases(Tx tx, Clock clock, Ids ids, Swaps swaps, EventLog events) {
        this.tx = tx;
        this.clock = clock;
        this.ids = ids;
        this.swaps = swaps;
        this.events = events;
        this.things = new Things(tx);
        this.store = new LeaseStore(tx);
    }

    public List<CommandHandler<?, ?>> handlers() {
        return List.of(
                new Handling<>(
                        CreateLease.class,
                        this::create,
                        (organization, wish, department) -> things.named(organization, wish.about(), Optional.empty())),
                new Handling<>(
                        ChangeLease.class,
                        this::change,
                        (organization, wish, department) ->
                                things.named(organization, server(organization, wish.lease()), Optional.empty())),
                new Handling<>(
                        DeleteLease.class,
                        this::delete,
                        (organization, wish, department) ->
                                things.named(organization, server(organization, wish.lease()), Optional.empty())));
    }

    /** The server of a lease; of none, one that is not there either. */
    private Subject server(OrganizationView organization, Ref lease) {
        return store.find(organization.id(), lease)
                .map(held -> Subject.of("server", held.lease().server()))
                .orElse(Subject.of("server", lease));
    }

    private Reach reach(Caller caller, Ref organization, Action action) {
        return swaps.access().call(access -> access.reach(caller, action, organization));
    }

    @Override
    public Page<LeaseView> list(Caller caller, Ref organization, Query query) {
        Reach reach = reach(caller, organization, Action.SERVER_READ);
        query.equal().keySet().stream().findFirst().ifPresent(field -> {
            throw Problem.MALFORMED.at(field, "Leases are not filtered.");
        });
        int limit = query.page().limit();
        String after = query.page().cursor().map(Cursor::key).orElse("");
        Instant now = clock.instant();
        List<LeaseView> read = store.page(reach, after, limit + 1).stream()
                .map(held -> held.lease().view(held.name(), now))
                .toList();
        return Page.of(read, limit, view -> Cursor.of(view.server().value()));
    }

    @Override
    public LeaseView get(Caller caller, Ref organization, Ref ref) {
        Reach reach = reach(caller, organization, Action.SERVER_READ);
        Held held = must(reach.organization(), ref);
        if (!reach.everything() && !covers(reach, held)) {
            throw absent(ref);
        }
        return held.lease().view(held.name(), clock.instant());
    }

    private boolean covers(Reach reach, Held held) {
        return things.find(
                        reach.organization().id(),
                        Subject.of("server", held.lease().server()))
                .filter(reach::covers)
                .isPresent();
    }

    private Held must(OrganizationView organization, Ref ref) {
        return store.find(organization.id(), ref).orElseThrow(() -> absent(ref));
    }

    private static ProblemException absent(Ref ref) {
        return Problem.NOT_FOUND.because("There is no lease %s in this organization, nor one of a server of it.", ref);
    }

    /** That the caller may do with the server what will be done with it. */
    private void require(Caller caller, OrganizationView organization, Subject server, Lease wished) {
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

    private boolean has(Caller caller, OrganizationView organization, Subject server, Action action) {
        try {
            may(caller, organization, server, action);
            return true;
        } catch (ProblemException e) {
            LOG.debug("{} may not {}", caller.username(), action.key());
            return false;
        }
    }

    private void may(Caller caller, OrganizationView organization, Subject server, Action action) {
        Reach reach = reach(caller, Ref.of(organization.id()), action);
        if (!reach.everything()
                && things.find(organization.id(), server).filter(reach::covers).isEmpty()) {
            throw Access.lacking(action, organization.name());
        }
    }

    private Plan<LeaseView> create(Caller caller, OrganizationView organization, CreateLease wish) {
        Instant now = Times.kept(clock.instant());
        Subject named = wish.about();
        org.isthmus.api.Resource server = things.find(organization.id(), named)
                .orElseThrow(() -> Things.absent("server", wish.server().text()));
        String id = server.within().stream()
                .filter(part -> part.kind().equals("server"))
                .map(Subject::id)
                .findFirst()
                .orElseThrow();
        Lease lease = new Lease(
                ids.lease(),
                organization.id(),
                new Ids.ServerId(id),
                wish.expiresAt().map(Times::kept),
                wish.onExpiry(),
                wish.schedule(),
                caller,
                now,
                caller.username(),
                1,
                now,
                wish.expiresAt().map(end -> Lease.due(end, now)).orElse(0),
                false,
                Optional.empty());
        require(caller, organization, named, lease);
        requireFuture(lease.expiresAt(), now);
        requireNone(organization, lease);
        return Plan.of(Subject.of("lease", lease.id()), change -> {
            requireNone(organization, lease);
            store.insert(lease, lease.next(now));
            tell(change, "lease.created", lease);
            return shown(lease, now);
        });
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

    private LeaseView shown(Lease lease, Instant now) {
        Held held = store.find(lease.id()).orElseThrow(() -> absent(Ref.of(lease.id())));
        return held.lease().view(held.name(), now);
    }

    private static void tell(Change change, String event, Lease lease) {
        Map<String, String> data = new TreeMap<>(Map.of(
                "server", lease.server().value(), "onExpiry", lease.onExpiry().name()));
        lease.expiresAt().ifPresent(end -> data.put("expiresAt", end.toString()));
        change.event(event, Subject.of("lease", lease.id()), data);
    }

    private Plan<LeaseView> change(Caller caller, OrganizationView organization, ChangeLease wish) {
        Instant now = Times.kept(clock.instant());
        Lease is = must(organization, wish.lease()).lease();
        if (is.version() != wish.version()) {
            throw Problem.STALE.because("The lease has version %s by now; read it again.", is.version());
        }
        Optional<Instant> end = wish.expiresAt().orElse(is.expiresAt()).map(Times::kept);
        Optional<Schedule> schedule = wish.schedule().orElse(is.schedule());
        if (end.isEmpty() && schedule.isEmpty()) {
            throw Problem.CONFLICT.because("Nothing would be left of the lease; delete it instead.");
        }
        wish.expiresAt().ifPresent(given -> requireFuture(given, now));
        boolean same = end.equals(is.expiresAt());
        Lease changed = new Lease(
                is.id(),
                is.organization(),
                is.server(),
                end,
                wish.onExpiry().orElse(is.onExpiry()),
                schedule,
                caller,
                is.createdAt(),
                is.createdBy(),
                is.version() + 1,
                now,
                same ? is.told() : end.map(at -> Lease.due(at, now)).orElse(0),
                same && is.expired(),
                Optional.empty());
        require(caller, organization, Subject.of("server", is.server()), changed);
        return Plan.of(Subject.of("lease", is.id()), change -> {
            if (!store.change(changed, changed.next(now))) {
                throw Problem.STALE.because("The lease was changed meanwhile; read it again.");
            }
            tell(change, "lease.changed", changed);
            return shown(changed, now);
        });
    }

    private Plan<LeaseView> delete(Caller caller, OrganizationView organization, DeleteLease wish) {
        Held gone = must(organization, wish.lease());
        return Plan.of(Subject.of("lease", gone.lease().id()), change -> {
            if (!store.delete(gone.lease().id())) {
                throw absent(wish.lease());
            }
            tell(change, "lease.deleted", gone.lease());
            return gone.lease().view(gone.name(), change.now());
        });
    }

    /** Does what the time has come for: from time to time, one controller at a time. */
    public void tend(Gate gate, Caller system) {
        tx.retrying(() -> {
            store.dropOrphans();
            return null;
        });
        for (Held held : store.due(clock.instant(), AT_ONCE)) {
            try {
                tend(gate, system, held, Times.kept(clock.instant()));
            } catch (ProblemException e) {
                LOG.info("The lease {} is looked at again: {}", held.lease().id(), e.getMessage());
            }
        }
    }

    private void tend(Gate gate, Caller system, Held held, Instant now) {
        Lease lease = held.lease();
        if (lease.expiresAt().filter(end -> !end.isAfter(now)).isPresent()) {
            if (!lease.expired()) {
                seen(
                        held,
                        now,
                        new Seen(lease.turned(), true, Optional.empty(), Optional.of(now)),
                        Optional.of("server.expired"),
                        Map.of());
            }
            end(gate, system, held, now);
            return;
        }
        int due = lease.expiresAt().map(end -> Lease.due(end, now)).orElse(0);
        if (due > lease.told()) {
            seen(
                    held,
                    now,
                    new Seen(lease.turned(), false, lease.refused(), Optional.of(now)),
                    Optional.of("server.expiring"),
                    Map.of("within", Lease.NOTICES.get(due - 1).toString()));
        }
        turn(gate, held, now);
    }

    /** Its time is over: whatever it was started by since, it is stopped, and then perhaps deleted. */
    private void end(Gate gate, Caller system, Held held, Instant now) {
        Lease lease = held.lease();
        Optional<String> before = lease.expired() ? lease.refused() : Optional.empty();
        boolean stop = held.state() == ServerState.RUNNING;
        boolean delete = lease.onExpiry() == OnExpiry.DELETE
                && before.isEmpty()
                && (held.state() == ServerState.STOPPED || held.state() == ServerState.FAILED);
        Optional<Instant> again = stop || delete || held.busy() ? Optional.of(now.plus(AGAIN)) : Optional.empty();
        seen(held, now, new Seen(lease.turned(), true, before, again), Optional.empty(), Map.of());
        Ref organization = Ref.of(lease.organization());
        Ref server = Ref.of(lease.server());
        if (held.busy()) {
            return;
        }
        if (stop) {
            gate.submit(system, new StopServer(organization, server, false));
        } else if (delete) {
            try {
                gate.submit(system, new DeleteServer(organization, server));
            } catch (ProblemException e) {
                if (e.type() != ServerProblem.PROTECTED) {
                    throw e;
                }
                refused(held, now, lease.turned(), true, "deleted", e);
            }
        }
    }

    private void turn(Gate gate, Held held, Instant now) {
        Lease lease = held.lease();
        Optional<Schedule.Turn> last = lease.schedule()
                .flatMap(hours -> hours.last(now))
                .filter(turn -> turn.at().isAfter(lease.turned()));
        if (last.isEmpty()) {
            seen(
                    held,
                    now,
                    new Seen(lease.turned(), false, lease.refused(), Optional.empty()),
                    Optional.empty(),
                    Map.of());
            return;
        }
        Schedule.Turn turn = last.get();
        ServerState from = turn.on() ? ServerState.STOPPED : ServerState.RUNNING;
        if (held.busy()) {
            // it is looked at again in the next round, for this turn or a later one
            return;
        }
        Optional<ProblemException> refusal = Optional.empty();
        if (held.state() == from) {
            refusal = submitted(gate, held, turn);
        }
        if (refusal.isPresent()) {
            refused(held, now, turn.at(), false, turn.on() ? "started" : "stopped", refusal.get());
        } else {
            seen(held, now, new Seen(turn.at(), false, Optional.empty(), Optional.empty()), Optional.empty(), Map.of());
        }
    }

    private Optional<ProblemException> submitted(Gate gate, Held held, Schedule.Turn turn) {
        Ref organization = Ref.of(held.lease().organization());
        Ref server = Ref.of(held.lease().server());
        Caller owner = onBehalfOf(held.lease());
        String key = held.lease().id() + "-" + turn.at().getEpochSecond();
        try {
            if (turn.on()) {
                gate.submit(owner, new StartServer(organization, server), once(key));
            } else {
                gate.submit(owner, new StopServer(organization, server, false), once(key));
            }
            return Optional.empty();
        } catch (ProblemException e) {
            if (e.type() == Problem.UNAVAILABLE || e.type() == ServerProblem.WRONG_STATE) {
                throw e;
            }
            return Optional.of(e);
        }
    }

    private static <R> Gate.Submission<R> once(String key) {
        return Gate.Submission.replayable(new Gate.Replay<R>(
                key, Sha256.of(key.getBytes(StandardCharsets.US_ASCII)), outcome -> new Gate.Answer(202, "", "")));
    }

    private static Caller onBehalfOf(Lease lease) {
        Caller owner = lease.owner();
        return new Caller(
                owner.kind(),
                owner.user(),
                owner.username(),
                owner.organization(),
                Caller.Door.SYSTEM,
                "local",
                "lease-" + lease.id(),
                Optional.empty(),
                false);
    }

    private void refused(
            Held held, Instant now, Instant turned, boolean expired, String what, ProblemException problem) {
        String reason = "It was not " + what + ": " + problem.getMessage();
        String kept = reason.length() <= MOST_REFUSED ? reason : reason.substring(0, MOST_REFUSED);
        seen(
                held,
                now,
                new Seen(turned, expired, Optional.of(kept), Optional.empty()),
                Optional.of("lease.refused"),
                Map.of("reason", reason));
    }

    /** Writes down what was seen to, with the event that tells of it: once, or never. */
    private void seen(Held held, Instant now, Seen it, Optional<String> event, Map<String, String> more) {
        Lease lease = held.lease();
        int told = lease.expiresAt().map(end -> Lease.due(end, now)).orElse(0);
        Lease after = new Lease(
                lease.id(),
                lease.organization(),
                lease.server(),
                lease.expiresAt(),
                lease.onExpiry(),
                lease.schedule(),
                lease.owner(),
                lease.createdAt(),
                lease.createdBy(),
                lease.version(),
                it.turned(),
                told,
                it.expired(),
                it.refused());
        Instant due = it.again().orElseGet(() -> after.next(now));
        tx.retrying(() -> {
            if (store.seen(lease, it.turned(), told, it.expired(), it.refused(), due) && event.isPresent()) {
                Map<String, String> data = new TreeMap<>(more);
                data.put("name", held.name());
                data.put("lease", lease.id().value());
                data.put("onExpiry", lease.onExpiry().name());
                lease.expiresAt().ifPresent(end -> data.put("expiresAt", end.toString()));
                lease.owner().user().ifPresent(owner -> data.put("owner", owner.value()));
                events.append(now, lease.organization(), event.get(), Subject.of("server", lease.server()), data);
            }
            return null;
        });
    }
}
