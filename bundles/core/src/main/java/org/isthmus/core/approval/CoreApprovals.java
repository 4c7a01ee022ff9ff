// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.approval;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.approval.ApprovalProblem;
import org.isthmus.api.approval.Approvals;
import org.isthmus.api.gate.Change;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.core.Cursor;
import org.isthmus.core.Handling;
import org.isthmus.core.Times;
import org.isthmus.core.operation.CoreOperations;
import org.isthmus.core.operation.Process;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.ApprovalId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Money;
import org.isthmus.model.Page;
import org.isthmus.model.Secret;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What needs a second person, who decides, and that what was decided happens: also after a crash. */
public final class CoreApprovals implements Approvals {
    private static final Logger LOG = LoggerFactory.getLogger(CoreApprovals.class);
    private static final int MOST_AT_ONCE = 100;

    private final Tx tx;
    private final Clock clock;
    private final Ids ids;
    private final Swaps swaps;
    private final CoreOperations operations;
    private final Supplier<Seal> seal;
    private final Runnable wake;
    private final ApprovalStore store;

    /** The gate, which judges again what was approved, and knows the commands there are. */
    public interface Judge {
        /** The class of a command of this name, when something carries it out now. */
        Optional<Class<? extends Command<?>>> type(String name);

        /**
         * Judges it as its asker's, past the question for a second person.
         *
         * @throws ProblemException when it is refused now
         */
        <R> void judge(Approved<R> approved);
    }

    /**
     * What was approved.
     *
     * @param operation that waits for it
     */
    public record Approved<R>(
            ApprovalId approval, OperationId operation, Caller asker, Command<R> command, String because) {}

    /**
     * Approvals.
     *
     * @param seal there when the first request with a secret in it waits
     * @param wake says that {@link #tend} has something to do. Quick
     */
    public CoreApprovals(
            Tx tx, Clock clock, Ids ids, Swaps swaps, CoreOperations operations, Supplier<Seal> seal, Runnable wake) {
        this.tx = tx;
        this.clock = clock;
        this.ids = ids;
        this.swaps = swaps;
        this.operations = operations;
        this.seal = seal;
        this.wake = wake;
        this.store = new ApprovalStore(tx);
        operations.whenWithdrawn(this::withdrawn);
    }

    /** Why a second person is asked for this, as far as can be said before it is done. */
    public Need needed(Caller caller, OrganizationView organization, Command<?> command, Plan<?> plan) {
        if (caller.user().isEmpty()) {
            return Need.NONE;
        }
        Policy policy = organization.policy();
        List<String> reasons = new ArrayList<>(plan.approval());
        Money monthly = plan.estimate().monthly();
        boolean money = policy.approvalAbove()
                .filter(most -> most.amount().compareTo(monthly.amount()) < 0)
                .isPresent();
        if (money) {
            reasons.add("approvalAbove of " + organization.name() + " is "
                    + policy.approvalAbove().get() + " a month, and this costs " + monthly + ".");
        }
        if (isDeletion(command, plan, policy)) {
            store.places(person(caller), policy.bulkDeleteThreshold());
            if (!store.free(person(caller), policy.bulkDeleteThreshold(), since(clock.instant()))) {
                reasons.add(tooManyDeletions(organization));
            }
        }
        return new Need(reasons, money && reasons.size() == 1);
    }

    private static String tooManyDeletions(OrganizationView organization) {
        return "bulkDeleteThreshold of " + organization.name() + " is "
                + organization.policy().bulkDeleteThreshold() + " deletions by one person within "
                + Policy.BULK.toMinutes() + " minutes.";
    }

    private static boolean isDeletion(Command<?> command, Plan<?> plan, Policy policy) {
        return policy.bulkDeleteThreshold() > 0
                && plan.destructive()
                && command.action().key().endsWith(".delete");
    }

    private static long since(Instant now) {
        return Times.micros(now.minus(Policy.BULK));
    }

    private String person(Caller caller) {
        return swaps.access()
                .call(access -> access.person(caller))
                .orElse(caller.user().orElseThrow())
                .value();
    }

    /** Counts a deletion, inside the gate's transaction; what it says is why a second person must be asked after all. */
    public Need count(Caller caller, OrganizationView organization, Command<?> command, Plan<?> plan, Instant now) {
        if (caller.user().isEmpty() || !isDeletion(command, plan, organization.policy())) {
            return Need.NONE;
        }
        boolean taken =
                store.take(person(caller), organization.policy().bulkDeleteThreshold(), since(now), Times.micros(now));
        return taken ? Need.NONE : new Need(List.of(tooManyDeletions(organization)), false);
    }

    /** Writes a request down, with an operation that waits, inside the gate's transaction. */
    public OperationId ask(Change change, Command<?> command, Plan<?> plan, Need need) {
        ApprovalId id = ids.approval();
        OperationId operation = operations.wait(change, command.action().key(), plan.subject());
        Request request = new Request(
                id,
                change.organization(),
                operation,
                command.action().key(),
                plan.subject(),
                change.caller(),
                command.getClass().getName(),
                CommandText.write(command, text -> seal.get().seal(new Secret(text), place(id))),
                need.reasons(),
                plan.estimate(),
                need.money(),
                State.WAITING,
                Times.kept(change.now().plus(LASTS)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Times.kept(change.now()),
                1);
        store.insert(request);
        change.event(
                "approval.requested",
                Subject.of("approval", id),
                Map.of(
                        "action",
                        request.action(),
                        "subject",
                        plan.subject().kind() + " " + plan.subject().id(),
                        "by",
                        change.caller().username()));
        return operation;
    }

    private static String place(ApprovalId id) {
        return "apr_approval " + id;
    }

    /** What carries out the commands. */
    public List<CommandHandler<?, ?>> handlers() {
        return List.of(new Handling<>(Approve.class, this::approve), new Handling<>(Reject.class, this::reject));
    }

    private Plan<ApprovalView> approve(Caller caller, OrganizationView organization, Approve wish) {
        Request request = waiting(organization, wish.approval());
        requireOther(caller, request);
        requireMay(caller, organization, request);
        return Plan.of(Subject.of("approval", request.id()), change -> {
            decide(change, request, State.APPROVED, Optional.empty());
            tx.afterCommit(wake);
            return must(request.id()).view();
        });
    }

    private Plan<ApprovalView> reject(Caller caller, OrganizationView organization, Reject wish) {
        Request request = waiting(organization, wish.approval());
        requireOther(caller, request);
        requireMay(caller, organization, request);
        return Plan.of(Subject.of("approval", request.id()), change -> {
            decide(change, request, State.REJECTED, wish.comment());
            end(
                    request,
                    Process.Ending.CANCELLED,
                    change.caller().username() + " rejected it"
                            + wish.comment().map(text -> ": " + text).orElse("."),
                    change.now());
            return must(request.id()).view();
        });
    }

    private void decide(Change change, Request request, State to, Optional<String> comment) {
        if (!store.move(
                request.id(),
                State.WAITING,
                to,
                Optional.of(change.caller().username()),
                Optional.of(change.now()),
                comment)) {
            throw notWaiting(must(request.id()));
        }
        change.event(
                "approval." + to.name().toLowerCase(Locale.ROOT),
                Subject.of("approval", request.id()),
                Map.of(
                        "action",
                        request.action(),
                        "asker",
                        request.asker().username(),
                        "by",
                        change.caller().username()));
    }

    private Request waiting(OrganizationView organization, ApprovalId id) {
        Request found = store.find(id)
                .filter(request -> request.organization().equals(organization.id()))
                .orElseThrow(() -> absent(id.value()));
        if (found.state() != State.WAITING || !clock.instant().isBefore(found.expiresAt())) {
            throw notWaiting(found);
        }
        return found;
    }

    private static ProblemException notWaiting(Request request) {
        return ApprovalProblem.NOT_WAITING.because(
                "The request is %s; it waited until %s at most.", request.state(), request.expiresAt());
    }

    private static ProblemException absent(String id) {
        return Problem.NOT_FOUND.because("There is no request %s in this organization.", id);
    }

    /** Four eyes: not the asker, nor the person who is behind either of them. */
    private void requireOther(Caller caller, Request request) {
        if (caller.user().isEmpty()) {
            // root of the machine is nobody's second person by a login; it is written down who that was
            return;
        }
        boolean same = person(caller).equals(person(request.asker()))
                || caller.user().equals(request.asker().user());
        if (same) {
            throw ApprovalProblem.OWN_REQUEST.because(
                    "%s asked for this; somebody else must decide.",
                    request.asker().username());
        }
    }

    /** Nobody lets others do what they may not do themself; for money it is enough to be who sets limits. */
    private void requireMay(Caller caller, OrganizationView organization, Request request) {
        Ref of = Ref.of(organization.id());
        Action action = Action.byKey(request.action())
                .orElseThrow(() -> new IllegalStateException("No action " + request.action()));
        swaps.access().call(access -> {
            boolean spends = request.money()
                    && access.decide(caller, Action.LIMIT_SET, of).verdict()
                            == org.isthmus.api.identity.Access.Verdict.ALLOWED;
            return spends ? organization : access.require(caller, action, of);
        });
    }

    private Request must(ApprovalId id) {
        return store.find(id).orElseThrow(() -> absent(id.value()));
    }

    /** Judges what was approved again and lets it happen; what is refused now ends with why. Nothing when it is over. */
    private void carryOutOrEnd(Request request, Judge judge) {
        try {
            carryOut(request, judge);
        } catch (ProblemException e) {
            if (e.type().status() >= 500) {
                LOG.info("{} is carried out later: {}", request.id(), e.getMessage());
                return;
            }
            over(request, State.APPROVED, State.REFUSED, Process.Ending.FAILED, "Approved, but: " + e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("{} is tried again", request.id(), e);
        }
    }

    private void carryOut(Request request, Judge judge) {
        Optional<Class<? extends Command<?>>> type = judge.type(request.commandType());
        if (type.isEmpty()) {
            LOG.info("{} waits for the part that does {}", request.id(), request.action());
            return;
        }
        Command<?> command = CommandText.read(type.get(), request.command(), text -> seal.get()
                .open(text, place(request.id()))
                .reveal());
        judge.judge(new Approved<>(
                request.id(),
                request.operation(),
                request.asker(),
                command,
                "approved by " + request.decidedBy().orElse("") + " (" + request.id() + ")"));
    }

    /** It is being done, inside the gate's transaction; false when another controller was first. */
    public boolean done(Approved<?> approved) {
        return store.move(
                approved.approval(), State.APPROVED, State.DONE, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private void over(Request request, State from, State to, Process.Ending ending, String reason) {
        boolean moved = swaps.audit()
                .call(audit -> tx.retrying(() -> {
                    boolean first =
                            store.move(request.id(), from, to, Optional.empty(), Optional.empty(), Optional.empty());
                    if (first) {
                        operations.endWaiting(audit, request.operation(), ending, reason, Times.kept(clock.instant()));
                    }
                    return first;
                }));
        if (moved) {
            operations.tell(request.operation());
        }
    }

    private void end(Request request, Process.Ending ending, String reason, Instant now) {
        swaps.audit().call(audit -> {
            operations.endWaiting(audit, request.operation(), ending, reason, now);
            return null;
        });
        tx.afterCommit(() -> operations.tell(request.operation()));
    }

    private void withdrawn(OperationId operation) {
        store.of(operation)
                .ifPresent(request -> store.move(
                        request.id(),
                        State.WAITING,
                        State.WITHDRAWN,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
    }

    /** Goes on with what a crash or an absent part has left approved, and ends what nobody decided: from time to time. */
    public void tend(Judge judge) {
        for (Request request : store.due(clock.instant(), MOST_AT_ONCE)) {
            if (request.state() == State.APPROVED) {
                carryOutOrEnd(request, judge);
            } else {
                over(
                        request,
                        State.WAITING,
                        State.EXPIRED,
                        Process.Ending.CANCELLED,
                        "Nobody decided within " + LASTS.toDays() + " days.");
            }
        }
    }

    @Override
    public Page<ApprovalView> list(Caller caller, Ref organization, Query query) {
        OrganizationId in = may(caller, organization);
        Optional<State> state = Optional.empty();
        for (Map.Entry<String, String> filter : query.equal().entrySet()) {
            if (!filter.getKey().equals("state")) {
                throw Problem.MALFORMED.at(filter.getKey(), "Requests are filtered by state, not by this.");
            }
            state = Optional.of(state(filter.getValue()));
        }
        int limit = query.page().limit();
        List<Request> rows = store.list(in, state, query.page().cursor().map(Cursor::key), limit + 1);
        return Page.of(rows, limit, row -> Cursor.of(row.id().value())).map(Request::view);
    }

    private static State state(String text) {
        try {
            return State.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("state", "state is one of " + List.of(State.values()) + ".");
        }
    }

    @Override
    public ApprovalView get(Caller caller, Ref organization, Ref ref) {
        OrganizationId in = may(caller, organization);
        Function<String, Optional<Request>> find = text -> store.find(new ApprovalId(text));
        return Optional.of(ref)
                .filter(one -> one.isId(ApprovalId.PREFIX))
                .flatMap(one -> find.apply(one.text()))
                .filter(request -> request.organization().equals(in))
                .map(Request::view)
                .orElseThrow(() -> absent(ref.text()));
    }

    private OrganizationId may(Caller caller, Ref organization) {
        return swaps.access()
                .call(access -> access.require(caller, Action.APPROVAL_READ, organization))
                .id();
    }
}
