// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.gate;

import org.isthmus.api.ProblemType;

/** Problems of limits. */
public enum LimitProblem implements ProblemType {
    EXCEEDED(
            "limit-exceeded",
            409,
            "A limit is reached",
            "The problem says which limit, whose, how much is left and when it starts anew; somebody with limit.set or policy.set can raise it."),
    FROZEN(
            "limit-frozen",
            409,
            "A limit is frozen",
            "Nothing that costs more is accepted; the problem says whose limit it is and since when. Somebody with limit.set can lift it.");

    private final String slug;
    private final int status;
    private final String title;
    private final String help;

    LimitProblem(String slug, int status, String title, String help) {
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
