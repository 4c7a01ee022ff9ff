// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.function.Consumer;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.server.MoveBatchPlan;
import org.isthmus.api.server.MoveBatchView;
import org.isthmus.api.server.MoveBatches.MoveServers;

/**
 * Asks the gate what a batch of moves would come to: only as a dry run. Refused, so that it is written down as what it is, when
 * anything is in the way of any.
 *
 * @param told gets the plan, also where it is refused; not where its asker may see none
 */
record PlanMoves(MoveServers wish, Consumer<MoveBatchPlan> told) implements Command<MoveBatchView> {
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
