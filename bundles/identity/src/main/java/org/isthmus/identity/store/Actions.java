// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Action;

/** Sets of actions in a column: keys separated by commas. */
public final class Actions {
    private Actions() {}

    static String text(Set<Action> actions) {
        return actions.stream()
                .sorted(Comparator.naturalOrder())
                .map(Action::key)
                .collect(Collectors.joining(","));
    }

    /** An action that is gone from this version of the product allows nothing. */
    public static Set<Action> of(String keys) {
        return Arrays.stream(keys.split(","))
                .flatMap(key -> Action.byKey(key).stream())
                .collect(Collectors.toUnmodifiableSet());
    }
}
