// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.Optional;
import org.isthmus.api.Action;

/**
 * Who gets at a route. The route only says it: whether a caller may is decided by the gate or the service behind.
 *
 * @param login a bearer token is needed
 * @param action what the caller must be allowed to do; empty where every logged-in caller may
 */
public record Guard(boolean login, Optional<Action> action) {
    /** Anybody, without a login. */
    public static final Guard OPEN = new Guard(false, Optional.empty());

    /** Whoever is logged in. */
    public static final Guard LOGGED_IN = new Guard(true, Optional.empty());

    public static Guard may(Action action) {
        return new Guard(true, Optional.of(action));
    }
}
