// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.isthmus.rest.json.Json;

/** Values as clients write them, made those of their attributes: names in our spelling, what is not kept left out. */
final class Values {
    /** Of anything a resource has several of, but members: each new value is compared with those that are there. */
    static final int MOST = 50;

    /** Members in one value. */
    static final int MOST_MEMBERS = 10_000;

    private Values() {}

    /** A whole resource out of the body of POST or PUT. */
    static ObjectNode resource(Kind kind, JsonNode body) {
        if (!(body instanceof ObjectNode object)) {
            throw Fault.INVALID_SYNTAX.because("The body is a JSON object.");
        }
        ObjectNode resource = Json.object();
        Messages.need(object, kind.schema().id());
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            Optional<Schema> extension = kind.extensions().stream()
                    .filter(schema -> schema.id().equalsIgnoreCase(member.getKey()))
                    .findFirst();
            if (extension.isPresent()) {
                if (!member.getValue().isNull()) {
                    ObjectNode within = parts(
                            extension.get().attributes(),
                            member.getValue(),
                            extension.get().name());
                    put(resource, extension.get().id(), within);
                }
                continue;
            }
            Attribute.named(kind.top(), member.getKey())
                    .filter(attribute ->
                            !attribute.readOnly() && !attribute.name().equals("schemas"))
                    .ifPresent(attribute -> checked(attribute, member.getValue())
                            .ifPresent(value -> resource.set(attribute.name(), value)));
        }
        complete(kind, resource);
        return resource;
    }

    /** INVALID_VALUE when something is missing that must be there. */
    static void complete(Kind kind, ObjectNode resource) {
        for (Attribute attribute : kind.schema().attributes()) {
            if (attribute.has(Attribute.Trait.REQUIRED) && !resource.has(attribute.name())) {
                throw Fault.INVALID_VALUE.because("%s is needed.", attribute.name());
            }
        }
    }

    /** The value as its attribute keeps it; empty when it is none (null, or without anything in it). */
    static Optional<JsonNode> checked(Attribute attribute, JsonNode value) {
        if (value.isNull() || value.isMissingNode() || (value.isContainerNode() && value.isEmpty())) {
            return Optional.empty();
        }
        if (!attribute.many()) {
            return single(attribute, single(value));
        }
        ArrayNode all = Json.array();
        if (value.isArray()) {
            bounded(attribute, value);
            value.forEach(each -> single(attribute, each).ifPresent(all::add));
        } else {
            single(attribute, value).ifPresent(all::add);
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(all);
    }

    /** TOO_MANY when there are more than the attribute may have. */
    static void bounded(Attribute attribute, JsonNode values) {
        int most = attribute.name().equals("members") ? MOST_MEMBERS : MOST;
        if (values.size() > most) {
            throw Fault.TOO_MANY.because("%s takes at most %d values.", attribute.name(), most);
        }
    }

    /** Some clients write the value of a single-valued attribute as {@code [{"value": …}]}. */
    private static JsonNode single(JsonNode value) {
        boolean wrapped = value.isArray() && value.size() == 1 && value.get(0).has("value");
        return wrapped ? value.get(0).get("value") : value;
    }

    /** One value of an attribute. */
    static Optional<JsonNode> single(Attribute attribute, JsonNode value) {
        if (value.isNull()) {
            return Optional.empty();
        }
        return switch (attribute.type()) {
            case BOOLEAN -> Optional.of(flag(value)
                    .map(BooleanNode::valueOf)
                    .orElseThrow(() -> Fault.INVALID_VALUE.because("%s is true or false.", attribute.name())));
            case COMPLEX -> {
                ObjectNode parts = parts(attribute.parts(), value, attribute.name());
                for (Attribute part : attribute.parts()) {
                    if (part.has(Attribute.Trait.REQUIRED) && !parts.has(part.name())) {
                        if (isNull(value, part.name())) {
                            yield Optional.empty();
                        }
                        throw Fault.INVALID_VALUE.because("%s needs its part %s.", attribute.name(), part.name());
                    }
                }
                yield parts.isEmpty() ? Optional.empty() : Optional.of(parts);
            }
            case STRING, REFERENCE, DATE_TIME -> {
                if (!value.isTextual()) {
                    throw Fault.INVALID_VALUE.because("%s is a text.", attribute.name());
                }
                yield value.asText().isBlank() ? Optional.empty() : Optional.of(value);
            }
        };
    }

    /** Whether it says that it has no such part: then it is no value. */
    private static boolean isNull(JsonNode value, String part) {
        return value.properties().stream()
                .anyMatch(member -> member.getKey().equalsIgnoreCase(part)
                        && member.getValue().isNull());
    }

    /** The parts of a complex value, or the attributes of an extension. */
    private static ObjectNode parts(List<Attribute> known, JsonNode value, String where) {
        if (!value.isObject()) {
            throw Fault.INVALID_VALUE.because("%s is an object with parts.", where);
        }
        ObjectNode parts = Json.object();
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            Attribute.named(known, member.getKey())
                    .filter(part -> !part.readOnly())
                    .ifPresent(
                            part -> checked(part, member.getValue()).ifPresent(kept -> parts.set(part.name(), kept)));
        }
        return parts;
    }

    private static void put(ObjectNode resource, String name, ObjectNode value) {
        if (!value.isEmpty()) {
            resource.set(name, value);
        }
    }

    /** A flag, also when it is written as a text: some directories send {@code "False"}. */
    static Optional<Boolean> flag(JsonNode value) {
        if (value.isBoolean()) {
            return Optional.of(value.asBoolean());
        }
        return switch (value.isTextual() ? value.asText().toLowerCase(Locale.ROOT) : "") {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        };
    }
}
