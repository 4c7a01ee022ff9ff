// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.gate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Subject;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.limit.Claim;
import org.isthmus.core.limit.Limits;
import org.isthmus.core.operation.CoreOperations;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gate. Holds no state but the handlers that are present. */
public final class CoreGate implements Gate {
    private static final Logger LOG = LoggerFactory.getLogger(CoreGate.class);

    private final Tx tx;
    private final Clock clock;
    private final Swaps swaps;
    private final EventLog events;
    private final Limits limits;
    private final CoreOperations operations;
    private final Worker worker;
    private final KeptAnswers answers;
    private final InFlight inFlight = new InFlight();
    private final Map<Class<?>, Swappable<CommandHandler<?, ?>>> handlers = new ConcurrentHashMap<>();

    public CoreGate(
            Tx tx, Clock clock, Swaps swaps, EventLog events, Limits limits, CoreOperations operations, Worker worker) {
        this.tx = tx;
        this.clock = clock;
        this.swaps = swaps;
        this.events = events;
        this.limits = limits;
        this.operations = operations;
        this.worker = worker;
        this.answers = new KeptAnswers(tx);
    }

    /** A handler comes; commands of its type are taken from now on. */
    public void add(CommandHandler<?, ?> handler) {
        slot(handler.handles()).bind(handler, 0);
    }

    /** A handler goes, after its calls in flight. */
    public void remove(CommandHandler<?, ?> handler) {
        slot(handler.handles()).unbind(handler);
    }

    private Swappable<CommandHandler<?, ?>> slot(Class<?> type) {
        return handlers.computeIfAbsent(type, k -> new Swappable<>("The part that does this"));
    }

    @Override
    public <R> Outcome<R> submit(Caller caller, Command<R> command, Submission<R> submission) {
        if (submission.replay().isEmpty() || submission.dryRun()) {
            return judged(caller, command, submission);
        }
        Replay<R> replay = submission.replay().get();
        try (AutoCloseable turn = inFlight.enter(key(caller) + " " + replay.key())) {
            LOG.trace("turn {}", turn);
            Optional<Answer> kept = kept(caller, command, replay);
            return kept.isPresent() ? new Outcome.Replayed<>(kept.get()) : judged(caller, command, submission);
        } catch (ProblemException e) {
            throw e;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("Leaving a turn does not fail", e);
        }
    }

    /** The answer to the same request before; a key that was another request's is refused, and that is written down. */
    private <R> Optional<Answer> kept(Caller caller, Command<R> command, Replay<R> replay) {
        try {
            return answers.find(key(caller), replay, clock.instant());
        } catch (ProblemException e) {
            refused(caller, command.action().key(), command.about(), e);
            throw e;
        }
    }

    /** Whose keys and limits these are. */
    private static String key(Caller caller) {
        return caller.user().map(user -> user.value()).orElse(caller.username());
    }

    /** Asks everything in order; a refusal is written down in a transaction of its own. */
    private <R> Outcome<R> judged(Caller caller, Command<R> command, Submission<R> submission) {
        // permits in one fixed order, for the whole of the command: no swap happens in the middle of it
        try (Swappable.Use<Access> access = swaps.access().use();
                Swappable.Use<AuditLog> audit = swaps.audit().use()) {
            OrganizationId log = caller.organization();
            Subject about = command.about();
            try {
                Access.Decision decision = access.service().allowed(caller, command.action(), command.organization());
                OrganizationView organization = decision.organization().orElseThrow();
                log = organization.id();
                try (Swappable.Use<CommandHandler<?, ?>> handler =
                        slot(command.getClass()).use()) {
                    Plan<R> plan = plan(handler.service(), caller, organization, command);
                    about = plan.subject();
                    Plan.refuse(plan.violations());
                    Claim claim = Claim.of(access.service(), caller, organization, plan);
                    if (submission.dryRun()) {
                        limits.check(claim, clock.instant());
                        note(audit.service(), caller, command, decision, plan.subject());
                        return new Outcome.Allowed<>(plan.estimate());
                    }
                    return commit(audit.service(), caller, decision, command, plan, claim, submission.replay());
                }
            } catch (ProblemException e) {
                Optional<Answer> first = answeredMeanwhile(caller, submission);
                if (first.isPresent()) {
                    return new Outcome.Replayed<>(first.get());
                }
                if (e.type().status() < 500) {
                    writeRefusal(audit.service(), caller, command.action().key(), log, about, e);
                }
                throw e;
            } catch (TxException e) {
                if (e.retryable()) {
                    throw Problem.UNAVAILABLE.retryAfter(
                            Duration.ofSeconds(1), "The database is busy (" + e.kind() + "); nothing was changed.");
                }
                throw e;
            }
        }
    }

    /** The answer to the same request, which another controller gave while this one judged it and found its own effect. */
    private <R> Optional<Answer> answeredMeanwhile(Caller caller, Submission<R> submission) {
        if (submission.dryRun()) {
            return Optional.empty();
        }
        try {
            return submission.replay().flatMap(replay -> answers.find(key(caller), replay, clock.instant()));
        } catch (ProblemException | TxException e) {
            // it was another request under the same key, or cannot be known: what was found out first stands
            return Optional.empty();
        }
    }

    @SuppressWarnings("unchecked") // a handler is kept under the class it says it handles
    private static <R> Plan<R> plan(
            CommandHandler<?, ?> handler, Caller caller, OrganizationView organization, Command<R> command) {
        return ((CommandHandler<Command<R>, R>) handler).plan(caller, organization, command);
    }

    /** By what it is allowed, as the audit log has it. */
    private static String because(Access.Decision decision) {
        return String.join("; ", decision.because());
    }

    private void note(AuditLog audit, Caller caller, Command<?> command, Access.Decision decision, Subject subject) {
        tx.retrying(() -> audit.append(new AuditLog.Fact(
                AuditLog.Kind.NOTE,
                caller,
                command.action().key(),
                decision.organization().orElseThrow().id(),
                subject,
                AuditLog.Result.SUCCESS,
                Optional.empty(),
                "dry run: allowed, nothing done; " + because(decision),
                Map.of())));
    }

    private <R> Outcome<R> commit(
            AuditLog audit,
            Caller caller,
            Access.Decision decision,
            Command<R> command,
            Plan<R> plan,
            Claim claim,
            Optional<Replay<R>> replay) {
        Instant now = Times.kept(clock.instant());
        Outcome.Accepted<R> accepted;
        try {
            limits.prepare(claim, now);
            accepted = tx.retrying(() -> effect(audit, caller, decision, command, plan, claim, replay, now));
        } catch (TxException e) {
            if (e.kind() == TxException.Kind.DUPLICATE) {
                Optional<Answer> kept = replay.flatMap(given -> answers.find(key(caller), given, now));
                if (kept.isPresent()) {
                    return new Outcome.Replayed<>(kept.get());
                }
                throw Problem.CONFLICT.because(
                        "Somebody else made the same thing at the same moment; read it and decide anew.");
            }
            if (e.kind() == TxException.Kind.CONFLICT) {
                throw Problem.STALE.because("It was changed by somebody else at the same moment; read it again.");
            }
            throw e;
        }
        accepted.operation().ifPresent(operation -> worker.wake(operation.id()));
        return accepted;
    }

    private <R> Outcome.Accepted<R> effect(
            AuditLog audit,
            Caller caller,
            Access.Decision decision,
            Command<R> command,
            Plan<R> plan,
            Claim claim,
            Optional<Replay<R>> replay,
            Instant now) {
        OrganizationView organization = decision.organization().orElseThrow();
        // what can refuse comes first, for a rollback with much written is slow on Derby; only who meets others at the
        // last of a limit is refused at the end
        replay.ifPresent(given -> answers.take(key(caller), given, now));
        boolean limited = limits.checkFirst(claim, now);
        AuditEntryId attempt = audit.append(fact(
                AuditLog.Kind.ATTEMPT,
                caller,
                command.action().key(),
                organization.id(),
                plan.subject(),
                AuditLog.Result.PENDING,
                Optional.empty(),
                because(decision)));
        GateChange change = new GateChange(caller, organization.id(), now, attempt, events);
        R result = plan.effect().apply(change);
        Optional<OperationView> operation = change.operation().map(operations::shown);
        // last, for its rows are ones that others wait for
        limits.reserve(claim, limited, change.operation(), now);
        if (operation.isEmpty()) {
            audit.append(fact(
                    AuditLog.Kind.OUTCOME,
                    caller,
                    command.action().key(),
                    organization.id(),
                    plan.subject(),
                    AuditLog.Result.SUCCESS,
                    Optional.of(attempt),
                    ""));
        }
        Outcome.Accepted<R> accepted = new Outcome.Accepted<>(result, operation);
        replay.ifPresent(
                given -> answers.keep(key(caller), given, given.render().apply(accepted)));
        return accepted;
    }

    private static AuditLog.Fact fact(
            AuditLog.Kind kind,
            Caller caller,
            String action,
            OrganizationId organization,
            Subject subject,
            AuditLog.Result result,
            Optional<AuditEntryId> attempt,
            String because) {
        return new AuditLog.Fact(kind, caller, action, organization, subject, result, attempt, because, Map.of());
    }

    @Override
    public void refused(Caller caller, String action, Subject about, ProblemException problem) {
        swaps.audit().call(log -> {
            writeRefusal(log, caller, action, caller.organization(), about, problem);
            return null;
        });
    }

    private void writeRefusal(
            AuditLog log,
            Caller caller,
            String action,
            OrganizationId organization,
            Subject about,
            ProblemException problem) {
        try {
            tx.retrying(() -> log.append(new AuditLog.Fact(
                    AuditLog.Kind.REFUSED,
                    caller,
                    action,
                    organization,
                    about,
                    AuditLog.Result.DENIED,
                    Optional.empty(),
                    problem.getMessage(),
                    Map.of("problem", problem.type().slug()))));
        } catch (TxException e) {
            LOG.error("A refusal could not be written to the audit log: {} {}", action, about, e);
            throw Problem.UNAVAILABLE.retryAfter(
                    Duration.ofSeconds(1), "The audit log cannot be written just now; nothing was changed.");
        }
    }

    /** Drops kept answers older than a day and limits nobody counts against any more: called from time to time. */
    public void housekeeping() {
        answers.dropOld(clock.instant());
        limits.dropOld(clock.instant());
    }

    /** A change under way. */
    private static final class GateChange implements org.isthmus.api.gate.Change {
        private final Caller caller;
        private final OrganizationId organization;
        private final Instant now;
        private final AuditEntryId attempt;
        private final EventLog events;
        private Optional<OperationId> operation = Optional.empty();

        GateChange(Caller caller, OrganizationId organization, Instant now, AuditEntryId attempt, EventLog events) {
            this.caller = caller;
            this.organization = organization;
            this.now = now;
            this.attempt = attempt;
            this.events = events;
        }

        @Override
        public Caller caller() {
            return caller;
        }

        @Override
        public OrganizationId organization() {
            return organization;
        }

        @Override
        public Instant now() {
            return now;
        }

        @Override
        public AuditEntryId attempt() {
            return attempt;
        }

        @Override
        public void event(String type, Subject subject, Map<String, String> data) {
            events.append(now, organization, type, subject, new HashMap<>(data));
        }

        @Override
        public void operation(OperationId id) {
            if (operation.isPresent()) {
                throw new IllegalStateException("One command, one operation");
            }
            operation = Optional.of(id);
        }

        @Override
        public Optional<OperationId> operation() {
            return operation;
        }
    }
}
