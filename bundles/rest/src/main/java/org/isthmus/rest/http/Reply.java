// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.isthmus.rest.json.Json;
import org.isthmus.rest.json.Shown;

/**
 * An answer before it is written.
 *
 * @param json the body, when it is JSON: it can still be trimmed
 * @param text the body, when it is anything else that is known beforehand
 * @param stream the body, when it is written as it comes, by a handler that sees to it that not too many are
 */
public record Reply(
        int status,
        Map<String, String> headers,
        String mediaType,
        Optional<JsonNode> json,
        Optional<byte[]> text,
        Optional<Stream> stream) {
    public static final String JSON = "application/json";
    public static final String PROBLEM = "application/problem+json";

    /** Writes a body. Runs on the request's thread. */
    @FunctionalInterface
    public interface Stream {
        void write(OutputStream out) throws IOException;
    }

    public Reply {
        headers = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /** A view or a tree as JSON; with an ETag when it has a version. */
    public static Reply json(int status, Object view) {
        JsonNode tree = Shown.of(view);
        Map<String, String> headers = new LinkedHashMap<>();
        if (tree.path("version").isIntegralNumber()) {
            headers.put("ETag", "\"" + tree.get("version").longValue() + "\"");
        }
        return new Reply(status, headers, JSON, Optional.of(tree), Optional.empty(), Optional.empty());
    }

    public static Reply empty(int status) {
        return new Reply(status, Map.of(), "", Optional.empty(), Optional.empty(), Optional.empty());
    }

    public static Reply text(int status, String mediaType, byte[] body) {
        return new Reply(status, Map.of(), mediaType, Optional.empty(), Optional.of(body), Optional.empty());
    }

    public static Reply stream(int status, String mediaType, Stream stream) {
        return new Reply(status, Map.of(), mediaType, Optional.empty(), Optional.empty(), Optional.of(stream));
    }

    public Reply with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Reply(status, more, mediaType, json, text, stream);
    }

    Reply withJson(JsonNode tree) {
        return new Reply(status, headers, mediaType, Optional.of(tree), text, stream);
    }

    Reply as(String type) {
        return new Reply(status, headers, type, json, text, stream);
    }

    /** The body's bytes when they are known beforehand. */
    public Optional<byte[]> bytes() {
        return json.map(Json::bytes).or(() -> text);
    }
}
