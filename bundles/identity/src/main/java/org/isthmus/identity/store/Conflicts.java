// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.isthmus.api.organization.Policy;
import org.isthmus.api.organization.Policy.Conflict;

/**
 * Pairs of roles in a column: one a line, the two with a space between. Not in the row, for OpenJPA's enhancer does not read a
 * class that puts texts together in a lambda.
 */
final class Conflicts {
    private Conflicts() {}

    static String text(List<Conflict> pairs) {
        return pairs.stream().map(pair -> pair.one() + " " + pair.other()).collect(Collectors.joining("\n"));
    }

    /** Null: the default. */
    static List<Conflict> of(String text) {
        if (text == null) {
            return Policy.DEFAULT.conflictingRoles();
        }
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split("\n")).map(Conflicts::pair).toList();
    }

    private static Conflict pair(String line) {
        int space = line.indexOf(' ');
        return new Conflict(line.substring(0, space), line.substring(space + 1));
    }
}
