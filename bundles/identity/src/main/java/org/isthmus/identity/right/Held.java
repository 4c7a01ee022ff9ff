// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.api.Subject;
import org.isthmus.identity.role.Role;
import org.isthmus.model.Ids.GrantId;

/**
 * A grant as decisions see it.
 *
 * @param because how it is told to people
 */
public record Held(GrantId grant, Subject subject, Role role, Window window, String because) {
    static Held of(GrantId grant, Subject subject, Role role, Window window) {
        return new Held(
                grant,
                subject,
                role,
                window,
                "grant " + grant + " gives " + role.name() + " to " + subject.kind() + " " + subject.id());
    }

    /** A grant somebody wants to give: not there yet. */
    public static Held wished(
            GrantId grant, Subject subject, Role role, Optional<Instant> from, Optional<Instant> until) {
        return of(grant, subject, role, Window.of(from, until));
    }

    /** The same, given to somebody else. */
    Held to(Subject other) {
        return of(grant, other, role, window);
    }

    /** The same grant, when its role will be this. */
    public Held with(Role changed) {
        return of(grant, subject, changed, window);
    }

    boolean sameAs(Held other) {
        return subject.equals(other.subject) && role.key().equals(other.role.key()) && window.equals(other.window);
    }
}
