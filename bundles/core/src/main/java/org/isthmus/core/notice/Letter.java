// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.notice;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.event.Event;

/**
 * What is said to whom it concerns, in plain words.
 *
 * @param own the user whom the event is about or who asked for it, if any
 * @param others it is told to those besides who may do this in all of the organization
 * @param instead to these only where the user is not there any more
 */
record Letter(String subject, String text, Optional<String> own, Optional<Action> others, boolean instead) {
    private static final int MOST_SAID = 1000;

    /** To the user, and to those who may do this. */
    private static Letter toBoth(String subject, Optional<String> own, Action others, String... paragraphs) {
        return new Letter(subject, text(paragraphs), own, Optional.of(others), false);
    }

    private static String text(String... paragraphs) {
        return String.join("\n\n", paragraphs) + "\n";
    }

    /** What an event of a type that people are told of says; empty for all others. */
    static Optional<Letter> of(Event event, String organization) {
        return switch (event.type()) {
            case "limit.warning" -> Optional.of(warning(event.data(), organization));
            case "server.expiring" -> Optional.of(expiring(event.data(), organization));
            case "lease.refused" -> Optional.of(refused(event.data(), organization));
            case "limit.frozen" -> Optional.of(frozen(event.data(), organization));
            case "limit.unfrozen" -> Optional.of(unfrozen(event.data(), organization));
            case "webhook.suspended" -> Optional.of(suspended(event.data(), organization));
            case "break-glass.asked" -> Optional.of(asked(event, organization));
            case "break-glass.begun" -> Optional.of(begun(event, organization));
            case "break-glass.ended" -> Optional.of(ended(event, organization));
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
                text(what, advice, organization(organization)),
                Optional.ofNullable(data.get("owner")),
                Optional.empty(),
                false);
    }

    private static String organization(String organization) {
        return "Organization: " + organization + ".";
    }

    private static String once(String organization) {
        return organization(organization) + "\nYou are told this once.";
    }

    private static Letter refused(Map<String, String> data, String organization) {
        String name = data.get("name");
        return new Letter(
                organization + ": the lease of the server " + name + " could not be kept",
                text(
                        "The server " + name + " has a lease, and what it asks for was refused. "
                                + shortened(data.get("reason")),
                        "What to do: see to what was in the way; or change the lease (PATCH …/leases/" + name
                                + ", or isthmus:lease-change " + name
                                + "), which from then on asks for it on behalf of who changed it; or delete it.",
                        once(organization)),
                Optional.ofNullable(data.get("owner")),
                Optional.of(Action.SERVER_CHANGE),
                true);
    }

    private static Optional<String> user(Map<String, String> limit) {
        return Optional.of(limit)
                .filter(data -> data.get("kind").equals("user"))
                .map(data -> data.get("id"));
    }

    private static Letter frozen(Map<String, String> data, String organization) {
        String whose = data.get("kind") + " " + data.get("name");
        return toBoth(
                organization + ": the limit of the " + whose + " is frozen",
                user(data),
                Action.LIMIT_SET,
                "The limit of the " + whose
                        + " is frozen: nothing that costs more is accepted, and the servers of whom it"
                        + " limits are stopped. Nothing is deleted, and disks go on being paid.",
                "What to do: GET …/limits says since when and by whom. Somebody who may set limits (limit.set) lifts it"
                        + " or raises the limit. One that froze by itself, for it was used up, is lifted by itself when the"
                        + " next month begins.",
                once(organization));
    }

    private static Letter unfrozen(Map<String, String> data, String organization) {
        String whose = data.get("kind") + " " + data.get("name");
        return toBoth(
                organization + ": the limit of the " + whose + " is not frozen any more",
                user(data),
                Action.LIMIT_SET,
                "The limit of the " + whose + " is not frozen any more: servers of whom it limits can be started again."
                        + " None is started by itself.",
                once(organization));
    }

    private static Letter suspended(Map<String, String> data, String organization) {
        String name = data.get("name");
        return toBoth(
                organization + ": the webhook " + name + " is suspended",
                Optional.ofNullable(data.get("owner")),
                Action.WEBHOOK_MANAGE,
                "The webhook " + name + " is suspended: no event is sent to it. " + shortened(data.get("reason")),
                "What to do: when that is mended, change it (PATCH …/webhooks/" + name + ", or isthmus:webhook-change "
                        + name + "). It goes on where it was, on behalf of who changed it: no event is lost meanwhile.",
                once(organization));
    }

    private static Letter asked(Event event, String organization) {
        Map<String, String> data = event.data();
        return toBoth(
                organization + ": " + data.get("by") + " asks for the role " + data.get("role") + " in an emergency",
                Optional.empty(),
                Action.BREAK_GLASS_CONFIRM,
                data.get("by") + " asks to hold the role " + data.get("role")
                        + " for some hours. The reason they give:",
                quoted(data.get("reason")),
                "What to do: ask them in a way that shows you who it is. If it is so, confirm it within an hour: POST"
                        + " …/break-glass/" + event.subject().id() + "/confirm, or isthmus:break-glass-confirm "
                        + event.subject().id() + ". If it is not, end it: somebody else may use that account.",
                once(organization));
    }

    private static Letter begun(Event event, String organization) {
        Map<String, String> data = event.data();
        return toBoth(
                organization + ": " + data.get("holder") + " holds the role " + data.get("role") + " in an emergency",
                Optional.ofNullable(data.get("user")),
                Action.BREAK_GLASS_CONFIRM,
                data.get("holder") + " holds the role " + data.get("role") + " from now on until " + data.get("until")
                        + ", confirmed by " + data.get("confirmedBy") + ". The reason that was given:",
                quoted(data.get("reason")),
                "Every use of it is marked in the audit log. What is done under it, while it lasts and afterwards: GET"
                        + " …/break-glass/" + event.subject().id() + "/report. To end it before its time: POST"
                        + " …/break-glass/" + event.subject().id() + "/end, or isthmus:break-glass-end "
                        + event.subject().id() + ". You are told when it is over.",
                once(organization));
    }

    private static Letter ended(Event event, String organization) {
        Map<String, String> data = event.data();
        return toBoth(
                organization + ": " + data.get("holder") + " does not hold the role " + data.get("role") + " any more",
                Optional.ofNullable(data.get("user")),
                Action.BREAK_GLASS_CONFIRM,
                "The role " + data.get("role") + ", which " + data.get("holder")
                        + " held in an emergency, is theirs no more: "
                        + (data.get("by").equals("system") ? "its time is over." : data.get("by") + " ended it."),
                "What was done under it: GET …/break-glass/" + event.subject().id() + "/report.",
                once(organization));
    }

    /** A mail is kept in so many characters that this has room, and no more is read of it anyway. */
    private static String shortened(String said) {
        return said.length() <= MOST_SAID ? said : said.substring(0, MOST_SAID) + "…";
    }

    /** What somebody wrote, so that it is not taken for what we say. */
    private static String quoted(String said) {
        return shortened(said).lines().map(line -> "> " + line).collect(Collectors.joining("\n"));
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
                text(what, then, advice, once(organization)),
                user(data),
                Optional.of(Action.LIMIT_SET),
                false);
    }
}
