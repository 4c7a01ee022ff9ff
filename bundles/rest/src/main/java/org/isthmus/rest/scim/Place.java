// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.isthmus.api.ProblemException;

/**
 * What an attribute's path leads to (RFC 7644, 3.10).
 *
 * @param extension whose attribute it is; absent for one at the top
 * @param attribute absent when the path is a schema's name and means all of it
 * @param part the sub-attribute, when the path goes on to one
 * @param ignored it leads to what RFC 7643 knows and we don't keep: there is never a value
 */
record Place(Optional<Schema> extension, Optional<Attribute> attribute, Optional<Attribute> part, boolean ignored) {
    private static final Place NOWHERE = new Place(Optional.empty(), Optional.empty(), Optional.empty(), true);
    private static final Pattern NAME = Pattern.compile("[$A-Za-z][A-Za-z0-9_-]{0,99}");

    /** Finds it. The fault when nobody knows such an attribute. */
    static Place of(Kind kind, String text, Fault fault) {
        for (Schema schema : kind.schemas()) {
            Optional<Schema> extension = Optional.of(schema).filter(kind.extensions()::contains);
            if (text.equalsIgnoreCase(schema.id())) {
                return new Place(extension, Optional.empty(), Optional.empty(), false);
            }
            String prefix = schema.id() + ":";
            if (text.regionMatches(true, 0, prefix, 0, prefix.length())) {
                List<Attribute> there = extension.isPresent() ? schema.attributes() : kind.top();
                return of(extension, schema, there, text.substring(prefix.length()), fault, text);
            }
        }
        if (text.toLowerCase(Locale.ROOT).startsWith("urn:")) {
            throw fault.because("There is no schema here for %s; GET …/Schemas lists them.", cut(text));
        }
        return of(Optional.empty(), kind.schema(), kind.top(), text, fault, text);
    }

    /** Finds it, when anybody knows such an attribute. */
    static Optional<Place> known(Kind kind, String text) {
        try {
            return Optional.of(of(kind, text, Fault.INVALID_PATH));
        } catch (ProblemException unknown) {
            return Optional.empty();
        }
    }

    /** The same; what only other kinds of resources have leads nowhere, for there it has no value (RFC 7644, 3.4.2.1). */
    static Place somewhere(Kind kind, String text, Fault fault) {
        boolean elsewhere = known(kind, text).isEmpty()
                && Arrays.stream(Kind.values())
                        .anyMatch(other -> known(other, text).isPresent());
        return elsewhere ? NOWHERE : of(kind, text, fault);
    }

    /** Within the value of a complex attribute. */
    static Place within(Attribute complex, String text, Fault fault) {
        Attribute part = complex.part(text)
                .orElseThrow(() -> fault.because(
                        "%s has no part %s; it has %s.", complex.name(), cut(text), names(complex.parts())));
        return new Place(Optional.empty(), Optional.of(part), Optional.empty(), false);
    }

    private static Place of(
            Optional<Schema> extension, Schema schema, List<Attribute> there, String text, Fault fault, String whole) {
        String[] names = text.split("\\.", -1);
        if (names.length > 2) {
            throw fault.because("%s is no attribute: a path is written attribute or attribute.part.", cut(whole));
        }
        for (String name : names) {
            if (!NAME.matcher(name).matches()) {
                throw fault.because("%s is no attribute's name.", cut(whole));
            }
        }
        if (schema.ignores(names[0])) {
            return NOWHERE;
        }
        Attribute attribute = Attribute.named(there, names[0])
                .orElseThrow(
                        () -> fault.because("There is no attribute %s here; there are %s.", cut(whole), names(there)));
        if (names.length == 1) {
            return new Place(extension, Optional.of(attribute), Optional.empty(), false);
        }
        Optional<Attribute> part = attribute.part(names[1]);
        if (part.isEmpty() && known(attribute, names[1])) {
            return NOWHERE;
        }
        return new Place(
                extension,
                Optional.of(attribute),
                Optional.of(part.orElseThrow(() -> fault.because(
                        "%s has no part %s; it has %s.", attribute.name(), cut(names[1]), names(attribute.parts())))),
                false);
    }

    /** Parts that RFC 7643 gives some attributes and that we don't keep. */
    private static boolean known(Attribute attribute, String part) {
        return switch (attribute.name()) {
            case "name" -> List.of("middlename", "honorificprefix", "honorificsuffix")
                    .contains(part.toLowerCase(Locale.ROOT));
            case "meta" -> part.equalsIgnoreCase("lastModified");
            case "emails" -> part.equalsIgnoreCase("display");
            default -> false;
        };
    }

    static String names(List<Attribute> attributes) {
        return String.join(", ", attributes.stream().map(Attribute::name).toList());
    }

    static String cut(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }

    /** The last attribute of the path, whose values are compared. */
    Optional<Attribute> last() {
        return part.or(() -> attribute);
    }

    /** What of a resource it leads to; of a multi-valued attribute each value. */
    List<JsonNode> values(ObjectNode resource) {
        List<JsonNode> values = new ArrayList<>();
        if (ignored) {
            return values;
        }
        JsonNode holder =
                extension.<JsonNode>map(schema -> resource.path(schema.id())).orElse(resource);
        JsonNode found = attribute.map(known -> holder.path(known.name())).orElse(holder);
        if (found.isArray()) {
            found.forEach(value -> add(value, values));
        } else {
            add(found, values);
        }
        return values;
    }

    private void add(JsonNode value, List<JsonNode> values) {
        JsonNode wanted = part.map(known -> value.path(known.name())).orElse(value);
        if (!wanted.isMissingNode() && !wanted.isNull()) {
            values.add(wanted);
        }
    }
}
