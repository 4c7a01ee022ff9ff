// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.operation.Operations;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.core.Cursor;
import org.isthmus.core.Things;
import org.isthmus.core.Times;
import org.isthmus.core.event.EventLog;
import org.isthmus.core.limit.Limits;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;

/** Operations as they are shown, waited for, cancelled, and what their end writes. */
public final class CoreOperations implements Operations, Worker.Endings {
    private static final Set<String> FILTERS = Set.of("state", "type", "subject");

    private final Tx tx;
    private final OperationStore store;
    private final Processes processes;
    private final Swaps swaps;
    private final EventLog events;
    private final Limits limits;
    private final Things things;
    private final Ids ids;
    private final Ends ends = new Ends();
    private volatile Consumer<OperationId> withdrawn = any -> {};

    public CoreOperations(
            Tx tx, Ids ids, OperationStore store, Processes processes, Swaps swaps, EventLog events, Limits limits) {
        this.ids = ids;
        this.tx = tx;
        this.store = store;
        this.processes = processes;
        this.swaps = swaps;
        this.events = events;
        this.limits = limits;
        this.things = new Things(tx);
    }

    @Override
    public Page<OperationView> list(Caller caller, Ref organization, Query query) {
        Reach reach = reach(caller, Action.OPERATION_READ, organization);
        for (String field : query.equal().keySet()) {
            if (!FILTERS.contains(field)) {
                throw Problem.MALFORMED.at(field, "Operations are filtered by state, type and subject, not by this.");
            }
        }
        int limit = query.page().limit();
        List<OperationRecord> rows = store.list(
                reach, caller.username(), query.equal(), query.page().cursor().map(Cursor::key), limit + 1);
        return Page.of(rows, limit, row -> Cursor.of(row.id().value())).map(this::view);
    }

    @Override
    public OperationView get(Caller caller, Ref organization, Ref ref) {
        return view(inReach(caller, found(ref.text()), reach(caller, Action.OPERATION_READ, organization)));
    }

    private Reach reach(Caller caller, Action action, Ref organization) {
        return swaps.access().call(access -> access.reach(caller, action, organization));
    }

    /** The same operation, when it is of that organization and in reach of the caller. */
    private OperationRecord inReach(Caller caller, OperationRecord row, Reach reach) {
        if (!row.organization().equals(reach.organization().id()) || !store.inReach(row, reach, caller.username())) {
            throw absent(row.id().value());
        }
        return row;
    }

    @Override
    public OperationView get(Caller caller, OperationId operation) {
        return view(visible(caller, operation));
    }

    @Override
    public OperationView await(Caller caller, OperationId operation, Duration longest) {
        long end = System.nanoTime() + longest.toNanos();
        // an end is heard from before it is looked at, so that none is slept through
        try (Ends.Waiting waiting = ends.waiting(operation)) {
            OperationView view = get(caller, operation);
            long left = end - System.nanoTime();
            while (!view.state().ended() && left > 0) {
                // another controller may end it without telling us: look once a second anyway
                boolean goesOn = waiting.await(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
                view = view(found(operation.value()));
                left = goesOn ? end - System.nanoTime() : 0;
            }
            return view;
        }
    }

    private OperationRecord visible(Caller caller, OperationId operation) {
        OperationRecord row = found(operation.value());
        try {
            return inReach(caller, row, reach(caller, Action.OPERATION_READ, Ref.of(row.organization())));
        } catch (ProblemException e) {
            // whether it is there cannot show
            throw e.type() == Problem.PASSWORD_CHANGE_NEEDED ? e : absent(operation.value());
        }
    }

    private OperationRecord found(String id) {
        OperationId operation;
        try {
            operation = new OperationId(id);
        } catch (IllegalArgumentException e) {
            throw absent(id);
        }
        return store.find(operation).orElseThrow(() -> absent(id));
    }

    private static org.isthmus.api.ProblemException absent(String id) {
        return Problem.NOT_FOUND.because("There is no operation %s here.", id);
    }

    /** The operation as it is, for the gate's own answer. */
    public OperationView shown(OperationId operation) {
        return view(found(operation.value()));
    }

    private OperationView view(OperationRecord row) {
        return row.view(processes.find(row.type()).map(Process::steps).orElse(List.of()));
    }

    @Override
    public StepChange change(OrganizationId organization, Instant now) {
        return new StepChange() {
            @Override
            public Instant now() {
                return now;
            }

            @Override
            public void event(String type, Subject subject, Map<String, String> data) {
                events.append(now, organization, type, subject, data);
            }
        };
    }

    @Override
    public <R> R logged(Function<AuditLog, R> work) {
        return swaps.audit().call(work);
    }

    @Override
    public void write(AuditLog log, OperationRecord row, Process.Ending ending, Instant now) {
        AuditLog.Result result = ending == Process.Ending.SUCCEEDED ? AuditLog.Result.SUCCESS : AuditLog.Result.FAILURE;
        String reason = row.reason().orElse("");
        log.append(new AuditLog.Fact(
                AuditLog.Kind.OUTCOME,
                row.caller(),
                row.type(),
                row.organization(),
                row.subject(),
                result,
                java.util.Optional.of(row.attempt()),
                reason,
                Map.of("operation", row.id().value(), "ending", ending.name())));
        String event = "operation." + ending.name().toLowerCase(java.util.Locale.ROOT);
        events.append(
                now,
                row.organization(),
                event,
                Subject.of("operation", row.id()),
                Map.of("type", row.type(), "subject", row.subject().id(), "reason", cut(reason)));
        limits.end(row.id(), row.organization(), row.subject(), ending == Process.Ending.SUCCEEDED, now);
    }

    /** Writes down an operation that waits for a second person, inside the gate's transaction. */
    public OperationId wait(Change change, String type, Subject subject) {
        OperationId id = ids.operation();
        store.insert(OperationRecord.waiting(
                id,
                change.organization(),
                type,
                subject,
                change.caller(),
                change.attempt(),
                Times.micros(change.now())));
        change.event("operation.requested", Subject.of("operation", id), Map.of("type", type, "subject", subject.id()));
        change.operation(id);
        return id;
    }

    /** The audit entry of the attempt that waits for a second person; CONFLICT when it does not wait any more. */
    public AuditEntryId waitingFor(OperationId operation) {
        OperationRecord row = found(operation.value());
        if (row.state() != OperationState.WAITING_APPROVAL) {
            throw Problem.CONFLICT.because("The operation %s does not wait any more: it is %s.", row.id(), row.state());
        }
        return row.attempt();
    }

    /** Ends one that waits, with all that an end writes, inside a transaction. */
    public void endWaiting(AuditLog log, OperationId id, Process.Ending ending, String reason, Instant now) {
        store.endWaiting(
                        id,
                        OperationState.valueOf(ending.name()),
                        Optional.of(reason).filter(text -> !text.isEmpty()),
                        Times.micros(now))
                .ifPresentOrElse(row -> write(log, row, ending, now), () -> {
                    throw Problem.CONFLICT.because("The operation %s does not wait any more.", id);
                });
    }

    /** Called in the transaction in which somebody cancels what waits for a second person. */
    public void whenWithdrawn(Consumer<OperationId> heard) {
        withdrawn = heard;
    }

    private static String cut(String reason) {
        return reason.length() <= 1000 ? reason : reason.substring(0, 999) + "…";
    }

    @Override
    public void tell(OperationId operation) {
        ends.tell(operation);
    }

    private Plan<OperationView> withdraw(OperationRecord row) {
        return Plan.of(Subject.of("operation", row.id()), change -> {
            withdrawn.accept(row.id());
            logged(log -> {
                endWaiting(log, row.id(), Process.Ending.CANCELLED, "cancelled", change.now());
                return null;
            });
            tx.afterCommit(() -> tell(row.id()));
            return shown(row.id());
        });
    }

    /** What is about something else, or about what is gone, is for those who may everywhere. */
    private List<Resource> parts(OperationRecord row) {
        List<Resource> parts = processes
                .find(row.type())
                .map(process -> things.find(row.organization(), process.things(row.subject())))
                .orElse(List.of());
        return parts.isEmpty() ? List.of(Resource.WHOLE_ORGANIZATION) : parts;
    }

    /** The handler of {@link CancelOperation}. */
    public CommandHandler<CancelOperation, OperationView> cancelHandler(java.util.function.Consumer<OperationId> wake) {
        return new CommandHandler<>() {
            @Override
            public Class<CancelOperation> handles() {
                return CancelOperation.class;
            }

            @Override
            public List<Resource> touches(
                    OrganizationView organization, CancelOperation command, Optional<DepartmentId> department) {
                return store.find(command.operation())
                        .filter(row -> row.organization().equals(organization.id()))
                        .map(row -> things.find(organization.id(), row.subject())
                                .map(List::of)
                                .orElseGet(() -> parts(row)))
                        .orElse(List.of());
            }

            @Override
            public Plan<OperationView> plan(Caller caller, OrganizationView organization, CancelOperation command) {
                OperationRecord row = found(command.operation().value());
                if (!row.organization().equals(organization.id())) {
                    throw absent(command.operation().value());
                }
                if (row.state().ended()) {
                    throw Problem.CONFLICT.because(
                            "The operation has ended (%s); there is nothing to cancel.", row.state());
                }
                if (row.state() == OperationState.WAITING_APPROVAL) {
                    // nothing of the process that may come of it has begun
                    return withdraw(row);
                }
                if (row.undoing()
                        || !processes
                                .find(row.type())
                                .map(process -> process.cancellable(row.step()))
                                .orElse(true)) {
                    throw Problem.CONFLICT.because(
                            "The operation is at step %s, which cannot be cancelled; wait until it ends.", row.step());
                }
                return Plan.of(Subject.of("operation", row.id()), change -> {
                    if (!store.askCancel(row.id(), Times.micros(change.now()))) {
                        throw Problem.CONFLICT.because("The operation has just ended; there is nothing to cancel.");
                    }
                    change.event("operation.cancel-asked", Subject.of("operation", row.id()), Map.of());
                    tx.afterCommit(() -> wake.accept(row.id()));
                    return shown(row.id());
                });
            }
        };
    }
}
