// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.operation;

/** The states of an operation. */
public enum OperationState {
    /** Written down, not yet begun. */
    PENDING,
    /** A second person must approve. */
    WAITING_APPROVAL,
    /** Steps are being run, or undone. */
    RUNNING,
    SUCCEEDED,
    /** Given up and undone; the reason says why. */
    FAILED,
    /** Somebody cancelled it; undone. */
    CANCELLED;

    /** True for the last three: nothing changes any more. */
    public boolean ended() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }

    /** The one table of transitions. */
    public boolean mayBecome(OperationState next) {
        return switch (this) {
            case WAITING_APPROVAL -> next == PENDING || next == CANCELLED || next == FAILED;
            case PENDING -> next == RUNNING || next == CANCELLED;
            case RUNNING -> next.ended();
            case SUCCEEDED, FAILED, CANCELLED -> false;
        };
    }
}
