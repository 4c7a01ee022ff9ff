// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.server;

import java.util.Arrays;
import java.util.List;

/** The states of a server. */
public enum ServerState {
    /** Written down. */
    REQUESTED,
    /** Being made. */
    BUILDING,
    RUNNING,
    STOPPED,
    STARTING,
    STOPPING,
    RESTARTING,
    /** Its CPUs, memory, disks or interfaces are being changed. */
    RESIZING,
    MIGRATING,
    /** Deleted, recoverable within the grace. */
    DELETED,
    /** Could not be made; holds nothing. */
    FAILED,
    /** The host cannot say. */
    LOST;

    /** The one table of transitions. */
    public boolean mayBecome(ServerState next) {
        return switch (this) {
            case REQUESTED -> next == BUILDING || next == FAILED || next == DELETED;
            case BUILDING -> next == RUNNING || next == STOPPED || next == FAILED || next == DELETED;
            case RUNNING -> switch (next) {
                case STOPPING, RESTARTING, RESIZING, MIGRATING, DELETED, STOPPED, LOST -> true;
                default -> false;
            };
            case STOPPED -> switch (next) {
                case STARTING, RESIZING, MIGRATING, DELETED, RUNNING, LOST -> true;
                default -> false;
            };
            case STARTING, STOPPING, RESTARTING, RESIZING, MIGRATING -> next == RUNNING
                    || next == STOPPED
                    || next == LOST
                    || next == DELETED;
            case LOST -> next == RUNNING || next == STOPPED || next == DELETED;
            case DELETED -> next == STOPPED;
            case FAILED -> next == DELETED;
        };
    }

    /** The states it may go to from here. */
    public List<ServerState> next() {
        return Arrays.stream(values()).filter(this::mayBecome).toList();
    }

    /** True while an operation is at work on it. */
    public boolean busy() {
        return switch (this) {
            case REQUESTED, BUILDING, STARTING, STOPPING, RESTARTING, RESIZING, MIGRATING -> true;
            case RUNNING, STOPPED, DELETED, FAILED, LOST -> false;
        };
    }
}
