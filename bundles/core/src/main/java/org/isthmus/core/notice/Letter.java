// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.notice;

import java.util.Map;
import java.util.Optional;
import org.isthmus.api.event.Event;

/**
 * What is said to whom it concerns, in plain words.
 *
 * @param own the account that the event is about, when it is about one
 */
record Letter(String subject, String text, Optional<String> own) {
    /** What an event of a type that people are told of says; empty for all others. */
    static Optional<Letter> of(Event event, String organization) {
        return event.type().equals("limit.warning")
                ? Optional.of(warning(event.data(), organization))
                : Optional.empty();
    }

    private static Letter warning(Map<String, String> data, String organization) {
        boolean forecast = data.get("of").equals("forecast");
        String whose = data.get("kind") + " " + data.get("name");
        String percent = data.get("percent") + " %";
        String amount = data.get("amount") + " " + data.get("currency");
        String limit = data.get("monthly") + " " + data.get("currency");
        String month = data.get("month");
        String what = forecast
                ? "If nothing changes, the " + whose + " will have cost " + amount + " at the end of " + month
                        + ". That is " + percent + " or more of the limit of " + limit + " a month."
                : "The " + whose + " has cost " + amount + " so far in " + month + ". That is " + percent
                        + " or more of the limit of " + limit + " a month.";
        String then =
                "Whatever would bring the forecast above the limit is refused until it is less, the limit is raised,"
                        + " or the next month begins (" + data.get("resetsAt") + "). What runs goes on running.";
        String advice =
                "What to do: stop servers that are not needed (a stopped one pays its disks only), delete those that"
                        + " are not wanted any more, or have somebody who may set limits (limit.set) raise this one.";
        return new Letter(
                organization + ": " + percent + " of the monthly limit of the " + whose
                        + (forecast ? " by the end of " + month : " in " + month),
                String.join("\n\n", what, then, advice, "Organization: " + organization + ".\nYou are told this once.")
                        + "\n",
                data.get("kind").equals("user") ? Optional.of(data.get("id")) : Optional.empty());
    }
}
