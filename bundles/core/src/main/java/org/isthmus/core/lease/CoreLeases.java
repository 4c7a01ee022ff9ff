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
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Plan;
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
    private final Swaps swaps;
    private final Things things;
    private final LeaseStore store;
    private final LeaseBook book;
    private final EventLog events;

    /**
     * What was seen to.
     *
     * @param again when it is looked at again, where that is not as the lease itself says
     */
    private record Seen(Instant turned, boolean expired, Optional<String> refused, Optional<Instant> again) {}

    public CoreLeases(Tx tx, Clock clock, Swaps swaps, LeaseStore store, LeaseBook book, EventLog events) {
        this.tx = tx;
        this.clock = clock;
        this.swaps = swaps;
        this.events = events;
        this.things = new Things(tx);
        this.store = store;
        this.book = book;
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
            throw LeaseBook.absent(ref);
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
        return store.find(organization.id(), ref).orElseThrow(() -> LeaseBook.absent(ref));
    }

    private Plan<LeaseView> create(Caller caller, OrganizationView organization, CreateLease wish) {
        Subject named = wish.about();
        Resource server = things.find(organization.id(), named)
                .orElseThrow(() -> Things.absent("server", wish.server().text()));
        Ids.ServerId id = server.within().stream()
                .filter(part -> part.kind().equals("server"))
                .map(part -> new Ids.ServerId(part.id()))
                .findFirst()
                .orElseThrow();
        return book.create(caller, organization, id, new Terms(wish.expiresAt(), wish.onExpiry(), wish.schedule()));
    }

    private Plan<LeaseView> change(Caller caller, OrganizationView organization, ChangeLease wish) {
        Lease is = must(organization, wish.lease()).lease();
        if (is.version() != wish.version()) {
            throw Problem.STALE.because("The lease has version %s by now; read it again.", is.version());
        }
        return book.change(caller, organization, is, wish.expiresAt(), wish.onExpiry(), wish.schedule());
    }

    private Plan<LeaseView> delete(Caller caller, OrganizationView organization, DeleteLease wish) {
        return book.delete(organization, must(organization, wish.lease()));
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
