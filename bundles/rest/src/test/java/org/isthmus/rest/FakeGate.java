// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.price.Estimate;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Sha256;

/** A gate that writes down what comes, and answers with a sample. */
final class FakeGate implements Gate {
    record Refusal(Caller caller, String action, Subject about, ProblemException problem) {}

    final List<Command<?>> commands = new ArrayList<>();
    final List<Refusal> refusals = new ArrayList<>();
    final Set<Class<?>> takingTime = new HashSet<>();
    Optional<RuntimeException> next = Optional.empty();
    /** Whether everything waits for a second person. */
    boolean secondPerson;

    private final Map<String, Sha256> fingerprints = new HashMap<>();
    private final Map<String, Answer> answers = new HashMap<>();

    static OperationView operation(OperationState state) {
        return new OperationView(
                new OperationId("opr_" + Samples.UUID),
                new OrganizationId("org_" + Samples.UUID),
                "server.deploy",
                new Subject("server", "srv_" + Samples.UUID),
                state,
                Optional.of("PLACE"),
                List.of("PLACE", "CREATE"),
                0,
                1,
                Optional.empty(),
                Samples.NOW,
                "ada@demo",
                Optional.empty(),
                1);
    }

    @Override
    public synchronized <R> Outcome<R> submit(Caller caller, Command<R> command, Submission<R> submission) {
        if (next.isPresent()) {
            RuntimeException problem = next.get();
            next = Optional.empty();
            throw problem;
        }
        if (submission.dryRun()) {
            return new Outcome.Allowed<>(Samples.of(Estimate.class));
        }
        if (submission.replay().isPresent()) {
            Replay<R> replay = submission.replay().get();
            Sha256 before = fingerprints.get(replay.key());
            if (before != null && !before.equals(replay.fingerprint())) {
                throw Problem.KEY_REUSED.because("That key was used for another request.");
            }
            if (before != null) {
                return new Outcome.Replayed<>(answers.get(replay.key()));
            }
        }
        commands.add(command);
        if (secondPerson) {
            Outcome.Waiting<R> waiting =
                    new Outcome.Waiting<>(operation(OperationState.WAITING_APPROVAL), List.of("It costs too much."));
            submission
                    .replay()
                    .ifPresent(
                            replay -> answers.put(replay.key(), replay.render().apply(waiting)));
            submission.replay().ifPresent(replay -> fingerprints.put(replay.key(), replay.fingerprint()));
            return waiting;
        }
        Outcome.Accepted<R> accepted = accepted(command);
        submission.replay().ifPresent(replay -> {
            fingerprints.put(replay.key(), replay.fingerprint());
            answers.put(replay.key(), replay.render().apply(accepted));
        });
        return accepted;
    }

    @SuppressWarnings("unchecked") // the sample is made from the command's own declaration of R
    private <R> Outcome.Accepted<R> accepted(Command<R> command) {
        Optional<OperationView> operation = takingTime.contains(command.getClass())
                ? Optional.of(operation(OperationState.PENDING))
                : Optional.empty();
        return new Outcome.Accepted<>((R) Samples.result(command.getClass()), operation);
    }

    @Override
    public synchronized void refused(Caller caller, String action, Subject about, ProblemException problem) {
        refusals.add(new Refusal(caller, action, about, problem));
    }

    synchronized Refusal lastRefusal() {
        return refusals.get(refusals.size() - 1);
    }

    <C extends Command<?>> C last(Class<C> type) {
        return type.cast(commands.get(commands.size() - 1));
    }
}
