// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi;

import java.util.Objects;

/**
 * The only exception a driver throws on purpose. Its kind decides what the host does next; its message is for the
 * operator and says what happened and what to do, without secrets.
 */
public final class DriverException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong, as the host must act on it. */
    public enum Kind {
        /** The far end cannot be reached or is restarting: the host backs off and asks again until the deadline. */
        UNAVAILABLE,
        /** The far end asks for fewer calls: as UNAVAILABLE, with a longer pause. */
        THROTTLED,
        /** This host or endpoint is full: the host tries the next candidate. */
        NO_CAPACITY,
        /** The wish can never be fulfilled as it stands: the host undoes and fails the operation. */
        INVALID,
        /** The far end refuses our credentials or rights: fails, and the endpoint is reported DOWN. */
        DENIED,
        /** Something else is in the way, such as the same name with another token: fails with the reason. */
        CONFLICT,
        /** What the call refers to does not exist. Never thrown by delete or remove: there, absent is done. */
        NOT_FOUND,
        /** A defect in the driver or an answer that makes no sense: fails, and somebody should look. */
        BROKEN
    }

    private final Kind kind;

    public DriverException(Kind kind, String message) {
        super(message);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    public DriverException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    public Kind kind() {
        return kind;
    }

    /** True where asking again later can help. */
    public boolean passing() {
        return kind == Kind.UNAVAILABLE || kind == Kind.THROTTLED;
    }
}
