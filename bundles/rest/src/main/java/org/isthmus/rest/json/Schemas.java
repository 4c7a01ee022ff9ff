// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.isthmus.model.Money;

/** JSON schemas (as OpenAPI 3.0 writes them) of the types that {@link Binder} reads and {@link Shown} writes. */
public final class Schemas {
    private final Map<String, Class<?>> names = new LinkedHashMap<>();
    private final Map<String, ObjectNode> components = new TreeMap<>();

    /** The schema of a type; records become a reference into {@link #components}. */
    public ObjectNode of(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            Class<?> raw = (Class<?>) generic.getRawType();
            if (raw == Optional.class) {
                return of(arguments[0]);
            }
            if (raw == Map.class) {
                ObjectNode map = Json.object().put("type", "object");
                map.set("additionalProperties", nullable(arguments[1]));
                return map;
            }
            ObjectNode list = Json.object().put("type", "array");
            if (raw == Set.class) {
                list.put("uniqueItems", true);
            }
            list.set("items", of(arguments[0]));
            return list;
        }
        Class<?> raw = (Class<?>) type;
        if (raw == JsonNode.class) {
            return Json.object();
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return Json.object().put("type", "boolean");
        }
        if (raw == int.class || raw == Integer.class) {
            return Json.object().put("type", "integer").put("format", "int32");
        }
        if (raw == long.class || raw == Long.class) {
            return Json.object().put("type", "integer").put("format", "int64");
        }
        Optional<Words.Word<?>> word = Words.of(raw);
        if (word.isPresent()) {
            ObjectNode schema = Json.object().put("type", "string");
            new TreeMap<>(word.get().schema()).forEach((member, value) -> schema.set(member, literal(value)));
            return schema;
        }
        return reference(raw);
    }

    /** All records met so far, by name. */
    public ObjectNode components() {
        ObjectNode all = Json.object();
        all.setAll(components);
        return all;
    }

    /** How a record is called: without {@code View} or {@code Body}, which only say which side it is on. */
    public static String name(Class<?> type) {
        String name = type.getSimpleName();
        return name.endsWith("View") ? name.substring(0, name.length() - 4) : name;
    }

    private ObjectNode nullable(Type type) {
        ObjectNode schema = of(type);
        if (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class) {
            schema.put("nullable", true);
        }
        return schema;
    }

    private ObjectNode reference(Class<?> type) {
        String name = name(type);
        Class<?> other = names.putIfAbsent(name, type);
        if (other == null) {
            components.put(name, type == Money.class ? money() : record(type));
        } else if (other != type) {
            throw new IllegalStateException("Two types would be called " + name + ": " + type + " and " + other);
        }
        return Json.object().put("$ref", "#/components/schemas/" + name);
    }

    private static ObjectNode money() {
        ObjectNode schema = Json.object().put("type", "object").put("description", "an amount of one currency");
        ObjectNode properties = schema.putObject("properties");
        properties
                .putObject("amount")
                .put("type", "string")
                .put("pattern", "^-?[0-9]+([.][0-9]{1,6})?$")
                .put("example", "0.611");
        properties
                .putObject("currency")
                .put("type", "string")
                .put("pattern", "^[A-Z]{3}$")
                .put("example", "USD");
        schema.putArray("required").add("amount").add("currency");
        return schema;
    }

    private ObjectNode record(Class<?> type) {
        if (!type.isRecord()) {
            throw new IllegalStateException("Not a type of ours: " + type);
        }
        ObjectNode schema = Json.object().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = Json.array();
        members(type, properties, required);
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        return schema;
    }

    private void members(Class<?> type, ObjectNode properties, ArrayNode required) {
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.isAnnotationPresent(Flat.class)) {
                members(component.getType(), properties, required);
                continue;
            }
            String member = Words.member(component);
            ObjectNode property = of(component.getGenericType());
            properties.set(member, described(property, component));
            if (component.getType() != Optional.class) {
                required.add(member);
            }
        }
    }

    /** The names of a view's members. */
    public static Set<String> memberNames(Class<?> type) {
        Set<String> names = new LinkedHashSet<>();
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.isAnnotationPresent(Flat.class)) {
                names.addAll(memberNames(component.getType()));
            } else {
                names.add(Words.member(component));
            }
        }
        return names;
    }

    private static ObjectNode described(ObjectNode property, RecordComponent component) {
        boolean removable = component.getGenericType() instanceof ParameterizedType outer
                && outer.getActualTypeArguments()[0] instanceof ParameterizedType inner
                && inner.getRawType() == Optional.class;
        Field field = component.getAnnotation(Field.class);
        if (field == null && !removable) {
            return property;
        }
        ObjectNode schema = property;
        if (property.has("$ref")) {
            // OpenAPI 3.0 ignores what stands beside a reference
            schema = Json.object();
            schema.putArray("allOf").add(property);
        }
        if (removable) {
            schema.put("nullable", true);
        }
        if (field != null) {
            schema.put("description", field.value());
            limits(schema, field, component.getGenericType());
            if (!field.example().isEmpty()) {
                schema.set("example", Json.lenient(field.example()));
            }
        }
        return schema;
    }

    private static void limits(ObjectNode schema, Field field, Type type) {
        boolean list = "array".equals(schema.path("type").asText());
        if (field.min() != Long.MIN_VALUE) {
            schema.put("minimum", field.min());
        }
        if (field.max() != Long.MAX_VALUE) {
            schema.put("maximum", field.max());
        }
        if (field.most() != Integer.MAX_VALUE) {
            schema.put(
                    list ? "maxItems" : type.toString().contains("Map<") ? "maxProperties" : "maxLength", field.most());
        }
        if (field.least() > 0) {
            schema.put("minItems", field.least());
        }
        if (!field.pattern().isEmpty()) {
            schema.put("pattern", "^" + field.pattern() + "$");
        }
    }

    private static JsonNode literal(Object value) {
        if (value instanceof Collection<?> several) {
            ArrayNode array = Json.array();
            several.forEach(each -> array.add(each.toString()));
            return array;
        }
        return value instanceof String text ? Json.object().textNode(text) : Shown.of(value);
    }
}
