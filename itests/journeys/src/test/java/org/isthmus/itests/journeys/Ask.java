// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * How one operation is asked whether it is allowed, so that nothing happens: whose things it can be about, what is sent, and
 * how the answer is read. A change is sent with {@code dryRun=true}; what cannot be sent so has a way of its own and the
 * reason for it.
 */
final class Ask {
    /** A way of its own to send a request. */
    interface Way {
        Answer send(Holder holder, String path, Belongings about);
    }

    private final Set<Where> places;
    private Function<Belongings, ObjectNode> body = about -> Api.json();
    private Function<Belongings, String> query = about -> "";
    private Optional<String> shows = Optional.empty();
    private Optional<Way> way = Optional.empty();
    private String because = "";
    private boolean refusesLogins;

    private Ask(Set<Where> places) {
        this.places = places;
    }

    /** Things that can be somebody's own, or else a department's. */
    static Ask ofAThing() {
        return new Ask(EnumSet.of(Where.OWN, Where.SAME, Where.OTHER, Where.FOREIGN));
    }

    /** Things that are in a department and nobody's own. */
    static Ask ofADepartment() {
        return new Ask(EnumSet.of(Where.SAME, Where.OTHER, Where.FOREIGN));
    }

    /** What can be in a department or in none. */
    static Ask ofADepartmentOrNone() {
        return new Ask(EnumSet.of(Where.WHOLE, Where.SAME, Where.OTHER, Where.FOREIGN));
    }

    /** What an organization has one of, or what is not in a department. */
    static Ask ofAnOrganization() {
        return new Ask(EnumSet.of(Where.WHOLE, Where.FOREIGN));
    }

    /** What has no place: of the cloud, or of whoever asks. */
    static Ask ofTheCloud() {
        return new Ask(EnumSet.of(Where.WHOLE));
    }

    /** With a body: names and values in turn, the same wherever the thing is. */
    Ask sending(Object... namesAndValues) {
        return sending(about -> Api.json(namesAndValues));
    }

    Ask sending(Function<Belongings, ObjectNode> wish) {
        body = wish;
        return this;
    }

    Ask asking(Function<Belongings, String> parameters) {
        query = parameters;
        return this;
    }

    /** A list: allowed where it has this in it. */
    Ask showing(String thing) {
        shows = Optional.of(thing);
        return this;
    }

    /** Not as it would be asked for by itself, and why. */
    Ask instead(String reason, Way other) {
        because = reason;
        way = Optional.of(other);
        return this;
    }

    /** Only for a directory's own token: nobody's login is good there, whatever they hold. */
    static Ask ofADirectory() {
        Ask ask = ofTheCloud();
        ask.refusesLogins = true;
        return ask;
    }

    Set<Where> places() {
        return places;
    }

    /** Why it is asked in another way; empty when it is not. */
    String because() {
        return because;
    }

    /** Sends it. */
    Answer send(Published operation, Holder holder, Belongings about, Optional<String> version) {
        if (refusesLogins) {
            String anywhere = operation
                    .path()
                    .replace("{organization}", about.get("organization"))
                    .replaceAll("\\{[a-z]+}", "absent");
            return holder.api().request(operation.method(), anywhere).send();
        }
        String path = about.path(operation.path());
        if (way.isPresent()) {
            return way.get().send(holder, path, about);
        }
        if (operation.changes() && !operation.takes("dryRun")) {
            throw new AssertionError(
                    operation + " would really happen: say in Asks how it is asked safely, and why that tells enough");
        }
        Api.Request request = holder.api().request(operation.method(), path + parameters(operation, about));
        version.ifPresent(tag -> request.header("If-Match", tag));
        if (operation.takesBody()) {
            request.body(body.apply(about));
        }
        return request.send();
    }

    private String parameters(Published operation, Belongings about) {
        StringBuilder text = new StringBuilder();
        if (operation.changes()) {
            text.append("&dryRun=true");
        }
        shows.ifPresent(thing -> text.append("&limit=1000"));
        String own = query.apply(about);
        if (!own.isEmpty()) {
            text.append('&').append(own);
        }
        return text.isEmpty() ? "" : "?" + text.substring(1);
    }

    /** What the answer says; an answer that says neither yes nor no is a fault of the test. */
    boolean allowed(Answer answer, Belongings about) {
        if (refusesLogins) {
            return answer.must(401).status() != 401;
        }
        return switch (answer.status()) {
            case 403, 404 -> false;
            case 200, 201, 202, 204, 206 -> shows.map(thing -> answer.text().contains('"' + about.get(thing) + '"'))
                    .orElse(true);
            case 409, 410, 412, 422, 426, 428 -> true;
            default -> throw new AssertionError(
                    "This says neither that it is allowed nor that it is not; about what is in " + about + ", "
                            + answer.asked() + " was answered " + answer.status() + ": " + answer.text());
        };
    }
}
