// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.identity.IdentityProblem;

/**
 * Nobody gives what they do not hold: not by a grant, and not by a detour either (moving somebody into a department,
 * taking over an account by a new password, making a token for a service account).
 */
public final class Holdings {
    private Holdings() {}

    /** GRANT_TOO_MUCH, naming what is missing, unless the caller holds all of these for as long as they last. */
    public static void require(Caller caller, Rights rights, Collection<Held> given, Instant now) {
        require(caller, rights, given, EnumSet.allOf(Action.class), now);
    }

    /** The same, of certain actions only. */
    public static void require(Caller caller, Rights rights, Collection<Held> given, Set<Action> wanted, Instant now) {
        if (caller.kind() != Caller.Kind.USER) {
            return;
        }
        Set<Action> missing = new TreeSet<>();
        given.forEach(grant ->
                missing.addAll(rights.missing(caller.user().orElseThrow(), caller.onlyActions(), grant, wanted, now)));
        if (!missing.isEmpty()) {
            String names = missing.stream().map(Action::key).collect(Collectors.joining(", "));
            throw IdentityProblem.GRANT_TOO_MUCH
                    .because(
                            "This would give what you do not hold yourself, or not for as long: %s. Ask somebody who"
                                    + " does.",
                            names)
                    .with("missing", missing.stream().map(Action::key).toList());
        }
    }
}
