// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.server;

import org.isthmus.api.ProblemType;

/** Problems of servers. */
public enum ServerProblem implements ProblemType {
    NO_NETWORK(
            "server-without-network",
            400,
            "A server needs a network",
            "Make a private network first, then name it in network or nics."),
    WRONG_STATE(
            "server-state",
            409,
            "The server's state does not allow this",
            "The problem lists the states it may go to from here."),
    PROTECTED("server-protected", 409, "The server is protected", "PATCH protected to false first."),
    NOT_RECOVERABLE(
            "server-not-recoverable",
            409,
            "The server cannot be recovered",
            "Its grace is over, or its name is taken by another server: rename that one first."),
    DISK_TOO_SMALL(
            "disk-too-small",
            400,
            "The boot disk is smaller than the image",
            "Give it at least the size of the image."),
    NO_CONSOLE(
            "console-closed",
            409,
            "There is no console now",
            "Start the server, and open a new console: a console address is good for one minute and one use.");

    private final String slug;
    private final int status;
    private final String title;
    private final String help;

    ServerProblem(String slug, int status, String title, String help) {
        this.slug = slug;
        this.status = status;
        this.title = title;
        this.help = help;
    }

    @Override
    public String slug() {
        return slug;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public String help() {
        return help;
    }
}
