// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.role;

import java.util.Set;
import org.isthmus.api.Action;

/**
 * A set of actions under a name: one that ships, or one an organization made itself.
 *
 * @param key what grants name it by, which never changes: the name of one that ships, the id of another
 * @param name what people call it
 */
public record Role(String key, String name, Set<Action> actions, boolean shipped) {
    public Role {
        actions = Set.copyOf(actions);
    }

    /** Whether it is this one. */
    public boolean is(ShippedRole one) {
        return shipped && key.equals(one.key());
    }
}
