// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.gate;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Subject;
import org.isthmus.api.operation.OperationView;
import org.isthmus.api.price.Estimate;
import org.isthmus.model.Sha256;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Every change passes here, in this order: replay, access, policy, plan, limits, then one transaction {audit attempt,
 * reservation, rows, operation, event}. Refused at any point, it is audited as refused and nothing was changed.
 */
@ProviderType
public interface Gate {
    /**
     * Submits a command. Returns when it is committed; what takes time goes on as an operation.
     *
     * @throws ProblemException when refused; UNAVAILABLE while identity or audit is away: no audit, no action
     */
    <R> Outcome<R> submit(Caller caller, Command<R> command, Submission<R> submission);

    /** Submits without replay or dry run what no second person is asked for. */
    default <R> Outcome.Accepted<R> submit(Caller caller, Command<R> command) {
        if (submit(caller, command, Submission.plain()) instanceof Outcome.Accepted<R> accepted) {
            return accepted;
        }
        throw new IllegalStateException("A plain submission is accepted or refused, or waits for a second person");
    }

    /**
     * Audits a refusal that happened before there was a command: a request that could not be read, a login that was
     * missing. Flooded refusals are counted, not written one by one.
     */
    void refused(Caller caller, String action, Subject about, ProblemException problem);

    /**
     * How a command is submitted.
     *
     * @param dryRun the whole gate, no effect
     * @param replay present when the client gave an Idempotency-Key
     */
    record Submission<R>(boolean dryRun, Optional<Replay<R>> replay) {
        public static <R> Submission<R> plain() {
            return new Submission<>(false, Optional.empty());
        }

        public static <R> Submission<R> dry() {
            return new Submission<>(true, Optional.empty());
        }

        public static <R> Submission<R> replayable(Replay<R> replay) {
            return new Submission<>(false, Optional.of(replay));
        }
    }

    /**
     * An Idempotency-Key.
     *
     * @param key 1 to 128 printable characters, the caller's own
     * @param fingerprint of the request: method, path and body; the same key with another one is KEY_REUSED
     * @param render the answer to keep and to replay, made inside the transaction from what was accepted or waits; without
     *     one-time secrets. Quick; rows that it writes are kept or lost with the command
     */
    record Replay<R>(String key, Sha256 fingerprint, Function<Outcome<R>, Answer> render) {
        public Replay {
            if (key == null
                    || key.isEmpty()
                    || key.length() > 128
                    || key.chars().anyMatch(c -> c < 0x20 || c > 0x7e)) {
                throw new IllegalArgumentException("An Idempotency-Key is 1 to 128 printable ASCII characters.");
            }
        }
    }

    /**
     * A kept answer.
     *
     * @param body at most 64 KiB of text
     * @param location of what was made, may be empty
     */
    record Answer(int status, String body, String location) {}

    /** What became of a submission that was not refused. */
    sealed interface Outcome<R> {
        /**
         * Committed.
         *
         * @param result what is shown
         * @param operation what goes on, as it was when committed
         */
        record Accepted<R>(R result, Optional<OperationView> operation) implements Outcome<R> {}

        /**
         * Written down, and a second person must approve it: it is carried out then, as that operation.
         *
         * @param reasons why, each with the policy's name
         */
        record Waiting<R>(OperationView operation, List<String> reasons) implements Outcome<R> {
            public Waiting {
                reasons = List.copyOf(reasons);
            }
        }

        /**
         * Would be accepted: a dry run.
         *
         * @param approval why a second person would be asked; empty when none would
         */
        record Allowed<R>(Estimate estimate, List<String> approval) implements Outcome<R> {
            public Allowed {
                approval = List.copyOf(approval);
            }

            public Allowed(Estimate estimate) {
                this(estimate, List.of());
            }
        }

        /** Was accepted before under this key: the kept answer. */
        record Replayed<R>(Answer answer) implements Outcome<R> {}
    }
}
