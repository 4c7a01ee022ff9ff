// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An answer as it came.
 *
 * @param asked method and address, for messages
 * @param body empty object when there was none or it is not JSON
 */
record Answer(String asked, int status, HttpHeaders headers, String text, JsonNode body) {
    /** This answer, when its status is one of these; else the test fails and shows it. */
    Answer must(int... statuses) {
        for (int each : statuses) {
            if (status == each) {
                return this;
            }
        }
        throw new AssertionError(
                asked + " was answered " + status + ", not " + java.util.Arrays.toString(statuses) + ": " + text);
    }

    /** A refusal of this status and type. */
    Answer refused(int wanted, String slug) {
        must(wanted);
        if (!problem().equals(slug)) {
            throw new AssertionError(asked + " was refused with " + problem() + ", not " + slug + ": " + text);
        }
        return this;
    }

    /** The last part of a problem's type; empty when it is no problem. */
    String problem() {
        String type = body.path("type").asText();
        return status < 400 ? "" : type.substring(type.lastIndexOf('/') + 1);
    }

    String detail() {
        return body.path("detail").asText();
    }

    /** A member that must be there. */
    String get(String member) {
        JsonNode value = body.get(member);
        if (value == null || value.isNull()) {
            throw new AssertionError(asked + " was answered without " + member + ": " + text);
        }
        return value.isValueNode() ? value.asText() : value.toString();
    }

    long number(String member) {
        return Long.parseLong(get(member));
    }

    String id() {
        return get("id");
    }

    /** The version of a thing, as If-Match wants it. */
    String tag() {
        return "\"" + get("version") + "\"";
    }

    List<JsonNode> items() {
        List<JsonNode> items = new ArrayList<>();
        must(200).body.path("items").forEach(items::add);
        return items;
    }

    /** The JSON pointers of a problem's errors. */
    List<String> pointers() {
        List<String> pointers = new ArrayList<>();
        body.path("errors").forEach(error -> pointers.add(error.path("pointer").asText()));
        return pointers;
    }

    Optional<String> header(String name) {
        return headers.firstValue(name);
    }
}
