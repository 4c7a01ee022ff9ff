// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.notice;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.event.Event;

/**
 * What is said to whom it concerns, in plain words.
 *
 * @param own the user whom the event is about or who asked for it, if any
 * @param managers whether it is told to those who may set limits, too
 */
record Letter(String subject, String text, Optional<String> own, boolean managers) {
    /** What an event of a type that people are told of says; empty for all others. */
    static Optional<Letter> of(Event event, String organization) {
        return switch (event.type()) {
            case "limit.warning" -> Optional.of(warning(event.data(), organization));
            case "server.expiring" -> Optional.of(expiring(event.data(), organization));
            default -> Optional.empty();
        };
    }

    private static Letter expiring(Map<String, String> data, String organization) {
        String name = data.get("name");
        Duration within = Duration.parse(data.get("within"));
        String left = within.toDays() > 1
                ? within.toDays() + " days"
                : within.toDays() == 1 ? "one day" : within.toHours() == 1 ? "one hour" : within.toHours() + " hours";
        boolean delete = data.get("onExpiry").equals("DELETE");
        String what = "The time of the server " + name + " is over at " + data.get("expiresAt") + ". Then it is stopped"
                + (delete
                        ? " and deleted; it can be recovered for as long as the organization's policy says."
                        : ", and not started again until its lease has a later end. It is not deleted.");
        String advice = "What to do: if it is needed for longer, give its lease a later end (PATCH …/leases/" + name
                + " with expiresAt, or isthmus:lease-change " + name + "). If not, there is nothing to do.";
        return new Letter(
                organization + ": the time of the server " + name + " is over in less than " + left,
                String.join("\n\n", what, advice, "Organization: " + organization + ".\n"),
                Optional.ofNullable(data.get("owner")),
                false);
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
                        + " or the next month begins (" + data.get("resetsAt")
                        + "). What runs goes on running, unless the limit is"
                        + " one that freezes when it is used up.";
        String advice =
                "What to do: stop servers that are not needed (a stopped one pays its disks only), delete those that"
                        + " are not wanted any more, or have somebody who may set limits (limit.set) raise this one.";
        return new Letter(
                organization + ": " + percent + " of the monthly limit of the " + whose
                        + (forecast ? " by the end of " + month : " in " + month),
                String.join("\n\n", what, then, advice, "Organization: " + organization + ".\nYou are told this once.")
                        + "\n",
                data.get("kind").equals("user") ? Optional.of(data.get("id")) : Optional.empty(),
                true);
    }
}
