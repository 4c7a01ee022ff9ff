// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.gate.Gate.Outcome;
import org.isthmus.api.identity.Access;
import org.isthmus.api.operation.Operations.CancelOperation;
import org.isthmus.api.server.MoveBatchView.MoveState;
import org.isthmus.api.server.MoveBatches.OnFailure;
import org.isthmus.api.server.ServerView;
import org.isthmus.core.Steps;
import org.isthmus.core.operation.DriverAway;
import org.isthmus.core.operation.Process;
import org.isthmus.core.operation.Run;
import org.isthmus.core.operation.StepChange;
import org.isthmus.core.operation.StepOutcome;
import org.isthmus.core.server.MoveBatch.Standing;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids.MoveBatchId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverException;
import org.isthmus.store.Tx;
import org.isthmus.store.TxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the servers of a batch, some at a time: each by the command that moves one, on behalf of who asked, with their rights and
 * the limits of that moment. Which operation moves which server is written in the transaction that makes that operation, so
 * whoever goes on after a crash knows.
 */
final class MoveBatchRun implements Process {
    static final String TYPE = "server.move-batch";

    private static final Logger LOG = LoggerFactory.getLogger(MoveBatchRun.class);

    /** It is told when a move ends; this is for ends that nobody tells of, such as a refused approval. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private static final Duration LATER = Duration.ofSeconds(30);

    /** Two at the same moment, or too many that wait for a second person: looked at again, so often. */
    private static final int MOST_CONFLICTS = 20;

    /** What is done, in order. */
    public enum Step {
        /** Moves are begun as others end, until all have. */
        MOVE
    }

    private final Tx tx;
    private final MoveBatchStore store;
    private final Swaps swaps;
    private final Supplier<Gate> gate;

    MoveBatchRun(Tx tx, MoveBatchStore store, Swaps swaps, Supplier<Gate> gate) {
        this.tx = tx;
        this.store = store;
        this.swaps = swaps;
        this.gate = gate;
    }

    @Override
    public List<Subject> things(Subject batch) {
        return tx.read(() -> store.moves(new MoveBatchId(batch.id())).stream()
                .map(move -> Subject.of("server", move.wished().server()))
                .toList());
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public List<String> steps() {
        return Steps.of(Step.class);
    }

    /** Two hundred large servers over a thin line. */
    @Override
    public Duration longest() {
        return Duration.ofDays(60);
    }

    private MoveBatch batch(Run run) {
        return tx.read(() -> store.must(new MoveBatchId(run.subject().id())).batch());
    }

    private List<Standing> moves(MoveBatch batch) {
        return tx.read(() -> store.moves(batch.id()));
    }

    @Override
    public StepOutcome run(Run run, String step) {
        MoveBatch batch = batch(run);
        List<Standing> moves = moves(batch);
        boolean failed = moves.stream().anyMatch(move -> move.state() == MoveState.FAILED);
        if (moves.stream().allMatch(Standing::ended)) {
            return ended(moves);
        }
        if (failed && batch.onFailure() == OnFailure.STOP) {
            return again(
                    moves,
                    LOOK,
                    "",
                    change -> store.settleWaiting(
                            batch.id(), "It was not begun: another move failed, and onFailure is STOP.", change.now()));
        }
        return begin(run, batch, moves);
    }

    private static StepOutcome ended(List<Standing> moves) {
        long not =
                moves.stream().filter(move -> move.state() != MoveState.MOVED).count();
        return not == 0
                ? StepOutcome.done()
                : StepOutcome.fail(
                        not + " of " + moves.size() + " servers were not moved; the report of the batch says why.");
    }

    private static StepOutcome again(
            List<Standing> moves, Duration after, String reason, java.util.function.Consumer<StepChange> effect) {
        long ended = moves.stream().filter(Standing::ended).count();
        return new StepOutcome.Again(after, (int) (ended * 100 / moves.size()), reason, effect);
    }

    /** Begins as many as may be under way, in their order. */
    private StepOutcome begin(Run run, MoveBatch batch, List<Standing> moves) {
        long underWay = moves.stream().filter(Standing::underWay).count();
        Map<Integer, String> refused = new TreeMap<>();
        Set<Ref> away = new HashSet<>();
        Optional<String> waits = Optional.empty();
        for (Standing move : moves) {
            if (underWay >= batch.concurrency()) {
                break;
            }
            if (move.state() != MoveState.WAITING || away.contains(move.wished().location())) {
                continue;
            }
            try {
                submit(batch, move);
                underWay++;
            } catch (ProblemException e) {
                if (passing(e)) {
                    // the others that go there would hear the same
                    away.add(move.wished().location());
                    waits = Optional.of(e.getMessage());
                    continue;
                }
                if (e.type() == Problem.CONFLICT && again(run, move)) {
                    waits = Optional.of(e.getMessage());
                    continue;
                }
                refused.put(move.index(), e.getMessage());
            } catch (TxException | DriverAway | DriverException e) {
                throw e;
            } catch (RuntimeException e) {
                // a fault in one is no reason to give up all
                LOG.error("Move {} of batch {} cannot be planned", move.index(), batch.id(), e);
                refused.put(
                        move.index(),
                        "It could not be planned, by a fault of the controller; its log tells operators.");
            }
            if (!refused.isEmpty() && batch.onFailure() == OnFailure.STOP) {
                break;
            }
        }
        // what was refused may have been the last, or leave room for the next
        Duration after = refused.isEmpty() ? underWay == 0 ? LATER : LOOK : Duration.ZERO;
        return again(
                moves,
                after,
                waits.orElse(underWay + " under way."),
                change -> refused.forEach(
                        (index, reason) -> store.settle(batch.id(), index, MoveState.FAILED, reason, change.now())));
    }

    /** Counts that it was refused by what may be otherwise in a moment; false when that was often enough. */
    private static boolean again(Run run, Standing move) {
        String key = "conflicts-" + move.index();
        int before = run.get(key).map(Integer::parseInt).orElse(0);
        run.put(key, Integer.toString(before + 1));
        return before < MOST_CONFLICTS;
    }

    private static boolean passing(ProblemException e) {
        return e.type().status() == 503 || e.type() == Problem.TOO_MANY || e.type() == Problem.STALE;
    }

    private void submit(MoveBatch batch, Standing move) {
        String key = batch.id() + "-" + move.index();
        gate.get()
                .submit(
                        onBehalfOf(batch),
                        move.wished().command(batch.organization()),
                        Gate.Submission.replayable(new Gate.Replay<ServerView>(
                                key, Sha256.of(key.getBytes(StandardCharsets.US_ASCII)), outcome -> {
                                    store.begun(batch.id(), move.index(), operation(outcome));
                                    return new Gate.Answer(202, "", "");
                                })));
    }

    private static OperationId operation(Outcome<ServerView> outcome) {
        if (outcome instanceof Outcome.Waiting<ServerView> waiting) {
            return waiting.operation().id();
        }
        return ((Outcome.Accepted<ServerView>) outcome)
                .operation()
                .orElseThrow()
                .id();
    }

    private static Caller onBehalfOf(MoveBatch batch) {
        Caller asker = batch.asker();
        return new Caller(
                asker.kind(),
                asker.user(),
                asker.username(),
                asker.organization(),
                Caller.Door.SYSTEM,
                "local",
                "batch-" + batch.id(),
                Optional.empty(),
                false,
                Optional.empty(),
                asker.proof(),
                Optional.empty());
    }

    /** Those that wait do not begin any more; those under way are cancelled, and waited for. */
    @Override
    public StepOutcome undo(Run run, String step) {
        MoveBatch batch = batch(run);
        List<Standing> moves = moves(batch);
        if (moves.stream().allMatch(Standing::ended)) {
            return StepOutcome.done();
        }
        if (moves.stream().anyMatch(move -> move.state() == MoveState.WAITING)) {
            // first of all, so that nothing begins behind this
            return again(
                    moves,
                    Duration.ZERO,
                    "",
                    change -> store.settleWaiting(
                            batch.id(), "It was not begun: the batch was cancelled.", change.now()));
        }
        for (Standing move : moves) {
            if (move.underWay() && !move.cancelAsked()) {
                cancel(batch, move.operation().orElseThrow());
            }
        }
        return again(moves, LATER, "Moves under way are being cancelled.", change -> {});
    }

    /** By the system: whoever may cancel the batch cancels what it began. */
    private void cancel(MoveBatch batch, OperationId move) {
        Caller system = Caller.system(swaps.access().call(Access::platform), "batch-" + batch.id());
        try {
            gate.get().submit(system, new CancelOperation(Ref.of(batch.organization()), move));
        } catch (ProblemException e) {
            if (e.type() != Problem.CONFLICT) {
                throw e;
            }
            // it has just ended, or is at a step that is waited for
        }
    }

    @Override
    public void ended(Run run, Ending end, StepChange change) {
        // how it ended is the operation's, and what became of each move is their own
        store.ended(new MoveBatchId(run.subject().id()));
    }
}
