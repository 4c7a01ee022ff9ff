// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.server;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Ref;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;

/**
 * What a batch of moves would do.
 *
 * @param allowed nothing is in the way of any
 * @param estimate of all new servers together, as far as their cost is known
 * @param bytes at most, that are read out of disks
 * @param reasons what is in the way of all of them together
 */
public record MoveBatchPlan(
        boolean allowed, Estimate estimate, long bytes, List<MoveReason> reasons, List<PlannedMove> moves) {
    public MoveBatchPlan {
        reasons = List.copyOf(reasons);
        moves = List.copyOf(moves);
    }

    /**
     * Something in the way.
     *
     * @param problem its type, such as {@code name-taken}
     */
    public record MoveReason(String problem, String detail) {}

    /**
     * What would become of one server.
     *
     * @param server as it was named
     * @param name of the new one
     * @param flavor absent, and no disks, where the server is not there
     * @param bytes the size of its disks: at most that is read out
     * @param estimate of the new server; absent where something is in the way
     * @param approval why a second person would be asked; empty when none would
     * @param reasons all that is in the way, in the order in which it is looked at
     */
    public record PlannedMove(
            Ref server,
            Ref location,
            Name name,
            Optional<Flavor> flavor,
            List<PlannedDisk> disks,
            List<PlannedNic> nics,
            long bytes,
            Optional<Estimate> estimate,
            List<String> approval,
            List<MoveReason> reasons) {
        public PlannedMove {
            disks = List.copyOf(disks);
            nics = List.copyOf(nics);
            approval = List.copyOf(approval);
            reasons = List.copyOf(reasons);
        }
    }

    /**
     * A disk.
     *
     * @param formats what it is made into on the way, unless it comes so: the first that can be made of those that each
     *     endpoint there takes; empty where they cannot be asked
     */
    public record PlannedDisk(long sizeGiB, List<String> formats) {
        public PlannedDisk {
            formats = List.copyOf(formats);
        }
    }

    /**
     * An interface.
     *
     * @param mac that it keeps; absent: a new one
     * @param address that it keeps; absent: a free one
     * @param notes why something is not kept
     */
    public record PlannedNic(Ref network, Optional<MacAddress> mac, Optional<String> address, List<String> notes) {
        public PlannedNic {
            notes = List.copyOf(notes);
        }
    }
}
