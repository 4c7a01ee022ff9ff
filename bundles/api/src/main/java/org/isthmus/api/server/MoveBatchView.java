// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.server;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Ref;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.server.MoveBatches.OnFailure;
import org.isthmus.model.Ids.MoveBatchId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;

/**
 * A batch of moves as it stands: its report.
 *
 * @param operation of the batch; each move has one of its own
 * @param moves in their order; empty in a list of batches
 */
public record MoveBatchView(
        MoveBatchId id,
        OrganizationId organization,
        Name name,
        OperationId operation,
        OperationState state,
        int concurrency,
        OnFailure onFailure,
        MoveTotals totals,
        List<MoveReport> moves,
        Instant createdAt,
        String createdBy,
        Optional<Instant> finishedAt,
        long version) {
    public MoveBatchView {
        moves = List.copyOf(moves);
    }

    /** Where a move stands. */
    public enum MoveState {
        /** For its turn. */
        WAITING,
        /** For a second person, who approves its operation. */
        WAITING_APPROVAL,
        MOVING,
        MOVED,
        /** It was refused when its turn came, or its operation failed. */
        FAILED,
        CANCELLED
    }

    /**
     * The move of one server.
     *
     * @param serverName what it was called when it was asked for
     * @param name of the new one
     * @param operation once it has begun
     * @param made the new server, once it is whole
     * @param progress 0 to 100
     * @param bytes read out of its disks, once they are
     * @param reason why it waits, failed or was cancelled
     */
    public record MoveReport(
            ServerId server,
            Name serverName,
            Ref location,
            Name name,
            MoveState state,
            Optional<OperationId> operation,
            Optional<ServerId> made,
            int progress,
            Optional<Long> bytes,
            Optional<Instant> begunAt,
            Optional<Instant> finishedAt,
            Optional<String> reason) {}

    /**
     * How many are in which state.
     *
     * @param bytes read out of disks so far; 0 in a list of batches
     */
    public record MoveTotals(
            int all, int waiting, int waitingApproval, int moving, int moved, int failed, int cancelled, long bytes) {}
}
