// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A condition on a resource, or on one value of a complex attribute (RFC 7644, 3.4.2.2). */
interface Filter {
    boolean matches(ObjectNode resource);

    /** Attributes that must equal a text or a flag for it to match, as far as it says so without an "or". */
    default Map<String, String> needs() {
        return Map.of();
    }

    /** The same, when that is all it says. */
    default boolean saysNoMore() {
        return false;
    }

    /** The names of the attributes it looks at. */
    Set<String> attributes();

    /** The operators that compare. */
    enum Operator {
        EQ,
        NE,
        CO,
        SW,
        EW,
        GT,
        GE,
        LT,
        LE;

        /** Looks into a text, so that nothing else than its letters counts. */
        boolean looksInto() {
            return this == CO || this == SW || this == EW;
        }

        boolean orders() {
            return this != EQ && this != NE && !looksInto();
        }

        /** Whether an order of the two, less than 0, 0 or more, is what it asks for. */
        boolean takes(int order) {
            return switch (this) {
                case EQ -> order == 0;
                case NE -> order != 0;
                case GT -> order > 0;
                case GE -> order >= 0;
                case LT -> order < 0;
                case LE -> order <= 0;
                case CO, SW, EW -> false;
            };
        }
    }

    record And(List<Filter> all) implements Filter {
        public And {
            all = List.copyOf(all);
        }

        @Override
        public Set<String> attributes() {
            return named(all);
        }

        @Override
        public boolean matches(ObjectNode resource) {
            return all.stream().allMatch(each -> each.matches(resource));
        }

        @Override
        public Map<String, String> needs() {
            Map<String, String> needed = new LinkedHashMap<>();
            // of two that contradict each other one is looked up, and the other does not match what is found
            all.forEach(each -> each.needs().forEach(needed::putIfAbsent));
            return needed;
        }

        @Override
        public boolean saysNoMore() {
            return all.stream().allMatch(Filter::saysNoMore)
                    && all.stream().mapToInt(each -> each.needs().size()).sum() == needs().size();
        }
    }

    record Or(List<Filter> any) implements Filter {
        public Or {
            any = List.copyOf(any);
        }

        @Override
        public Set<String> attributes() {
            return named(any);
        }

        @Override
        public boolean matches(ObjectNode resource) {
            return any.stream().anyMatch(each -> each.matches(resource));
        }
    }

    record Not(Filter other) implements Filter {
        @Override
        public Set<String> attributes() {
            return other.attributes();
        }

        @Override
        public boolean matches(ObjectNode resource) {
            return !other.matches(resource);
        }
    }

    record Present(Place place) implements Filter {
        @Override
        public Set<String> attributes() {
            return named(place);
        }

        @Override
        public boolean matches(ObjectNode resource) {
            return place.values(resource).stream()
                    .anyMatch(value -> value.isContainerNode()
                            ? !value.isEmpty()
                            : !value.asText().isEmpty());
        }
    }

    /** Some value of the attribute is as the inner filter says. */
    record Within(Place place, Filter inner) implements Filter {
        @Override
        public Set<String> attributes() {
            return named(place);
        }

        @Override
        public boolean matches(ObjectNode resource) {
            return place.values(resource).stream()
                    .anyMatch(value -> value instanceof ObjectNode object && inner.matches(object));
        }
    }

    /**
     * Some value of the attribute compares so with the literal; {@code ne}: some does not equal it, or there is none.
     *
     * @param literal a text, a flag, or null, which stands for no value
     */
    record Compare(Place place, Operator operator, JsonNode literal) implements Filter {
        @Override
        public Set<String> attributes() {
            return named(place);
        }

        @Override
        public boolean matches(ObjectNode resource) {
            List<JsonNode> values = place.values(resource);
            if (literal.isNull()) {
                return values.isEmpty() == (operator == Operator.EQ);
            }
            if (values.isEmpty()) {
                return operator == Operator.NE;
            }
            return values.stream().anyMatch(this::holds);
        }

        private boolean holds(JsonNode value) {
            Attribute attribute = place.last().orElseThrow();
            if (attribute.type() == Attribute.Type.BOOLEAN) {
                return operator.takes(Boolean.compare(value.asBoolean(), literal.asBoolean()));
            }
            String there = value.asText();
            String wanted = literal.asText();
            Optional<Instant> moment =
                    attribute.type() == Attribute.Type.DATE_TIME ? instant(wanted) : Optional.empty();
            if (moment.isPresent() && !operator.looksInto()) {
                return operator.takes(instant(there).orElseThrow().compareTo(moment.get()));
            }
            boolean exact = attribute.has(Attribute.Trait.CASE_EXACT);
            return texts(
                    exact ? there : there.toLowerCase(Locale.ROOT), exact ? wanted : wanted.toLowerCase(Locale.ROOT));
        }

        private boolean texts(String there, String wanted) {
            return switch (operator) {
                case CO -> there.contains(wanted);
                case SW -> there.startsWith(wanted);
                case EW -> there.endsWith(wanted);
                case EQ, NE, GT, GE, LT, LE -> operator.takes(there.compareTo(wanted));
            };
        }

        @Override
        public Map<String, String> needs() {
            boolean indexed = operator == Operator.EQ
                    && !literal.isNull()
                    && place.extension().isEmpty()
                    && place.part().isEmpty()
                    && place.attribute()
                            .filter(attribute -> !attribute.complex() && !attribute.many())
                            .isPresent();
            return indexed ? Map.of(place.attribute().orElseThrow().name(), literal.asText()) : Map.of();
        }

        @Override
        public boolean saysNoMore() {
            return !needs().isEmpty();
        }
    }

    private static Set<String> named(List<Filter> filters) {
        Set<String> names = new HashSet<>();
        filters.forEach(filter -> names.addAll(filter.attributes()));
        return names;
    }

    private static Set<String> named(Place place) {
        return place.attribute().map(attribute -> Set.of(attribute.name())).orElse(Set.of());
    }

    /** A moment as it is written in a filter. */
    static Optional<Instant> instant(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
