// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.regex.Pattern;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.rest.json.Json;

/** What goes for a whole part of the API beyond single routes: who logs in, how bodies are called, how problems are told. */
public enum Manner {
    /** The API itself. */
    PLAIN(Caller.Door.REST, "application/json"),
    /** Below {@code …/scim/v2}: RFC 7644 has media types, errors and leniency of its own, and only directories come in. */
    SCIM(Caller.Door.SCIM, "application/scim+json");

    private static final Pattern BELOW_SCIM = Pattern.compile("/api/v1/organizations/[^/]+/scim/v2(/.*)?");
    private static final String ERROR = "urn:ietf:params:scim:api:messages:2.0:Error";

    private final Caller.Door door;
    private final String mediaType;

    Manner(Caller.Door door, String mediaType) {
        this.door = door;
        this.mediaType = mediaType;
    }

    /** That of a path. */
    static Manner of(String path) {
        return path != null && BELOW_SCIM.matcher(path).matches() ? SCIM : PLAIN;
    }

    Caller.Door door() {
        return door;
    }

    /** How its bodies are called. */
    public String mediaType() {
        return mediaType;
    }

    /** The media types a body may have. */
    Set<String> taken(Verb verb) {
        if (this == SCIM) {
            return Set.of(mediaType, "application/json");
        }
        return verb == Verb.PATCH ? Set.of("application/json", "application/merge-patch+json") : Set.of(mediaType);
    }

    /** Whether parameters that nobody knows are passed over: a client may send those of extensions. */
    boolean lenient() {
        return this == SCIM;
    }

    /** The answer for a problem. */
    Reply told(ProblemException problem, String requestId) {
        Reply plain = Problems.reply(problem, requestId);
        if (this == PLAIN) {
            return plain;
        }
        return plain.withJson(error(problem)).as(mediaType);
    }

    /** The error of RFC 7644, 3.12. */
    public static ObjectNode error(ProblemException problem) {
        ObjectNode error = error(problem.type().status(), problem.getMessage());
        String word = word(problem);
        if (!word.isEmpty()) {
            error.put("scimType", word);
        }
        return error;
    }

    /** The same for what is no problem of the API. */
    public static ObjectNode error(int status, String detail) {
        ObjectNode error = Json.object();
        error.putArray("schemas").add(ERROR);
        return error.put("status", Integer.toString(status)).put("detail", detail);
    }

    private static String word(ProblemException problem) {
        if (problem.extra().get("scimType") instanceof String said) {
            return said;
        }
        if (problem.type() == Problem.NAME_TAKEN) {
            return "uniqueness";
        }
        if (problem.type() != Problem.MALFORMED) {
            return "";
        }
        // what is wrong with the whole body has no pointer to a field
        boolean whole =
                problem.errors().stream().anyMatch(error -> error.pointer().isEmpty());
        return whole ? "invalidSyntax" : "invalidValue";
    }
}
