// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.isthmus.rest.json.Json;
import org.isthmus.rest.scim.FilterParser.Target;

/**
 * Changes a resource as the operations of a PATCH say (RFC 7644, 3.5.2): all of them, or none because one is refused. Takes what
 * directories are known to write besides: operations in capitals, flags as texts, dotted names and schemas as members of a
 * value without a path, and {@code remove} with the values to be removed.
 */
final class Patch {
    static final int MOST_OPERATIONS = 1000;

    private final Kind kind;
    private final ObjectNode resource;

    private Patch(Kind kind, ObjectNode resource) {
        this.kind = kind;
        this.resource = resource;
    }

    enum Op {
        ADD,
        REPLACE,
        REMOVE
    }

    /** One operation as it was written. */
    record Operation(Op op, Optional<String> path, JsonNode value) {}

    /** The operations of a body. */
    static List<Operation> operations(JsonNode body) {
        JsonNode list = Messages.member(Messages.need(body, Messages.PATCH), "Operations")
                .filter(JsonNode::isArray)
                .orElseThrow(() -> Fault.INVALID_SYNTAX.because("Operations is a list."));
        if (list.isEmpty()) {
            throw Fault.INVALID_SYNTAX.because("Operations is empty; there is nothing to do.");
        }
        if (list.size() > MOST_OPERATIONS) {
            throw Fault.TOO_MANY.because("A PATCH has at most %d operations.", MOST_OPERATIONS);
        }
        List<Operation> operations = new ArrayList<>();
        list.forEach(each -> operations.add(operation(each)));
        return operations;
    }

    private static Operation operation(JsonNode written) {
        String word = Messages.member(written, "op").map(JsonNode::asText).orElse("");
        Op op =
                switch (word.toLowerCase(Locale.ROOT)) {
                    case "add" -> Op.ADD;
                    case "replace" -> Op.REPLACE;
                    case "remove" -> Op.REMOVE;
                    default -> throw Fault.INVALID_SYNTAX.because(
                            "op is add, replace or remove, not %s.", Place.cut(word));
                };
        Optional<String> path = Messages.member(written, "path").map(text -> {
            if (!text.isTextual()) {
                throw Fault.INVALID_PATH.because("path is a text.");
            }
            return text.asText();
        });
        JsonNode value = written.path("value").isMissingNode()
                ? Messages.member(written, "value").orElse(written.path("value"))
                : written.path("value");
        if (op == Op.REMOVE && path.isEmpty()) {
            throw Fault.NO_TARGET.because("remove needs a path.");
        }
        if (op != Op.REMOVE && value.isMissingNode()) {
            throw Fault.INVALID_VALUE.because("%s needs a value.", word);
        }
        if (op != Op.REMOVE && path.isEmpty() && !value.isObject()) {
            throw Fault.INVALID_VALUE.because("Without a path the value is an object with attributes.");
        }
        return new Operation(op, path, value);
    }

    /** The resource as it is after these operations; the one given is left alone. */
    static ObjectNode applied(Kind kind, ObjectNode before, List<Operation> operations) {
        Patch patch = new Patch(kind, before.deepCopy());
        operations.forEach(patch::apply);
        Values.complete(kind, patch.resource);
        return patch.resource;
    }

    /**
     * What an operation does to one attribute, or to all of an extension when it removes one.
     *
     * @param within whether it was named within a value rather than by a path
     */
    record Step(Operation operation, Target target, boolean within) {}

    /**
     * The operation, one attribute at a time. An attribute that nobody knows is refused as a path, and left out of a value as it
     * is left out of a whole resource.
     */
    static List<Step> steps(Kind kind, Operation operation) {
        List<Step> steps = new ArrayList<>();
        if (operation.path().isPresent()) {
            step(kind, operation, FilterParser.path(kind, operation.path().get()), false, steps);
        } else {
            members(kind, operation, "", steps);
        }
        return steps;
    }

    private static void step(Kind kind, Operation operation, Target target, boolean within, List<Step> steps) {
        boolean schema = target.place().attribute().isEmpty() && !target.place().ignored();
        if (!schema || operation.op() == Op.REMOVE) {
            steps.add(new Step(operation, target, within));
            return;
        }
        if (!operation.value().isObject()) {
            throw Fault.INVALID_VALUE.because("The value of a schema is an object with attributes.");
        }
        members(
                kind,
                operation,
                target.place().extension().orElse(kind.schema()).id() + ":",
                steps);
    }

    private static void members(Kind kind, Operation operation, String prefix, List<Step> steps) {
        for (Map.Entry<String, JsonNode> member : operation.value().properties()) {
            String path = prefix + member.getKey();
            Operation each = new Operation(operation.op(), Optional.of(path), member.getValue());
            FilterParser.known(kind, path).ifPresent(target -> step(kind, each, target, true, steps));
        }
    }

    private void apply(Operation operation) {
        for (Step step : steps(kind, operation)) {
            Place place = step.target().place();
            if (place.ignored()) {
                continue;
            }
            if (place.attribute().isPresent()) {
                one(step.operation(), step.target(), step.within());
            } else {
                resource.remove(place.extension()
                        .map(Schema::id)
                        .orElseThrow(() ->
                                Fault.MUTABILITY.because("A resource without its schema is none; DELETE it instead.")));
            }
        }
    }

    private void one(Operation operation, Target target, boolean within) {
        Attribute attribute = target.place().attribute().orElseThrow();
        if (attribute.name().equals("schemas")) {
            // which schemas a resource has follows from its attributes
            return;
        }
        if (attribute.readOnly()) {
            boolean same = target.place().values(resource).equals(List.of(operation.value()));
            if (same || (within && attribute.name().equals("meta"))) {
                return;
            }
            throw Fault.MUTABILITY.because("%s is read-only.", operation.path().orElseThrow());
        }
        if (readOnlyPart(target)) {
            return;
        }
        ObjectNode holder = target.place()
                .extension()
                .map(schema -> resource.withObject("/" + schema.id()))
                .orElse(resource);
        if (operation.op() == Op.REMOVE) {
            remove(holder, attribute, target, operation.value());
        } else {
            put(holder, attribute, target, operation);
        }
        target.place()
                .extension()
                .map(Schema::id)
                .filter(id -> resource.path(id).isEmpty())
                .ifPresent(resource::remove);
    }

    /** Follows from what is written, such as a name's formatted: directories write it too, and it is taken without effect. */
    static boolean readOnlyPart(Target target) {
        return target.part()
                .or(target.place()::part)
                .filter(Attribute::readOnly)
                .isPresent();
    }

    private void put(ObjectNode holder, Attribute attribute, Target target, Operation operation) {
        if (target.filter().isPresent()) {
            putWithin(holder, attribute, target, operation);
        } else if (target.place().part().isPresent()) {
            Attribute part = target.place().part().get();
            if (attribute.many()) {
                JsonNode values = holder.path(attribute.name());
                if (values.isEmpty()) {
                    throw Fault.NO_TARGET.because(
                            "There are no %s whose %s could be set.", attribute.name(), part.name());
                }
                values.forEach(value -> set((ObjectNode) value, part, operation.value()));
            } else {
                ObjectNode complex = object(holder, attribute);
                set(complex, part, operation.value());
                if (complex.isEmpty()) {
                    holder.remove(attribute.name());
                }
            }
        } else if (attribute.many()) {
            if (operation.op() == Op.REPLACE) {
                holder.remove(attribute.name());
            }
            Values.checked(attribute, operation.value()).ifPresent(values -> append(holder, attribute, values));
        } else if (attribute.complex()) {
            merge(object(holder, attribute), attribute, operation.value());
            if (holder.path(attribute.name()).isEmpty()) {
                holder.remove(attribute.name());
            }
        } else {
            set(holder, attribute, operation.value());
        }
    }

    private static ObjectNode object(ObjectNode holder, Attribute attribute) {
        JsonNode there = holder.path(attribute.name());
        return there instanceof ObjectNode object ? object : holder.putObject(attribute.name());
    }

    private static void set(ObjectNode holder, Attribute attribute, JsonNode value) {
        Values.checked(attribute, value)
                .ifPresentOrElse(kept -> holder.set(attribute.name(), kept), () -> holder.remove(attribute.name()));
    }

    /** Sets the parts that are given and leaves the others. */
    private static void merge(ObjectNode complex, Attribute attribute, JsonNode value) {
        if (!value.isObject()) {
            throw Fault.INVALID_VALUE.because("%s is an object with parts.", attribute.name());
        }
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            attribute
                    .part(member.getKey())
                    .filter(part -> !part.readOnly())
                    .ifPresent(part -> set(complex, part, member.getValue()));
        }
    }

    private static void append(ObjectNode holder, Attribute attribute, JsonNode values) {
        ArrayNode all =
                holder.path(attribute.name()) instanceof ArrayNode there ? there : holder.putArray(attribute.name());
        Set<JsonNode> known = named(all);
        for (JsonNode value : values) {
            if (known.add(value.path("value"))) {
                all.add(value);
                onlyPrimary(all, value);
            }
        }
        Values.bounded(attribute, all);
    }

    /** What tells values apart: the part of that name, which everything has that there are several of. */
    private static Set<JsonNode> named(JsonNode values) {
        Set<JsonNode> named = new HashSet<>();
        values.forEach(each -> named.add(each.path("value")));
        return named;
    }

    /** Of several values one at most is the primary one: the one that was made so last (RFC 7644, 3.5.2). */
    private static void onlyPrimary(ArrayNode all, JsonNode primary) {
        if (primary.path("primary").asBoolean()) {
            for (JsonNode each : all) {
                if (!each.equals(primary) && each.path("primary").asBoolean()) {
                    ((ObjectNode) each).put("primary", false);
                }
            }
        }
    }

    private static void putWithin(ObjectNode holder, Attribute attribute, Target target, Operation operation) {
        Filter filter = target.filter().orElseThrow();
        List<ObjectNode> matching = matching(holder, attribute, filter::matches);
        if (matching.isEmpty()) {
            if (operation.op() == Op.REPLACE) {
                throw Fault.NO_TARGET.because("None of %s is as the path says.", attribute.name());
            }
            ObjectNode made = Json.object();
            filter.needs().forEach((name, text) -> attribute.part(name).ifPresent(part -> made.put(name, text)));
            matching = List.of(made);
            putInto(made, attribute, target, operation.value());
            Values.single(attribute, made)
                    .ifPresent(value -> append(holder, attribute, Json.array().add(value)));
            return;
        }
        for (ObjectNode value : matching) {
            putInto(value, attribute, target, operation.value());
            Values.single(attribute, value);
            onlyPrimary((ArrayNode) holder.get(attribute.name()), value);
        }
    }

    private static void putInto(ObjectNode value, Attribute attribute, Target target, JsonNode given) {
        if (target.part().isPresent()) {
            set(value, target.part().get(), given);
        } else {
            merge(value, attribute, given.isArray() && given.size() == 1 ? given.get(0) : given);
        }
    }

    private static List<ObjectNode> matching(ObjectNode holder, Attribute attribute, Predicate<ObjectNode> which) {
        List<ObjectNode> matching = new ArrayList<>();
        JsonNode there = holder.path(attribute.name());
        for (JsonNode value : there.isArray() ? there : Json.array().add(there)) {
            if (value instanceof ObjectNode object && which.test(object)) {
                matching.add(object);
            }
        }
        return matching;
    }

    private static void remove(ObjectNode holder, Attribute attribute, Target target, JsonNode given) {
        Optional<Attribute> part = target.part().or(target.place()::part);
        JsonNode there = holder.path(attribute.name());
        if (part.isPresent()) {
            List<ObjectNode> from = target.filter()
                    .map(filter -> matching(holder, attribute, filter::matches))
                    .orElseGet(() -> matching(holder, attribute, any -> true));
            if (part.get().has(Attribute.Trait.REQUIRED)) {
                throw Fault.MUTABILITY.because(
                        "%s cannot be without its %s.",
                        attribute.name(), part.get().name());
            }
            from.forEach(value -> value.remove(part.get().name()));
        } else if (target.filter().isPresent()) {
            Filter filter = target.filter().get();
            if (there instanceof ArrayNode values) {
                without(values, value -> value instanceof ObjectNode object && filter.matches(object));
            } else if (!matching(holder, attribute, filter::matches).isEmpty()) {
                holder.remove(attribute.name());
            }
        } else if (attribute.many() && there.isArray() && !given.isMissingNode() && !given.isNull()) {
            // beyond RFC 7644: the values to be removed
            Set<JsonNode> gone = named(Values.checked(attribute, given).orElse(Json.array()));
            without((ArrayNode) there, value -> gone.contains(value.path("value")));
        } else {
            holder.remove(attribute.name());
        }
        if (attribute.complex() && holder.path(attribute.name()).isEmpty()) {
            holder.remove(attribute.name());
        }
    }

    private static void without(ArrayNode values, Predicate<JsonNode> gone) {
        Iterator<JsonNode> each = values.iterator();
        while (each.hasNext()) {
            if (gone.test(each.next())) {
                each.remove();
            }
        }
    }
}
