// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Making;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatches.MoveServers;

/**
 * Asks the gate whether a batch of moves may begin, and whether all of them together are within the limits: only as a dry run. The
 * batch itself costs nothing, for each of its moves is paid for when it begins.
 *
 * @param like one of the servers that the sum is of, whose department's limits are asked, too; empty asks those of the asker's
 */
record CostOfMoves(MoveServers wish, Estimate sum, Optional<Subject> like) implements Making<MoveBatchView> {
    @Override
    public Optional<Ref> department() {
        return Optional.empty();
    }

    @Override
    public Action action() {
        return Action.SERVER_MOVE;
    }

    @Override
    public Ref organization() {
        return wish.organization();
    }

    @Override
    public Subject about() {
        return wish.about();
    }
}
