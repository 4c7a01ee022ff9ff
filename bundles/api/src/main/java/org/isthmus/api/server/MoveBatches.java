// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.server;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Listing;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Command;
import org.isthmus.api.server.Servers.MoveServer;
import org.isthmus.model.Name;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Moves of many servers that were asked for together, oldest first. Filter: {@code name}. Seen by who asked, and by whoever may
 * read all servers of the organization; in a list they show their totals and no single move.
 */
@ProviderType
public interface MoveBatches extends Listing<MoveBatchView> {
    int MOST_MOVES = 200;
    int MOST_AT_ONCE = 4;

    /**
     * What would become of each server, and all that is in the way of each; nothing is done. Each move is judged as the gate
     * would judge it if it were the only one; then what all of them cost together is asked of the limits. Audited once: as a dry
     * run, or as refused when anything is in the way, with what that is.
     *
     * @throws org.isthmus.api.ProblemException when the caller may move none of them, or none of them is there
     */
    MoveBatchPlan plan(Caller caller, MoveServers wish);

    /** What happens to the others when a server was not moved. */
    enum OnFailure {
        CONTINUE,
        /** Those not yet begun stay where they are; those under way go on. */
        STOP
    }

    /**
     * Moves servers, some at a time, in their order. Each is a {@code server.move} of its own, which the gate judges when its turn
     * comes, as its asker's. What names a server that is not there is refused as a whole.
     *
     * @param name of the batch; one of its kind in the organization among those that have not ended
     * @param moves 1 to 200, of different servers, to different names, in this organization
     * @param concurrency 1 to 4 under way at a time
     */
    record MoveServers(Ref organization, Name name, List<MoveServer> moves, int concurrency, OnFailure onFailure)
            implements Command<MoveBatchView> {
        public MoveServers {
            moves = List.copyOf(moves);
            if (moves.isEmpty() || moves.size() > MOST_MOVES) {
                throw Problem.MALFORMED.at("/moves", "A batch moves 1 to " + MOST_MOVES + " servers.");
            }
            if (concurrency < 1 || concurrency > MOST_AT_ONCE) {
                throw Problem.MALFORMED.at("/concurrency", "1 to " + MOST_AT_ONCE + " servers are moved at a time.");
            }
            Set<Ref> servers = new HashSet<>();
            Set<Name> names = new HashSet<>();
            for (int i = 0; i < moves.size(); i++) {
                MoveServer move = moves.get(i);
                if (!move.organization().equals(organization)) {
                    throw new IllegalArgumentException("A batch moves servers of one organization.");
                }
                if (!servers.add(move.server())) {
                    throw twice(i, move.server());
                }
                if (!names.add(move.name())) {
                    throw Problem.MALFORMED.at(
                            "/moves/" + i + "/name", "Two of the new servers would be called " + move.name() + ".");
                }
            }
        }

        /** Refuses a server that is named more than once. */
        public static org.isthmus.api.ProblemException twice(int index, Ref server) {
            return Problem.MALFORMED.at(
                    "/moves/" + index + "/server", "Server " + server + " is named more than once.");
        }

        @Override
        public Action action() {
            return Action.SERVER_MOVE;
        }

        @Override
        public Subject about() {
            return Subject.of("move-batch", Ref.of(name));
        }
    }
}
