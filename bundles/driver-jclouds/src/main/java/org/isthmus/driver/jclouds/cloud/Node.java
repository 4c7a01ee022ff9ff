// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.util.Map;
import java.util.Objects;

/**
 * A machine of the cloud as it is now.
 *
 * @param ref the cloud's own id
 * @param zone where it runs
 * @param tags what was written onto it
 * @param type the id of its {@link Size}
 * @param size what it has; empty numbers where the cloud does not say
 * @param exposed it has an address that is reached from outside
 * @param why what the cloud says about a failure, or nothing
 */
public record Node(
        String ref,
        String zone,
        String name,
        Map<String, String> tags,
        State state,
        String type,
        Size size,
        boolean exposed,
        String why) {
    public Node {
        Objects.requireNonNull(state, "state");
        tags = Map.copyOf(tags);
    }

    /** How it is. */
    public enum State {
        MAKING,
        ON,
        OFF,
        /** Frozen with its memory kept, to go on where it was. */
        HELD,
        PAUSED,
        /** On its way to another state. */
        CHANGING,
        /** On its way out. */
        GOING,
        FAILED,
        UNKNOWN
    }
}
