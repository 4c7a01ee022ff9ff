// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Subject;
import org.isthmus.identity.role.Role;
import org.isthmus.model.Ids.GrantId;

/**
 * A grant as decisions see it.
 *
 * @param scope where it holds: an organization, or a part of it
 * @param within what the scope lies in, itself included, as far as known; nothing for a whole organization
 * @param emergency held by break-glass
 * @param because how it is told to people
 */
public record Held(
        GrantId grant,
        Subject subject,
        Role role,
        Subject scope,
        Set<Subject> within,
        Window window,
        boolean emergency,
        String because) {
    /** What nobody does by break-glass: pass on what they hold, decide over others, or loosen what binds everybody. */
    private static final Set<Action> NEVER_BY_BREAK_GLASS = Set.of(
            Action.POLICY_SET,
            Action.LIMIT_SET,
            Action.APPROVAL_DECIDE,
            Action.GRANT_CREATE,
            Action.ROLE_CREATE,
            Action.ROLE_CHANGE,
            Action.DIRECTORY_MANAGE,
            Action.REVIEW_MANAGE,
            Action.REVIEW_DECIDE,
            Action.BREAK_GLASS_ASK,
            Action.BREAK_GLASS_CONFIRM);

    private static final String WHOLE = "organization";

    public Held {
        within = Set.copyOf(within);
    }

    static Held of(GrantId grant, Subject subject, Role role, Subject scope, Window window) {
        return of(grant, subject, role, scope, scope.kind().equals(WHOLE) ? Set.of() : Set.of(scope), window);
    }

    private static Held of(
            GrantId grant, Subject subject, Role role, Subject scope, Set<Subject> within, Window window) {
        String where = scope.kind().equals(WHOLE) ? "" : " on " + scope.kind() + " " + scope.id();
        return new Held(
                grant,
                subject,
                role,
                scope,
                within,
                window,
                false,
                "grant " + grant + " gives " + role.name() + where + " to " + subject.kind() + " " + subject.id());
    }

    /** A grant somebody wants to give: not there yet. */
    public static Held wished(
            GrantId grant,
            Subject subject,
            Role role,
            Subject scope,
            Set<Subject> within,
            Optional<Instant> from,
            Optional<Instant> until) {
        return of(grant, subject, role, scope, within, Window.of(from, until));
    }

    /** Held by this break-glass: less than the role, and told so. */
    public Held by(String breakGlass) {
        Set<Action> left = role.actions().stream()
                .filter(action -> !NEVER_BY_BREAK_GLASS.contains(action))
                .collect(Collectors.toSet());
        return new Held(
                grant,
                subject,
                new Role(role.key(), role.name(), left, role.shipped()),
                scope,
                within,
                window,
                true,
                "break-glass " + breakGlass + ": " + because);
    }

    /** True when it holds in all of its organization. */
    boolean everywhere() {
        return scope.kind().equals(WHOLE);
    }

    /** The same, given to somebody else. */
    Held to(Subject other) {
        return of(grant, other, role, scope, within, window);
    }

    /** The same on another part. */
    Held on(Subject part) {
        return of(grant, subject, role, part, window);
    }

    /** The same grant, when its role will be this. */
    public Held with(Role changed) {
        return of(grant, subject, changed, scope, within, window);
    }

    boolean sameAs(Held other) {
        return subject.equals(other.subject)
                && role.key().equals(other.role.key())
                && scope.equals(other.scope)
                && window.equals(other.window);
    }
}
