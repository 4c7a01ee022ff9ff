// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The type of a column (RFC 7047, section 3.2), as far as reading its values goes.
 *
 * @param value present for maps
 * @param single holds one element at most: a change then says the new value, not the difference
 */
record ColumnType(Atom key, Optional<Atom> value, boolean single) {
    /** What one element is. */
    enum Atom {
        INTEGER,
        REAL,
        BOOLEAN,
        STRING,
        UUID
    }

    static final ColumnType TEXT = new ColumnType(Atom.STRING, Optional.empty(), true);
    static final ColumnType FLAG = new ColumnType(Atom.BOOLEAN, Optional.empty(), true);

    /** Reads a column's type out of a schema. */
    static ColumnType of(JsonNode type) throws Lost {
        if (type.isTextual()) {
            return new ColumnType(atom(type), Optional.empty(), true);
        }
        Optional<Atom> value = type.has("value") ? Optional.of(atom(type.get("value"))) : Optional.empty();
        JsonNode max = type.path("max");
        return new ColumnType(atom(type.path("key")), value, max.isMissingNode() || max.asInt(0) == 1);
    }

    private static Atom atom(JsonNode base) throws Lost {
        String name = base.isObject() ? base.path("type").asText() : base.asText();
        return switch (name) {
            case "integer" -> Atom.INTEGER;
            case "real" -> Atom.REAL;
            case "boolean" -> Atom.BOOLEAN;
            case "string" -> Atom.STRING;
            case "uuid" -> Atom.UUID;
            default -> throw Lost.nonsense("a schema with the unknown type '" + Lines.shorten(name) + "'");
        };
    }

    /** Reads a value of this type. */
    Datum read(JsonNode json) throws Lost {
        Map<Object, Object> elements = new LinkedHashMap<>();
        String tag = json.isArray() && json.size() == 2 ? json.get(0).asText() : "";
        if (value.isPresent()) {
            if (!tag.equals("map")) {
                throw Lost.nonsense("a map column that holds no map");
            }
            for (JsonNode pair : json.get(1)) {
                if (pair.size() != 2) {
                    throw Lost.nonsense("a map with something that is no pair");
                }
                elements.put(read(key, pair.get(0)), read(value.get(), pair.get(1)));
            }
        } else if (tag.equals("set")) {
            for (JsonNode each : json.get(1)) {
                elements.put(read(key, each), true);
            }
        } else {
            elements.put(read(key, json), true);
        }
        return new Datum(elements);
    }

    private static Object read(Atom atom, JsonNode json) throws Lost {
        boolean fits = false;
        switch (atom) {
            case INTEGER -> fits = json.isIntegralNumber() && json.canConvertToLong();
            case REAL -> fits = json.isNumber();
            case BOOLEAN -> fits = json.isBoolean();
            case STRING -> fits = json.isTextual();
            case UUID -> fits =
                    json.isArray() && json.size() == 2 && json.get(0).asText().equals("uuid");
        }
        if (!fits) {
            throw Lost.nonsense("a value that does not fit its column");
        }
        return switch (atom) {
            case INTEGER -> json.longValue();
            case REAL -> json.decimalValue();
            case BOOLEAN -> json.booleanValue();
            case STRING -> json.textValue();
            case UUID -> uuid(json.get(1).asText());
        };
    }

    static UUID uuid(String text) throws Lost {
        if (text.length() != 36) {
            throw Lost.nonsense("something in a UUID's place");
        }
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw Lost.nonsense("something in a UUID's place");
        }
    }
}
