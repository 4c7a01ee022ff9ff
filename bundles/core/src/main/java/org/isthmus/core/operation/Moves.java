// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.util.Map;
import java.util.Optional;
import org.isthmus.api.operation.OperationState;

/** An operation's row as it becomes when its cursor moves. */
final class Moves {
    private Moves() {}

    static OperationRecord with(
            OperationRecord row,
            OperationState state,
            String step,
            boolean undoing,
            Optional<Process.Ending> ending,
            int progress,
            int attempts,
            Optional<String> reason,
            Map<String, String> memo,
            long deadline,
            Optional<Long> due,
            long leaseUntil,
            Optional<Long> finished) {
        return new OperationRecord(
                row.id(),
                row.organization(),
                row.type(),
                row.subject(),
                state,
                step,
                undoing,
                ending,
                progress,
                attempts,
                reason,
                memo,
                row.caller(),
                row.attempt(),
                row.createdAt(),
                row.createdBy(),
                deadline,
                due,
                row.leaseHolder(),
                leaseUntil,
                row.fence(),
                row.cancelAsked(),
                finished,
                row.version());
    }

    static OperationRecord to(OperationRecord row, Map<String, String> memo, String step, int progress, long lease) {
        return with(
                row,
                row.state(),
                step,
                row.undoing(),
                row.ending(),
                progress,
                0,
                row.undoing() ? row.reason() : Optional.empty(),
                memo,
                row.deadlineAt(),
                row.due(),
                lease,
                Optional.empty());
    }

    static OperationRecord because(OperationRecord row, String reason) {
        return with(
                row,
                row.state(),
                row.step(),
                row.undoing(),
                row.ending(),
                row.progress(),
                row.attempts(),
                Optional.of(reason),
                row.memo(),
                row.deadlineAt(),
                row.due(),
                row.leaseUntil(),
                Optional.empty());
    }

    static OperationRecord memo(OperationRecord row, Map<String, String> memo) {
        return with(
                row,
                row.state(),
                row.step(),
                row.undoing(),
                row.ending(),
                row.progress(),
                row.attempts(),
                row.reason(),
                memo,
                row.deadlineAt(),
                row.due(),
                row.leaseUntil(),
                Optional.empty());
    }

    static OperationRecord again(
            OperationRecord row, Map<String, String> memo, int progress, Optional<String> reason, long due) {
        // it answered: what is tried in vain is counted anew
        return with(
                row,
                row.state(),
                row.step(),
                row.undoing(),
                row.ending(),
                progress,
                0,
                reason,
                memo,
                row.deadlineAt(),
                Optional.of(due),
                0,
                Optional.empty());
    }

    static OperationRecord later(OperationRecord row, String reason, long due) {
        // while undoing, the reason of the failure is worth more than why its undoing waits
        return with(
                row,
                row.state(),
                row.step(),
                row.undoing(),
                row.ending(),
                row.progress(),
                row.attempts() + 1,
                row.undoing() ? row.reason() : Optional.of(reason),
                row.memo(),
                row.deadlineAt(),
                Optional.of(due),
                0,
                Optional.empty());
    }

    static OperationRecord turn(OperationRecord row, Process.Ending ending, String reason, long lease) {
        return with(
                row,
                row.state(),
                row.step(),
                true,
                Optional.of(ending),
                row.progress(),
                0,
                Optional.of(reason),
                row.memo(),
                row.deadlineAt(),
                row.due(),
                lease,
                Optional.empty());
    }

    static OperationRecord end(OperationRecord row, Map<String, String> memo, Process.Ending ending, long now) {
        OperationState state =
                switch (ending) {
                    case SUCCEEDED -> OperationState.SUCCEEDED;
                    case FAILED -> OperationState.FAILED;
                    case CANCELLED -> OperationState.CANCELLED;
                };
        return with(
                row,
                state,
                row.step(),
                row.undoing(),
                Optional.of(ending),
                ending == Process.Ending.SUCCEEDED ? 100 : row.progress(),
                row.attempts(),
                ending == Process.Ending.SUCCEEDED ? Optional.empty() : row.reason(),
                memo,
                row.deadlineAt(),
                Optional.empty(),
                0,
                Optional.of(now));
    }
}
