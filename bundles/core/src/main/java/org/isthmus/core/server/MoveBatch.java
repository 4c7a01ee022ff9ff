// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.image.Images.Running;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatchView.MoveReport;
import org.isthmus.api.server.MoveBatchView.MoveState;
import org.isthmus.api.server.MoveBatchView.MoveTotals;
import org.isthmus.api.server.MoveBatches.OnFailure;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.model.Ids.MoveBatchId;
import org.isthmus.model.Ids.OperationId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;

/**
 * A batch of moves.
 *
 * @param asker on whose behalf each move is begun
 */
record MoveBatch(
        MoveBatchId id,
        OrganizationId organization,
        Name name,
        OperationId operation,
        Caller asker,
        int concurrency,
        OnFailure onFailure,
        Instant createdAt,
        String createdBy) {
    private static final String KIND = "move-batch";

    /** The state of a batch's operation. */
    record Course(OperationState state, Optional<Instant> finishedAt, long version) {}

    /** A move as it was wished. */
    record Wished(
            ServerId server,
            Name serverName,
            Ref location,
            Name name,
            List<Ref> networks,
            Running running,
            boolean keepMac,
            boolean keepAddress) {
        MoveServer command(OrganizationId organization) {
            return new MoveServer(
                    Ref.of(organization), Ref.of(server), location, name, networks, running, keepMac, keepAddress);
        }
    }

    /**
     * A move, and how it stands.
     *
     * @param index its place, from 0
     * @param cancelAsked somebody has cancelled its operation, or it is being undone anyway
     */
    record Standing(
            int index,
            Wished wished,
            MoveState state,
            Optional<OperationId> operation,
            boolean cancelAsked,
            Optional<ServerId> made,
            int progress,
            Optional<Long> bytes,
            Optional<Instant> begunAt,
            Optional<Instant> finishedAt,
            Optional<String> reason) {

        boolean ended() {
            return state == MoveState.MOVED || state == MoveState.FAILED || state == MoveState.CANCELLED;
        }

        boolean underWay() {
            return state == MoveState.MOVING || state == MoveState.WAITING_APPROVAL;
        }

        MoveReport view() {
            return new MoveReport(
                    wished.server(),
                    wished.serverName(),
                    wished.location(),
                    wished.name(),
                    state,
                    operation,
                    made,
                    progress,
                    bytes,
                    begunAt,
                    finishedAt,
                    reason);
        }
    }

    static Subject subject(MoveBatchId id) {
        return Subject.of(KIND, id);
    }

    MoveBatchView view(Course course, MoveTotals totals, List<Standing> moves) {
        return new MoveBatchView(
                id,
                organization,
                name,
                operation,
                course.state(),
                concurrency,
                onFailure,
                totals,
                moves.stream().map(Standing::view).toList(),
                createdAt,
                createdBy,
                course.finishedAt(),
                course.version());
    }
}
