// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store;

import java.util.Objects;
import org.isthmus.api.Passing;

/** The database said no. The transaction was rolled back. */
public final class TxException extends RuntimeException implements Passing {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Kind {
        /** Somebody changed the row since it was read. */
        CONFLICT(true),
        LOCK_TIMEOUT(true),
        DEADLOCK(true),
        SERIALIZATION(true),
        /** No connection was free or the database is away. */
        BUSY(true),
        /** A unique index has it already. */
        DUPLICATE(false),
        /** A participant failed before and swallowed it. */
        ROLLED_BACK(false),
        /** Anything else. */
        DATABASE(false);

        private final boolean retryable;

        Kind(boolean retryable) {
            this.retryable = retryable;
        }

        /** True when the same work can succeed when done again from the start. */
        public boolean retryable() {
            return retryable;
        }
    }

    private final Kind kind;

    public TxException(Kind kind, String message, Throwable cause) {
        super(kind + ": " + message, cause);
        this.kind = Objects.requireNonNull(kind, "kind");
    }

    public Kind kind() {
        return kind;
    }

    public boolean retryable() {
        return kind.retryable();
    }

    @Override
    public boolean passing() {
        return retryable();
    }
}
