// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.show;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** A tree as JSON text. */
public final class Json {
    private static final JsonMapper MAPPER = new JsonMapper();

    private Json() {}

    /** On several lines, for one document. */
    public static String text(JsonNode node) {
        return written(MAPPER.writerWithDefaultPrettyPrinter(), node);
    }

    /** On one line, for a stream of them. */
    public static String line(JsonNode node) {
        return written(MAPPER.writer(), node);
    }

    private static String written(ObjectWriter writer, JsonNode node) {
        try {
            return writer.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree can always be written", e);
        }
    }
}
