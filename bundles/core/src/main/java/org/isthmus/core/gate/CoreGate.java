// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.gate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
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
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.Access;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Policies;
import org.isthmus.core.Things;
import org.isthmus.core.Times;
import org.isthmus.core.approval.CoreApprovals;
import org.isthmus.core.approval.CoreApprovals.Approved;
import org.isthmus.core.approval.Need;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.limit.Claim;
import org.isthmus.core.limit.Limits;
import org.isthmus.core.operation.CoreOperations;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Worker;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gate. Holds no state but the handlers that are present. */
public final class CoreGate implements Gate, CoreApprovals.Judge {
    private static final Logger LOG = LoggerFactory.getLogger(CoreGate.class);

    private final Tx tx;
    private final Clock clock;
    private final Swaps swaps;
    private final EventLog events;
    private final Limits limits;
    private final CoreOperations operations;
    private final Worker worker;
    private final CoreApprovals approvals;
    private final KeptAnswers answers;
    private final Things things;
    private final InFlight inFlight = new InFlight();
    private final Map<Class<?>, Swappable<CommandHandler<?, ?>>> handlers = new ConcurrentHashMap<>();

    public CoreGate(
            Tx tx,
            Clock clock,
            Swaps swaps,
            EventLog events,
            Limits limits,
            CoreOperations operations,
            Worker worker,
            CoreApprovals approvals) {
        this.tx = tx;
        this.clock = clock;
        this.swaps = swaps;
        this.events = events;
        this.limits = limits;
        this.operations = operations;
        this.worker = worker;
        this.approvals = approvals;
        this.answers = new KeptAnswers(tx);
        this.things = new Things(tx);
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
        return judged(caller, command, submission, Optional.empty());
    }

    private <R> Outcome<R> judged(
            Caller caller, Command<R> command, Submission<R> submission, Optional<Approved<R>> approved) {
        // permits in one fixed order, for the whole of the command: no swap happens in the middle of it
        try (Swappable.Use<Access> access = swaps.access().use();
                Swappable.Use<AuditLog> audit = swaps.audit().use()) {
            OrganizationId log = caller.organization();
            Subject about = command.about();
            try {
                Access.Reach reach = access.service().reach(caller, command.action(), command.organization());
                OrganizationView organization = reach.organization();
                log = organization.id();
                try (Swappable.Use<CommandHandler<?, ?>> handler =
                        slot(command.getClass()).use()) {
                    Right<R> right = new Right<>(access.service(), things, caller, command, reach, handler.service());
                    String because = right.because();
                    Plan<R> plan = plan(handler.service(), caller, organization, command);
                    about = plan.subject();
                    if (approved.isEmpty()) {
                        requireStepUp(access.service(), caller, organization, plan);
                    }
                    Claim claim = right.claim(plan);
                    Plan.refuse(against(organization, command, plan, claim));
                    approved.ifPresent(one -> one.requireSame(plan));
                    Need need = approved.isPresent()
                            ? Need.NONE
                            : approvals.needed(
                                    caller, organization, command, plan, () -> limits.adds(claim), submission.dryRun());
                    if (submission.dryRun()) {
                        limits.check(claim, clock.instant());
                        note(audit.service(), caller, command, organization, because, plan.subject());
                        return new Outcome.Allowed<>(plan.estimate(), need.reasons());
                    }
                    return need.none()
                            ? commit(audit.service(), right, because, plan, claim, submission.replay(), approved)
                            : await(audit.service(), right, because, plan, claim, submission.replay(), need);
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

    /** All that is against the organization's policy: what the handler found, and what holds for every command. */
    private List<Violation> against(OrganizationView organization, Command<?> command, Plan<?> plan, Claim claim) {
        List<Violation> all = new ArrayList<>(Policies.exposure(organization, command.action()));
        all.addAll(plan.violations());
        if (!all.isEmpty()) {
            // alone it is a limit that is used up and refused as such; beside others it is told with them
            limits.deploymentsUsedUp(claim, clock.instant()).ifPresent(all::add);
        }
        return all;
    }

    /**
     * Whoever destroys something, or is given what opens much, has proved who they are as the policy asks, at this moment, not
     * when they came.
     */
    private static void requireStepUp(Access access, Caller caller, OrganizationView organization, Plan<?> plan) {
        if (plan.destructive() || plan.opening()) {
            access.requireStepUp(caller, organization);
        }
    }

    private void note(
            AuditLog audit,
            Caller caller,
            Command<?> command,
            OrganizationView organization,
            String because,
            Subject subject) {
        tx.retrying(() -> audit.append(new AuditLog.Fact(
                AuditLog.Kind.NOTE,
                caller,
                command.action().key(),
                organization.id(),
                subject,
                AuditLog.Result.SUCCESS,
                Optional.empty(),
                "dry run: allowed, nothing done" + (because.isEmpty() ? "" : "; " + because),
                Map.of())));
    }

    private <R> Outcome<R> commit(
            AuditLog audit,
            Right<R> right,
            String because,
            Plan<R> plan,
            Claim claim,
            Optional<Replay<R>> replay,
            Optional<Approved<R>> approved) {
        Instant now = Times.kept(clock.instant());
        try {
            return written(
                    right, claim, replay, now, () -> effect(audit, right, because, plan, claim, replay, approved, now));
        } catch (TooMany e) {
            return await(audit, right, because, plan, claim, replay, e.need);
        }
    }

    /** One deletion too many for one person: found out when it was about to be counted. */
    private static final class TooMany extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Need need;

        TooMany(Need need) {
            super("A second person must be asked", null, false, false);
            this.need = need;
        }
    }

    /** Writes down what a second person must approve: it holds what it will need, and nothing is done yet. */
    private <R> Outcome<R> await(
            AuditLog audit,
            Right<R> right,
            String because,
            Plan<R> plan,
            Claim claim,
            Optional<Replay<R>> replay,
            Need need) {
        Instant now = Times.kept(clock.instant());
        return written(right, claim, replay, now, () -> {
            right.again();
            replay.ifPresent(given -> answers.take(key(right.caller()), given, now));
            boolean limited = limits.checkFirst(claim, now);
            GateChange change = attempt(
                    audit,
                    right,
                    because + "; a second person must approve it: " + String.join(" ", need.reasons()),
                    plan,
                    now,
                    Optional.empty());
            approvals.ask(change, right.command(), plan, need);
            OperationView operation = operations.shown(change.operation().orElseThrow());
            limits.reserve(claim, limited, Optional.of(operation.id()), now);
            Outcome.Waiting<R> waiting = new Outcome.Waiting<>(operation, need.reasons());
            replay.ifPresent(given ->
                    answers.keep(key(right.caller()), given, given.render().apply(waiting)));
            return waiting;
        });
    }

    /** Does it in a transaction; what went on is woken. */
    private <R> Outcome<R> written(
            Right<R> right, Claim claim, Optional<Replay<R>> replay, Instant now, Supplier<Outcome<R>> work) {
        Outcome<R> outcome;
        try {
            limits.prepare(claim, now);
            outcome = tx.retrying(work::get);
        } catch (TxException e) {
            if (e.kind() == TxException.Kind.DUPLICATE) {
                Optional<Answer> kept = replay.flatMap(given -> answers.find(key(right.caller()), given, now));
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
        if (outcome instanceof Outcome.Accepted<R> accepted) {
            accepted.operation().ifPresent(operation -> worker.wake(operation.id()));
        }
        return outcome;
    }

    private <R> Outcome<R> effect(
            AuditLog audit,
            Right<R> right,
            String because,
            Plan<R> plan,
            Claim claim,
            Optional<Replay<R>> replay,
            Optional<Approved<R>> approved,
            Instant now) {
        Caller caller = right.caller();
        right.again();
        // what can refuse comes first, for a rollback with much written is slow on Derby; only who meets others at the
        // last of a limit is refused at the end
        replay.ifPresent(given -> answers.take(key(caller), given, now));
        Optional<AuditEntryId> asked = approved.map(this::takeOver);
        boolean limited = approved.isEmpty() && limits.checkFirst(claim, now);
        if (approved.isEmpty()) {
            Need need = approvals.count(caller, right.organization(), right.command(), plan, now);
            if (!need.none()) {
                throw new TooMany(need);
            }
        }
        String why = because + approved.map(one -> "; " + one.because()).orElse("");
        GateChange change = attempt(audit, right, why, plan, now, approved.map(Approved::operation));
        R result = plan.effect().apply(change);
        Optional<OperationView> operation = change.operation().map(operations::shown);
        // last, for its rows are ones that others wait for
        if (approved.isPresent()) {
            limits.end(
                    approved.get().operation(),
                    right.organization().id(),
                    approved.get().subject(),
                    false,
                    now);
            limited = limits.checkFirst(claim, now);
        }
        limits.reserve(claim, limited, change.operation(), now);
        if (operation.isEmpty()) {
            outcome(audit, right, plan, change.attempt(), "", change.notes);
            approved.ifPresent(
                    one -> operations.endWaiting(audit, one.operation(), Process.Ending.SUCCEEDED, one.because(), now));
        } else {
            asked.ifPresent(first ->
                    outcome(audit, right, plan, first, approved.orElseThrow().because(), Map.of()));
        }
        Outcome.Accepted<R> accepted = new Outcome.Accepted<>(result, operation);
        replay.ifPresent(
                given -> answers.keep(key(caller), given, given.render().apply(accepted)));
        return accepted;
    }

    /** What was approved is being done: its operation gives back what it held, for what takes its place. Tells its attempt. */
    private AuditEntryId takeOver(Approved<?> approved) {
        AuditEntryId asked = operations.waitingFor(approved.operation());
        if (!approvals.done(approved)) {
            throw Problem.CONFLICT.because("It does not wait any more.");
        }
        return asked;
    }

    private <R> GateChange attempt(
            AuditLog audit, Right<R> right, String because, Plan<R> plan, Instant now, Optional<OperationId> waited) {
        AuditEntryId attempt = audit.append(fact(
                AuditLog.Kind.ATTEMPT,
                right.caller(),
                right.command().action().key(),
                right.organization().id(),
                plan.subject(),
                AuditLog.Result.PENDING,
                Optional.empty(),
                because,
                Map.of()));
        return new GateChange(right, now, attempt, events, waited);
    }

    private <R> void outcome(
            AuditLog audit,
            Right<R> right,
            Plan<R> plan,
            AuditEntryId attempt,
            String because,
            Map<String, String> notes) {
        audit.append(fact(
                AuditLog.Kind.OUTCOME,
                right.caller(),
                right.command().action().key(),
                right.organization().id(),
                plan.subject(),
                AuditLog.Result.SUCCESS,
                Optional.of(attempt),
                because,
                notes));
    }

    private static AuditLog.Fact fact(
            AuditLog.Kind kind,
            Caller caller,
            String action,
            OrganizationId organization,
            Subject subject,
            AuditLog.Result result,
            Optional<AuditEntryId> attempt,
            String because,
            Map<String, String> data) {
        return new AuditLog.Fact(kind, caller, action, organization, subject, result, attempt, because, data);
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

    @Override
    public Optional<Class<? extends Command<?>>> type(String name) {
        return handlers.entrySet().stream()
                .filter(each ->
                        each.getKey().getName().equals(name) && each.getValue().present())
                .findFirst()
                .map(each -> commandClass(each.getKey()));
    }

    @SuppressWarnings("unchecked") // handlers are kept under the commands' classes
    private static Class<? extends Command<?>> commandClass(Class<?> type) {
        return (Class<? extends Command<?>>) type;
    }

    @Override
    public <R> void judge(Approved<R> approved) {
        judged(approved.asker(), approved.command(), Submission.plain(), Optional.of(approved));
    }

    /** Goes on with what was approved, and ends what nobody approved in time: from time to time. */
    public void tendApprovals() {
        approvals.tend(this);
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
        private final Optional<DepartmentId> department;
        private final Instant now;
        private final AuditEntryId attempt;
        private final EventLog events;
        private final Optional<OperationId> waited;
        private final Map<String, String> notes = new HashMap<>();
        private Optional<OperationId> operation = Optional.empty();

        GateChange(Right<?> right, Instant now, AuditEntryId attempt, EventLog events, Optional<OperationId> waited) {
            this.caller = right.caller();
            this.organization = right.organization().id();
            this.department = right.department();
            this.now = now;
            this.attempt = attempt;
            this.events = events;
            this.waited = waited;
        }

        @Override
        public Optional<OperationId> waited() {
            return waited;
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
        public Optional<DepartmentId> department() {
            return department;
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
        public void note(String name, String value) {
            notes.put(name, value);
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
