// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.UserId;

/**
 * Who asks, and through which door. The first parameter of everything that decides or shows something.
 *
 * @param kind a user; the machine's root at the local console; Isthmus itself; or a directory, which may nothing but tell who
 *     is there
 * @param user absent for all but users
 * @param username {@code name@organization}, or {@code root}, {@code system} or {@code directory:name@organization}
 * @param organization the user's own organization; the platform's for root and the system
 * @param door how the call came in
 * @param address the peer's network address, or {@code local}
 * @param requestId of this request: in its logs, audit entries and problem
 * @param onlyActions empty for a session; for a token, the only actions it may be used for
 * @param mustChangePassword true while nothing but that is allowed
 * @param session of a login; absent for API tokens, the shell, root and the system
 * @param proof of the second factor, as far as the door knows it
 * @param directory which one it is, when it is one
 */
public record Caller(
        Kind kind,
        Optional<UserId> user,
        String username,
        OrganizationId organization,
        Door door,
        String address,
        String requestId,
        Optional<Set<Action>> onlyActions,
        boolean mustChangePassword,
        Optional<SessionId> session,
        Proof proof,
        Optional<DirectoryId> directory) {
    /**
     * What a caller has shown besides a password or a token.
     *
     * @param at when the second factor was last proved
     * @param lasting an API token made to destroy things, by somebody who had just proved it
     */
    public record Proof(Optional<Instant> at, boolean lasting) {
        public static final Proof NONE = new Proof(Optional.empty(), false);
        public static final Proof LASTING = new Proof(Optional.empty(), true);

        /** Proved at that moment, or never. */
        public static Proof of(Optional<Instant> at) {
            return new Proof(at, false);
        }
    }

    public enum Kind {
        USER,
        LOCAL_ROOT,
        SYSTEM,
        DIRECTORY
    }

    /** The ways in. */
    public enum Door {
        REST,
        SHELL,
        SCIM,
        SYSTEM
    }

    public Caller {
        Objects.requireNonNull(username, "username");
        Objects.requireNonNull(organization, "organization");
        if ((kind == Kind.USER) != user.isPresent()) {
            throw new IllegalArgumentException("A caller is a user exactly when it has a user id.");
        }
        if ((kind == Kind.DIRECTORY) != directory.isPresent()) {
            throw new IllegalArgumentException("A caller is a directory exactly when it has a directory's id.");
        }
        onlyActions = onlyActions.map(Set::copyOf);
    }

    /** A caller that is no directory. */
    public Caller(
            Kind kind,
            Optional<UserId> user,
            String username,
            OrganizationId organization,
            Door door,
            String address,
            String requestId,
            Optional<Set<Action>> onlyActions,
            boolean mustChangePassword,
            Optional<SessionId> session,
            Proof proof) {
        this(
                kind,
                user,
                username,
                organization,
                door,
                address,
                requestId,
                onlyActions,
                mustChangePassword,
                session,
                proof,
                Optional.empty());
    }

    /** A caller who has not proved a second factor. */
    public Caller(
            Kind kind,
            Optional<UserId> user,
            String username,
            OrganizationId organization,
            Door door,
            String address,
            String requestId,
            Optional<Set<Action>> onlyActions,
            boolean mustChangePassword,
            Optional<SessionId> session) {
        this(
                kind,
                user,
                username,
                organization,
                door,
                address,
                requestId,
                onlyActions,
                mustChangePassword,
                session,
                Proof.NONE);
    }

    /** A caller without a session. */
    public Caller(
            Kind kind,
            Optional<UserId> user,
            String username,
            OrganizationId organization,
            Door door,
            String address,
            String requestId,
            Optional<Set<Action>> onlyActions,
            boolean mustChangePassword) {
        this(
                kind,
                user,
                username,
                organization,
                door,
                address,
                requestId,
                onlyActions,
                mustChangePassword,
                Optional.empty());
    }

    /** A directory, telling who is there: may nothing else, and only in its organization. */
    public static Caller directory(
            DirectoryId directory,
            String name,
            OrganizationId organization,
            String organizationName,
            Door door,
            String address,
            String requestId) {
        return new Caller(
                Kind.DIRECTORY,
                Optional.empty(),
                "directory:" + name + "@" + organizationName,
                organization,
                door,
                address,
                requestId,
                Optional.of(Set.of(Action.DIRECTORY_PROVISION)),
                false,
                Optional.empty(),
                Proof.NONE,
                Optional.of(directory));
    }

    /** Isthmus itself, doing what a clock or a reconciler asks for. */
    public static Caller system(OrganizationId platform, String requestId) {
        return new Caller(
                Kind.SYSTEM,
                Optional.empty(),
                "system",
                platform,
                Door.SYSTEM,
                "local",
                requestId,
                Optional.empty(),
                false);
    }

    /** The machine's root at the local console, who needs no login: that person could read the database anyway. */
    public static Caller localRoot(OrganizationId platform, String requestId) {
        return new Caller(
                Kind.LOCAL_ROOT,
                Optional.empty(),
                "root",
                platform,
                Door.SHELL,
                "local",
                requestId,
                Optional.empty(),
                false);
    }
}
