// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.operation.OperationView;
import org.isthmus.core.Times;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;

/**
 * An operation's row. Times are microseconds.
 *
 * @param step where the cursor is; while undoing, the step being undone
 * @param undoing going backwards, to end as {@code ending}
 * @param due when to look at it next; absent once ended
 * @param fence grows with each claim: a worker that lost its claim writes nothing
 */
record OperationRecord(
        OperationId id,
        OrganizationId organization,
        String type,
        Subject subject,
        OperationState state,
        String step,
        boolean undoing,
        Optional<Process.Ending> ending,
        int progress,
        int attempts,
        Optional<String> reason,
        Map<String, String> memo,
        Caller caller,
        AuditEntryId attempt,
        long createdAt,
        String createdBy,
        long deadlineAt,
        Optional<Long> due,
        String leaseHolder,
        long leaseUntil,
        long fence,
        boolean cancelAsked,
        Optional<Long> finishedAt,
        long version) {

    OperationRecord {
        memo = Map.copyOf(memo);
    }

    /** As its row is once it is written over the one that was read. */
    OperationRecord kept(long more, Optional<String> keptReason) {
        return new OperationRecord(
                id,
                organization,
                type,
                subject,
                state,
                step,
                undoing,
                ending,
                progress,
                attempts,
                keptReason,
                memo,
                caller,
                attempt,
                createdAt,
                createdBy,
                deadlineAt + more,
                due,
                leaseHolder,
                leaseUntil,
                fence,
                cancelAsked,
                finishedAt,
                version + 1);
    }

    static OperationRecord begin(
            OperationId id,
            OrganizationId organization,
            String type,
            Subject subject,
            String firstStep,
            Map<String, String> memo,
            Caller caller,
            AuditEntryId attempt,
            long now,
            long deadline) {
        return new OperationRecord(
                id,
                organization,
                type,
                subject,
                OperationState.PENDING,
                firstStep,
                false,
                Optional.empty(),
                0,
                0,
                Optional.empty(),
                memo,
                caller,
                attempt,
                now,
                caller.username(),
                deadline,
                Optional.of(now),
                "",
                0,
                0,
                false,
                Optional.empty(),
                1);
    }

    /** One that waits for a second person: nobody runs it, and it is never due. */
    static OperationRecord waiting(
            OperationId id,
            OrganizationId organization,
            String type,
            Subject subject,
            Caller caller,
            AuditEntryId attempt,
            long now) {
        return new OperationRecord(
                id,
                organization,
                type,
                subject,
                OperationState.WAITING_APPROVAL,
                "APPROVE",
                false,
                Optional.empty(),
                0,
                0,
                Optional.empty(),
                Map.of(),
                caller,
                attempt,
                now,
                caller.username(),
                now,
                Optional.empty(),
                "",
                0,
                0,
                false,
                Optional.empty(),
                1);
    }

    /** The same as it began when it waited before. */
    OperationRecord since(long created) {
        return new OperationRecord(
                id,
                organization,
                type,
                subject,
                state,
                step,
                undoing,
                ending,
                progress,
                attempts,
                reason,
                memo,
                caller,
                attempt,
                created,
                createdBy,
                deadlineAt,
                due,
                leaseHolder,
                leaseUntil,
                fence,
                cancelAsked,
                finishedAt,
                version + 1);
    }

    OperationView view(List<String> steps) {
        return new OperationView(
                id,
                organization,
                type,
                subject,
                state,
                Optional.of(step),
                steps,
                progress,
                attempts,
                reason,
                Times.instant(createdAt),
                createdBy,
                finishedAt.map(Times::instant),
                version);
    }
}
