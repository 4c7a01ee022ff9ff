// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.isthmus.rest.json.Json;

/** Maps in merge patches (RFC 7396), and settings, which are texts or structures. */
final class Maps {
    private Maps() {}

    /** What is there with the patch applied: an empty value removes. */
    static Map<String, String> merged(Map<String, String> there, Map<String, Optional<String>> patch) {
        Map<String, String> merged = new LinkedHashMap<>(there);
        patch.forEach((key, value) -> value.ifPresentOrElse(text -> merged.put(key, text), () -> merged.remove(key)));
        return merged;
    }

    /** Settings as the endpoint keeps them: texts as they are, {@code null} as nothing, anything else as JSON text. */
    static Map<String, String> texts(Map<String, JsonNode> settings) {
        Map<String, String> texts = new LinkedHashMap<>();
        settings.forEach((name, value) ->
                texts.put(name, value.isTextual() ? value.textValue() : value.isNull() ? "" : Json.text(value)));
        return texts;
    }

    /** Settings as they are shown: structures as structures, all others as text. */
    static Map<String, JsonNode> structures(Map<String, String> settings) {
        Map<String, JsonNode> shown = new LinkedHashMap<>();
        settings.forEach((name, text) -> {
            boolean structure = text.startsWith("[") || text.startsWith("{");
            shown.put(name, structure ? Json.lenient(text) : Json.object().textNode(text));
        });
        return shown;
    }
}
