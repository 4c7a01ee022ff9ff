// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.rest.json.Json;

/**
 * What part of which resources is asked for (RFC 7644, 3.4.2).
 *
 * @param start from 1
 */
record Search(
        Optional<String> filter,
        Optional<String> sortBy,
        boolean descending,
        int start,
        int count,
        Projection projection) {
    /** The most resources of one answer. */
    static final int MOST = 1000;

    /** The most resources that are looked at where no index helps. */
    static final int MOST_LOOKED_AT = 50_000;

    /** The most resources that are held to be put in order. */
    static final int MOST_SORTED = 20_000;

    /** Of one length, so that it is in the order of time. */
    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss.SSSSSSSSS").withZone(ZoneOffset.UTC);

    private static final int DEFAULT = 100;
    private static final int STEP = 1000;

    /** By query parameters. */
    static Search of(Map<String, String> parameters) {
        return new Search(
                Optional.ofNullable(parameters.get("filter")),
                Optional.ofNullable(parameters.get("sortBy")),
                descending(Optional.ofNullable(parameters.get("sortOrder"))),
                start(Optional.ofNullable(parameters.get("startIndex"))),
                count(Optional.ofNullable(parameters.get("count"))),
                Projection.of(parameters));
    }

    /** By the body of {@code .search}. */
    static Search of(JsonNode body) {
        JsonNode message = Messages.need(body, Messages.SEARCH);
        return new Search(
                text(message, "filter"),
                text(message, "sortBy"),
                descending(text(message, "sortOrder")),
                start(text(message, "startIndex")),
                count(text(message, "count")),
                Projection.of(message));
    }

    private static Optional<String> text(JsonNode message, String name) {
        return Messages.member(message, name).filter(JsonNode::isValueNode).map(JsonNode::asText);
    }

    private static boolean descending(Optional<String> order) {
        return order.map(text -> switch (text.toLowerCase(Locale.ROOT)) {
                    case "ascending" -> false;
                    case "descending" -> true;
                    default -> throw Fault.INVALID_VALUE.because("sortOrder is ascending or descending.");
                })
                .orElse(false);
    }

    /** Less than 1 means 1. */
    private static int start(Optional<String> text) {
        return text.map(number -> Math.max(1, number("startIndex", number))).orElse(1);
    }

    /** Less than 0 means 0: only how many there are. */
    private static int count(Optional<String> text) {
        return text.map(number -> Math.min(MOST, Math.max(0, number("count", number))))
                .orElse(DEFAULT);
    }

    private static int number(String name, String text) {
        if (!text.matches("-?[0-9]{1,9}")) {
            throw Fault.INVALID_VALUE.because("%s is a whole number.", name);
        }
        return Integer.parseInt(text);
    }

    /** Some of the resources there are, in the order of the list, and how many there are of that kind in all. */
    record Found(List<ObjectNode> resources, long total) {
        static final Found NONE = new Found(List.of(), 0);

        /** The one of the id that is asked for, if there is one and the rest is true of it. */
        static Found one(Function<String, ObjectNode> find, Map<String, String> equal, int offset, int limit) {
            ObjectNode resource;
            try {
                resource = find.apply(equal.get("id"));
            } catch (ProblemException absent) {
                if (absent.type() == Problem.NOT_FOUND) {
                    return NONE;
                }
                throw absent;
            }
            boolean fits = equal.entrySet().stream().allMatch(each -> {
                String there = resource.path(each.getKey()).asText();
                return each.getKey().equals("externalId")
                        ? there.equals(each.getValue())
                        : there.equalsIgnoreCase(each.getValue());
            });
            return fits ? new Found(offset == 0 && limit > 0 ? List.of(resource) : List.of(), 1) : NONE;
        }
    }

    /** Resources as they are stored. */
    interface Source {
        /** What can be looked up. */
        Set<String> indexed();

        /** The attribute in whose order they come. */
        String order();

        /** What is read only when somebody wants it. */
        String heavy();

        /** Those whose indexed attributes equal these, without what is heavy. */
        Found read(Map<String, String> equal, int offset, int limit);

        /**
         * The first of these, to which what is heavy is added: at least one, and no more than is good to hold at a time. They are
         * without it before.
         */
        List<ObjectNode> filled(List<ObjectNode> some);
    }

    /** The message with the resources that are asked for. */
    ObjectNode in(Kind kind, Source source) {
        Optional<Filter> condition = filter.map(text -> FilterParser.filter(kind, text));
        Optional<Place> order = sortBy.map(name -> Place.somewhere(kind, name, Fault.INVALID_PATH));
        Map<String, String> equal = new HashMap<>(condition.map(Filter::needs).orElse(Map.of()));
        equal.keySet().retainAll(source.indexed());
        boolean lookedUp = condition
                .map(only -> only.saysNoMore() && only.needs().size() == equal.size())
                .orElse(true);
        boolean asItComes = order.map(
                        place -> !descending && place.equals(Place.of(kind, source.order(), Fault.INVALID_PATH)))
                .orElse(true);
        Found found;
        if (lookedUp && asItComes) {
            found = source.read(equal, start - 1, count);
        } else {
            Window window = new Window(start - 1, count, order.map(place -> sorting(place, descending)));
            look(source, equal, condition, window);
            found = window.found();
        }
        List<ObjectNode> shown =
                projection.wants(kind, source.heavy()) && !found.resources().isEmpty()
                        ? source.filled(found.resources())
                        : found.resources();
        return message(
                shown.stream().map(resource -> projection.of(kind, resource)).toList(), found.total());
    }

    /** Looks at all that may match, within a bound. */
    private static void look(Source source, Map<String, String> equal, Optional<Filter> condition, Window window) {
        boolean heavy = condition
                .filter(filter -> filter.attributes().contains(source.heavy()))
                .isPresent();
        int offset = 0;
        long total;
        do {
            Found step = source.read(equal, offset, STEP);
            total = step.total();
            if (total > MOST_LOOKED_AT) {
                throw Fault.TOO_MANY.because(
                        "Among more than %d resources nothing is looked for but %s.",
                        MOST_LOOKED_AT, String.join(", ", new TreeSet<>(source.indexed())));
            }
            List<ObjectNode> left = step.resources();
            offset += left.size();
            while (!left.isEmpty()) {
                List<ObjectNode> some = heavy ? source.filled(left) : left;
                left = left.subList(some.size(), left.size());
                for (ObjectNode resource : some) {
                    boolean fits =
                            condition.map(filter -> filter.matches(resource)).orElse(true);
                    // what is heavy is not held; the page is filled once it is known
                    resource.remove(source.heavy());
                    if (fits) {
                        window.add(resource);
                    }
                }
            }
            if (step.resources().isEmpty()) {
                return;
            }
        } while (offset < total);
    }

    /** Those without a value come last, or first when it is descending. */
    private static Comparator<ObjectNode> sorting(Place place, boolean descending) {
        Comparator<ObjectNode> ascending = Comparator.comparing(
                resource -> key(place, resource).orElse(null), Comparator.nullsLast(Comparator.naturalOrder()));
        return descending ? ascending.reversed() : ascending;
    }

    private static Optional<String> key(Place place, ObjectNode resource) {
        Optional<Attribute> last = place.last();
        return place.values(resource).stream().findFirst().map(value -> {
            JsonNode plain = value.isObject() ? value.path("value") : value;
            Optional<String> moment = last.filter(attribute -> attribute.type() == Attribute.Type.DATE_TIME)
                    .flatMap(attribute -> Filter.instant(plain.asText()))
                    .map(MOMENT::format);
            if (moment.isPresent()) {
                return moment.get();
            }
            boolean exact = last.filter(attribute -> attribute.has(Attribute.Trait.CASE_EXACT))
                    .isPresent();
            return exact ? plain.asText() : plain.asText().toLowerCase(Locale.ROOT);
        });
    }

    /** Keeps what is to be answered of what comes by, and counts the rest. */
    static final class Window {
        private final int offset;
        private final int limit;
        private final Optional<Comparator<ObjectNode>> order;
        private final List<ObjectNode> kept = new ArrayList<>();
        private long seen;

        Window(int offset, int limit, Optional<Comparator<ObjectNode>> order) {
            this.offset = offset;
            this.limit = limit;
            this.order = order;
        }

        void add(ObjectNode resource) {
            if (order.isPresent() || (seen >= offset && kept.size() < limit)) {
                if (kept.size() == MOST_SORTED) {
                    throw Fault.TOO_MANY.because(
                            "More than %d resources are not put in order; narrow the filter.", MOST_SORTED);
                }
                kept.add(resource);
            }
            seen++;
        }

        Found found() {
            order.ifPresent(kept::sort);
            List<ObjectNode> page = order.isPresent()
                    ? kept.subList(Math.min(offset, kept.size()), (int) Math.min((long) offset + limit, kept.size()))
                    : kept;
            return new Found(page, seen);
        }
    }

    /** The message with these. */
    ObjectNode message(List<ObjectNode> shown, long total) {
        ObjectNode message = Json.object();
        message.putArray("schemas").add(Messages.LIST);
        message.put("totalResults", total);
        message.put("startIndex", start);
        message.put("itemsPerPage", shown.size());
        ArrayNode resources = message.putArray("Resources");
        shown.forEach(resources::add);
        return message;
    }
}
