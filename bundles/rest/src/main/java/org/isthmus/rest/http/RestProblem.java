// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import org.isthmus.api.ProblemType;

/** Problems of the protocol itself. */
public enum RestProblem implements ProblemType {
    RANGE(
            "range-not-satisfiable",
            416,
            "There is nothing in that range",
            "Content-Range says how long the content is; ask for a range within it."),
    TOO_SLOW(
            "request-timeout", 408, "The request came too slowly", "Send its body in one go; images in smaller parts."),
    UPGRADE_NEEDED(
            "upgrade-needed",
            426,
            "This address speaks WebSocket",
            "Open it with a WebSocket client, with the url that POST …/console answered."),
    TOO_MANY_STREAMS(
            "too-many-streams",
            429,
            "Too many streams are open",
            "Close one of yours, or try again after Retry-After; one stream carries all events.");

    /** The member of RANGE that says how long the content is. */
    public static final String SIZE = "sizeBytes";

    private final String slug;
    private final int status;
    private final String title;
    private final String help;

    RestProblem(String slug, int status, String title, String help) {
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
