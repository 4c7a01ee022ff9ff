// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.approval;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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
import org.isthmus.api.gate.LimitProblem;
import org.isthmus.api.gate.Making;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.gate.Plan.Violation;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.price.Estimate;
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
import org.isthmus.model.Ids.UserId;
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
    private static final int MOST_WAITING = 20;
    /** How long something else may be at work on the thing after the decision. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** How long somebody who had the keys of another counts as able to be that one, unless an operator says otherwise. */
    public static final Duration APART = Duration.ofDays(3);

    private final Tx tx;
    private final Clock clock;
    private final Ids ids;
    private final Swaps swaps;
    private final CoreOperations operations;
    private final Supplier<Seal> seal;
    private final Runnable wake;
    private final Duration apart;
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
     * @param subject what it was about
     * @param monthly what it was to cost a month
     */
    public record Approved<R>(
            ApprovalId approval,
            OperationId operation,
            Caller asker,
            Command<R> command,
            Subject subject,
            Money monthly,
            String because) {
        /** That the plan of now is of the same thing and costs no more: names and prices may mean something else by now. */
        public void requireSame(Plan<?> plan) {
            boolean same = command instanceof Making<?>
                    || makes(plan)
                    || plan.subject().equals(subject);
            if (!same || plan.estimate().monthly().amount().compareTo(monthly.amount()) > 0) {
                throw ApprovalProblem.SOMETHING_ELSE.because(
                        "It would be about %s %s by now, for %s a month; it was approved for %s %s and %s. Ask anew.",
                        plan.subject().kind(),
                        plan.subject().id(),
                        plan.estimate().monthly(),
                        subject.kind(),
                        subject.id(),
                        monthly);
            }
        }

        /** Something new has a new id each time it is planned. */
        private boolean makes(Plan<?> plan) {
            return command.action().key().endsWith(".create")
                    || !command.about().kind().equals(plan.subject().kind());
        }
    }

    /**
     * Approvals.
     *
     * @param seal there when the first request with a secret in it waits
     * @param wake says that {@link #tend} has something to do. Quick
     * @param apart how long keys of another count, 0 for not at all
     */
    public CoreApprovals(
            Tx tx,
            Clock clock,
            Ids ids,
            Swaps swaps,
            CoreOperations operations,
            Supplier<Seal> seal,
            Runnable wake,
            Duration apart) {
        this.tx = tx;
        this.clock = clock;
        this.ids = ids;
        this.swaps = swaps;
        this.operations = operations;
        this.seal = seal;
        this.wake = wake;
        this.apart = apart;
        this.store = new ApprovalStore(tx);
        operations.whenWithdrawn(this::withdrawn);
    }

    /**
     * Why a second person is asked for this, as far as can be said before it is done.
     *
     * @param adds whether the thing will cost more than it does
     */
    public Need needed(
            Caller caller,
            OrganizationView organization,
            Command<?> command,
            Plan<?> plan,
            BooleanSupplier adds,
            boolean dryRun) {
        if (caller.user().isEmpty() || decides(command)) {
            return Need.NONE;
        }
        Policy policy = organization.policy();
        List<String> reasons = new ArrayList<>(plan.approval());
        Optional<String> dear = dear(organization, plan.estimate());
        boolean money = dear.isPresent() && adds.getAsBoolean();
        if (money) {
            reasons.add(dear.get());
        }
        if (counts(plan, policy) && full(caller, policy, dryRun)) {
            reasons.add(tooMany(organization));
        }
        return new Need(reasons, money && reasons.size() == 1);
    }

    /** Why a second person is asked about a cost, where it is one that a user adds. */
    public static Optional<String> dear(OrganizationView organization, Estimate estimate) {
        Money monthly = estimate.monthly();
        return organization
                .policy()
                .approvalAbove()
                .filter(most -> most.amount().compareTo(monthly.amount()) < 0)
                .map(most -> "approvalAbove of " + organization.name() + " is " + most + " a month, and this will cost "
                        + monthly + ". " + Violation.changed(organization));
    }

    /** To decide is to be the second person: nobody is asked once more. */
    private static boolean decides(Command<?> command) {
        return command instanceof Approve || command instanceof Reject || command instanceof Withdraw;
    }

    private boolean full(Caller caller, Policy policy, boolean dryRun) {
        int most = policy.bulkDeleteThreshold();
        for (String each : counted(caller)) {
            if (!dryRun) {
                store.places(each, most);
            }
            if (store.placed(each, most) && !store.free(each, most, since(clock.instant()))) {
                return true;
            }
        }
        return false;
    }

    private static String tooMany(OrganizationView organization) {
        return "bulkDeleteThreshold of " + organization.name() + ": "
                + organization.policy().bulkDeleteThreshold()
                + " times within " + Policy.BULK.toMinutes()
                + " minutes one person destroys something alone. "
                + Violation.changed(organization);
    }

    private static boolean counts(Plan<?> plan, Policy policy) {
        return policy.bulkDeleteThreshold() > 0 && plan.destructive();
    }

    private static long since(Instant now) {
        return Times.micros(now.minus(Policy.BULK));
    }

    /** Whose places a deletion takes: the account's own, and those of who is behind a service account. */
    private SortedSet<String> counted(Caller caller) {
        SortedSet<String> all = new TreeSet<>(ids(hands(caller, Duration.ZERO)));
        all.add(caller.user().orElseThrow().value());
        return all;
    }

    private Access.Hands hands(Caller caller, Duration keys) {
        return swaps.access().call(access -> access.hands(caller, keys));
    }

    private static Set<String> ids(Access.Hands hands) {
        return hands.all().stream().map(UserId::value).collect(Collectors.toSet());
    }

    /** Counts a deletion, inside the gate's transaction; what it says is why a second person must be asked after all. */
    public Need count(Caller caller, OrganizationView organization, Command<?> command, Plan<?> plan, Instant now) {
        if (caller.user().isEmpty() || decides(command) || !counts(plan, organization.policy())) {
            return Need.NONE;
        }
        for (String each : counted(caller)) {
            if (!store.take(each, organization.policy().bulkDeleteThreshold(), since(now), Times.micros(now))) {
                return new Need(List.of(tooMany(organization)), false);
            }
        }
        return Need.NONE;
    }

    /** Writes a request down, with an operation that waits, inside the gate's transaction. */
    public OperationId ask(Change change, Command<?> command, Plan<?> plan, Need need) {
        Access.Hands hands = hands(change.caller(), apart);
        if (!hands.person() && hands.all().size() < 2) {
            throw IdentityProblem.NOBODY_RESPONSIBLE.because(
                    "A second person must approve this, and nobody answers for this service account, so nobody knows who the"
                            + " first is. Somebody with user.change names one: PATCH …/users/{user} with responsible.");
        }
        if (store.waitingOf(change.caller().username()) >= MOST_WAITING) {
            throw Problem.CONFLICT.because(
                    "%d of your requests wait for a second person; have them decided, or take some back.",
                    MOST_WAITING);
        }
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
                ids(hands),
                CommandText.shown(command),
                need.reasons(),
                plan.estimate(),
                need.money(),
                plan.destructive(),
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
        return List.of(
                new Handling<>(Approve.class, this::approve),
                new Handling<>(Reject.class, this::reject),
                // one's own, whatever one may do otherwise
                new Handling<>(Withdraw.class, this::withdraw, (organization, wish, department) -> List.of()));
    }

    private Plan<ApprovalView> approve(Caller caller, OrganizationView organization, Approve wish) {
        Request request = waiting(organization, wish.approval());
        requireOther(caller, request);
        requireMay(caller, organization, request);
        Plan<ApprovalView> plan = Plan.of(Subject.of("approval", request.id()), change -> {
            decide(change, request, State.APPROVED, Optional.empty());
            tx.afterCommit(wake);
            return must(request.id()).view();
        });
        // whoever lets something be destroyed proves who they are like whoever destroys it
        return request.destructive() ? plan.destroying() : plan;
    }

    private Plan<ApprovalView> withdraw(Caller caller, OrganizationView organization, Withdraw wish) {
        Request request = store.find(wish.approval())
                .filter(found -> found.organization().equals(organization.id()))
                .filter(found -> caller.user().isPresent()
                        && caller.user().equals(found.asker().user()))
                .orElseThrow(() -> absent(wish.approval().value()));
        return Plan.of(Subject.of("approval", request.id()), change -> {
            takeBack(request);
            end(request, Process.Ending.CANCELLED, "taken back", change.now());
            return must(request.id()).view();
        });
    }

    /** What waits does not any more, inside a transaction; what was approved meanwhile goes on. */
    private void takeBack(Request request) {
        if (!store.move(
                request.id(), State.WAITING, State.WITHDRAWN, Optional.empty(), Optional.empty(), Optional.empty())) {
            throw notWaiting(must(request.id()));
        }
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

    /** Four eyes: a person, in a login of their own, who is not behind the asker in any way. */
    private void requireOther(Caller caller, Request request) {
        if (caller.user().isEmpty()) {
            // root of the machine is nobody's second person by a login; it is written down who that was
            return;
        }
        Access.Hands mine = hands(caller, apart);
        boolean login = caller.session().isPresent() || caller.door() == Caller.Door.SHELL;
        if (!mine.person() || !login) {
            throw ApprovalProblem.OWN_REQUEST.because(
                    "A person decides, in a session of their own: no token and no service account.");
        }
        Set<String> askers = new HashSet<>(ids(hands(request.asker(), apart)));
        askers.addAll(request.behind());
        request.asker().user().map(UserId::value).ifPresent(askers::add);
        if (!Collections.disjoint(askers, ids(mine))) {
            throw ApprovalProblem.OWN_REQUEST.because(
                    "You and %s, who asked for this, could be one: it is you, you answer for it, or one has made the other's"
                            + " account or token, set its password or taken its second factor, or somebody else did so with"
                            + " both, within the last %d hours. Somebody else must decide.",
                    request.asker().username(), apart.toHours());
        }
    }

    /** Nobody lets others do what they may not do themself; for money it is enough to be who sets limits. */
    private void requireMay(Caller caller, OrganizationView organization, Request request) {
        Ref of = Ref.of(organization.id());
        Action action = Action.byKey(request.action())
                .orElseThrow(() -> new IllegalStateException("No action " + request.action()));
        swaps.access().call(access -> {
            boolean spends = request.money()
                    && access.decide(caller, Action.LIMIT_SET, of).verdict() == Access.Verdict.ALLOWED;
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
            if (again(request, e)) {
                LOG.info("{} is tried again: {}", request.id(), e.getMessage());
                return;
            }
            over(request, State.APPROVED, State.REFUSED, Process.Ending.FAILED, "Approved, but: " + e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("{} is tried again", request.id(), e);
        }
    }

    /** Whether what is in the way may go away by itself soon: something else is at work on the thing, or was just now. */
    private boolean again(Request request, ProblemException e) {
        boolean passing = (e.type().status() == 409 || e.type().status() == 412) && e.type() != LimitProblem.EXCEEDED;
        Instant since = request.decidedAt().orElse(request.createdAt());
        return passing && clock.instant().isBefore(since.plus(PATIENCE));
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
                request.subject(),
                request.estimate().monthly(),
                "approved by " + request.decidedBy().orElse("") + " (" + request.id() + ")"));
        operations.tell(request.operation());
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

    /** Somebody cancels the operation: first the request, as everywhere. */
    private void withdrawn(OperationId operation) {
        store.of(operation).ifPresent(this::takeBack);
    }

    /** Goes on with what a crash or an absent part has left approved, and ends what nobody decided: from time to time. */
    public void tend(Judge judge) {
        for (Request request : store.due(clock.instant(), MOST_AT_ONCE)) {
            try {
                tend(request, judge);
            } catch (RuntimeException e) {
                LOG.warn("{} is looked at again at the next turn: {}", request.id(), e.toString());
            }
        }
    }

    private void tend(Request request, Judge judge) {
        boolean late = !clock.instant().isBefore(request.expiresAt());
        if (request.state() == State.APPROVED && !late) {
            carryOutOrEnd(request, judge);
        } else if (request.state() == State.APPROVED) {
            over(
                    request,
                    State.APPROVED,
                    State.REFUSED,
                    Process.Ending.FAILED,
                    "It was approved, but could not be done in time.");
        } else {
            over(
                    request,
                    State.WAITING,
                    State.EXPIRED,
                    Process.Ending.CANCELLED,
                    "Nobody decided within " + LASTS.toDays() + " days.");
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
