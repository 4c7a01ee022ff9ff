// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.isthmus.api.Action;

/**
 * Who gets at a route. The route only says it: whether a caller may is decided by the gate or the service behind.
 *
 * @param login a bearer token is needed
 * @param action what the caller must be allowed to do; empty where every logged-in caller may
 * @param whenGiven what they must be allowed to do instead, when this parameter or member of the body is there
 */
public record Guard(boolean login, Optional<Action> action, Map<String, Action> whenGiven) {
    /** Anybody, without a login. */
    public static final Guard OPEN = new Guard(false, Optional.empty(), Map.of());

    /** Whoever is logged in. */
    public static final Guard LOGGED_IN = new Guard(true, Optional.empty(), Map.of());

    public Guard {
        whenGiven = Map.copyOf(whenGiven);
    }

    public static Guard may(Action action) {
        return new Guard(true, Optional.of(action), Map.of());
    }

    /** What this request needs, as far as its parameters say. */
    Optional<Action> needed(Predicate<String> given) {
        return whenGiven.entrySet().stream()
                .filter(other -> given.test(other.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .or(() -> action);
    }

    /** The same, but for a request that has this parameter or member of its body. */
    public Guard whenGiven(String member, Action other) {
        return new Guard(login, action, Map.of(member, other));
    }
}
