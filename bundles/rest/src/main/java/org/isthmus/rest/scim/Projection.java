// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.rest.json.Json;

/**
 * Which attributes of a resource are answered (RFC 7644, 3.9). Names that nobody knows ask for nothing.
 *
 * @param only the attributes wanted, when they are said
 * @param without the attributes not wanted
 */
record Projection(Optional<List<String>> only, List<String> without) {
    static final Projection ALL = new Projection(Optional.empty(), List.of());

    private static final int MOST = 100;

    Projection {
        only = only.map(List::copyOf);
        without = List.copyOf(without);
        if (only.map(List::size).orElse(0) + without.size() > MOST) {
            throw Fault.INVALID_VALUE.because("attributes and excludedAttributes name at most %d.", MOST);
        }
        if (only.isPresent() && !without.isEmpty()) {
            throw Fault.INVALID_VALUE.because("attributes and excludedAttributes exclude each other.");
        }
    }

    /** Out of the comma-separated parameters. */
    static Projection of(Optional<String> attributes, Optional<String> excluded) {
        return new Projection(
                attributes.map(Projection::list).filter(list -> !list.isEmpty()),
                excluded.map(Projection::list).orElse(List.of()));
    }

    private static List<String> list(String text) {
        List<String> names = new ArrayList<>();
        for (String name : text.split(",")) {
            if (!name.isBlank()) {
                names.add(name.trim());
            }
        }
        return names;
    }

    /** Whether this attribute, or a part of it, is answered. */
    boolean wants(Kind kind, String attribute) {
        return only.map(names -> places(kind, names).stream().anyMatch(place -> leads(place, attribute)))
                .orElseGet(() -> places(kind, without).stream()
                        .noneMatch(place -> place.part().isEmpty() && leads(place, attribute)));
    }

    private static boolean leads(Place place, String attribute) {
        return place.attribute().filter(known -> known.name().equals(attribute)).isPresent();
    }

    private static List<Place> places(Kind kind, List<String> names) {
        // what is unknown may be of another kind of resource
        return names.stream().flatMap(name -> Place.known(kind, name).stream()).toList();
    }

    /** The resource as it is answered. */
    ObjectNode of(Kind kind, ObjectNode resource) {
        return only.isPresent() ? only(kind, resource, only.get()) : without(kind, resource);
    }

    private static ObjectNode only(Kind kind, ObjectNode resource, List<String> names) {
        ObjectNode kept = Json.object();
        for (Attribute attribute : kind.top()) {
            if (attribute.has(Attribute.Trait.ALWAYS)) {
                copy(resource, kept, attribute.name());
            }
        }
        for (Place place : places(kind, names)) {
            if (place.ignored()
                    || (place.extension().isEmpty() && place.attribute().isEmpty())) {
                continue;
            }
            ObjectNode from = resource;
            ObjectNode to = kept;
            if (place.extension().isPresent()) {
                String id = place.extension().get().id();
                if (!(resource.path(id) instanceof ObjectNode holder)) {
                    continue;
                }
                if (place.attribute().isEmpty()) {
                    kept.set(id, holder);
                    continue;
                }
                from = holder;
                to = kept.path(id) instanceof ObjectNode there ? there : kept.putObject(id);
            }
            String name = place.attribute().orElseThrow().name();
            if (place.part().isEmpty()) {
                copy(from, to, name);
            } else {
                copyPart(from, to, name, place.part().get().name());
            }
        }
        return kept;
    }

    private static void copy(ObjectNode from, ObjectNode to, String name) {
        if (from.has(name)) {
            to.set(name, from.get(name));
        }
    }

    private static void copyPart(ObjectNode from, ObjectNode to, String name, String part) {
        JsonNode source = from.path(name);
        if (source instanceof ObjectNode object && object.has(part)) {
            ObjectNode target = to.path(name) instanceof ObjectNode there ? there : to.putObject(name);
            target.set(part, object.get(part));
        } else if (source.isArray()) {
            JsonNode before = to.path(name);
            ArrayNode target = Json.array();
            for (int i = 0; i < source.size(); i++) {
                ObjectNode value = before.path(i) instanceof ObjectNode there ? there.deepCopy() : Json.object();
                if (source.get(i).has(part)) {
                    value.set(part, source.get(i).get(part));
                }
                target.add(value);
            }
            to.set(name, target);
        }
    }

    private ObjectNode without(Kind kind, ObjectNode resource) {
        if (without.isEmpty()) {
            return resource;
        }
        ObjectNode kept = resource.deepCopy();
        for (Place place : places(kind, without)) {
            JsonNode holder = place.extension()
                    .<JsonNode>map(schema -> kept.path(schema.id()))
                    .orElse(kept);
            if (place.ignored() || !(holder instanceof ObjectNode object)) {
                continue;
            }
            if (place.attribute().isEmpty()) {
                place.extension().map(Schema::id).ifPresent(kept::remove);
                continue;
            }
            Attribute attribute = place.attribute().get();
            if (attribute.has(Attribute.Trait.ALWAYS)) {
                continue;
            }
            if (place.part().isEmpty()) {
                object.remove(attribute.name());
                continue;
            }
            String part = place.part().get().name();
            JsonNode value = object.path(attribute.name());
            for (JsonNode each : value.isArray() ? value : Json.array().add(value)) {
                if (each instanceof ObjectNode complex) {
                    complex.remove(part);
                }
            }
        }
        return kept;
    }

    /** The same out of a message's members. */
    static Projection of(JsonNode message) {
        return new Projection(
                Messages.member(message, "attributes").map(Projection::texts).filter(list -> !list.isEmpty()),
                Messages.member(message, "excludedAttributes")
                        .map(Projection::texts)
                        .orElse(List.of()));
    }

    private static List<String> texts(JsonNode list) {
        if (!list.isArray()) {
            throw Fault.INVALID_SYNTAX.because("attributes and excludedAttributes are lists of names.");
        }
        List<String> names = new ArrayList<>();
        list.forEach(name -> names.add(name.asText()));
        return names;
    }

    /** As query parameters. */
    static Projection of(Map<String, String> parameters) {
        return of(
                Optional.ofNullable(parameters.get("attributes")),
                Optional.ofNullable(parameters.get("excludedAttributes")));
    }
}
