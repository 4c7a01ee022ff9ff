// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.approval;

import org.isthmus.api.ProblemType;

/** Problems of approvals. */
public enum ApprovalProblem implements ProblemType {
    OWN_REQUEST(
            "own-request",
            403,
            "Nobody approves what they asked for",
            "Somebody else must approve it: also not the same person by a token, or by a service account they are responsible for."),
    NOT_WAITING(
            "not-waiting",
            409,
            "The request does not wait any more",
            "It was decided, withdrawn or not decided in time; its state says which.");

    private final String slug;
    private final int status;
    private final String title;
    private final String help;

    ApprovalProblem(String slug, int status, String title, String help) {
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
