// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Reads the published schemas as a stranger would: makes samples by them, and finds what does not fit them. */
final class SchemaCheck {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final JsonNode document;

    SchemaCheck(JsonNode document) {
        this.document = document;
    }

    JsonNode resolved(JsonNode schema) {
        if (schema.has("$ref")) {
            return resolved(document.at(schema.get("$ref").asText().substring(1)));
        }
        return schema.has("allOf") ? resolved(schema.at("/allOf/0")) : schema;
    }

    /** A sample with every member of every object. */
    JsonNode sample(JsonNode given) {
        if (given.has("example")) {
            return given.get("example");
        }
        JsonNode schema = resolved(given);
        if (schema.has("example")) {
            return schema.get("example");
        }
        return switch (schema.path("type").asText()) {
            case "object" -> object(schema);
            case "array" -> JSON.arrayNode().add(sample(schema.get("items")));
            case "integer" -> JSON.numberNode(schema.path("minimum").asLong(1));
            case "boolean" -> JSON.booleanNode(true);
            case "string" -> JSON.textNode(text(schema));
            default -> JSON.objectNode();
        };
    }

    private JsonNode object(JsonNode schema) {
        ObjectNode object = JSON.objectNode();
        schema.path("properties")
                .properties()
                .forEach(member -> object.set(member.getKey(), sample(member.getValue())));
        if (schema.has("additionalProperties")) {
            object.set("key", sample(schema.get("additionalProperties")));
        }
        return object;
    }

    String text(JsonNode schema) {
        if (schema.has("enum")) {
            return schema.at("/enum/0").asText();
        }
        String pattern = schema.path("pattern").asText();
        if (pattern.contains("{64}")) {
            return "ab".repeat(32);
        }
        return "text";
    }

    /** What does not fit. */
    List<String> wrong(JsonNode value, JsonNode given) {
        List<String> wrong = new ArrayList<>();
        check(value, given, "", wrong);
        return wrong;
    }

    private void check(JsonNode value, JsonNode given, String at, List<String> wrong) {
        if (given.has("oneOf")) {
            boolean fits = false;
            for (JsonNode choice : given.get("oneOf")) {
                fits |= wrong(value, choice).isEmpty();
            }
            if (!fits) {
                wrong.add(at + " fits none of the choices");
            }
            return;
        }
        JsonNode schema = resolved(given);
        String type = schema.path("type").asText();
        boolean fits =
                switch (type) {
                    case "object" -> value.isObject();
                    case "array" -> value.isArray();
                    case "integer" -> value.isIntegralNumber();
                    case "boolean" -> value.isBoolean();
                    case "string" -> value.isTextual() && fits(value.asText(), schema);
                    default -> true;
                };
        if (!fits) {
            wrong.add(at + " is no " + schema + ": " + value);
        } else if (value instanceof ArrayNode array) {
            array.forEach(element -> check(element, schema.get("items"), at + "/0", wrong));
        } else if (value.isObject() && schema.has("properties")) {
            members(value, schema, at, wrong);
        }
    }

    private static boolean fits(String text, JsonNode schema) {
        boolean named = !schema.has("enum");
        for (JsonNode choice : schema.path("enum")) {
            named |= choice.asText().equals(text);
        }
        return named
                && (!schema.has("pattern") || text.matches(schema.get("pattern").asText()));
    }

    private void members(JsonNode value, JsonNode schema, String at, List<String> wrong) {
        schema.path("required").forEach(name -> {
            if (!value.has(name.asText())) {
                wrong.add(at + " lacks " + name.asText());
            }
        });
        value.properties().forEach(member -> {
            JsonNode known = schema.get("properties").get(member.getKey());
            if (known == null) {
                wrong.add(at + " has " + member.getKey() + ", which is not published");
            } else {
                check(member.getValue(), known, at + "/" + member.getKey(), wrong);
            }
        });
    }
}
