// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.isthmus.api.ProblemException;
import org.isthmus.rest.json.Json;

/** Reads filters and the paths of PATCH, within limits of length, depth and terms: whatever a stranger writes is read in no time. */
final class FilterParser {
    static final int MOST_TEXT = 4096;
    static final int MOST_DEPTH = 16;
    static final int MOST_TERMS = 64;

    private final String text;
    private final Fault fault;
    private int at;
    private int depth;
    private int terms;

    private FilterParser(String text, Fault fault) {
        this.text = text;
        this.fault = fault;
        if (text.length() > MOST_TEXT) {
            throw fault.because("A filter or path is at most %d characters.", MOST_TEXT);
        }
    }

    /** A filter of resources. */
    static Filter filter(Kind kind, String text) {
        FilterParser parser = new FilterParser(text, Fault.INVALID_FILTER);
        Filter filter = parser.or(name -> Place.somewhere(kind, name, Fault.INVALID_FILTER));
        parser.end();
        return filter;
    }

    /**
     * What an operation of PATCH is about: {@code attribute[filter].part}.
     *
     * @param place of the attribute, or of its part when there is no filter
     * @param filter which values of it
     * @param part of those values
     */
    record Target(Place place, Optional<Filter> filter, Optional<Attribute> part) {}

    /** A path of PATCH. */
    static Target path(Kind kind, String text) {
        FilterParser parser = new FilterParser(text.trim(), Fault.INVALID_PATH);
        Place place = Place.of(kind, parser.word(), Fault.INVALID_PATH);
        if (!parser.takes('[')) {
            parser.end();
            return new Target(place, Optional.empty(), Optional.empty());
        }
        if (place.ignored()) {
            return new Target(place, Optional.empty(), Optional.empty());
        }
        Attribute complex = parser.complex(place);
        Filter filter = parser.or(name -> Place.within(complex, name, Fault.INVALID_FILTER));
        parser.need(']');
        Optional<Attribute> part = Optional.empty();
        if (parser.takes('.')) {
            String name = parser.word();
            part = Place.within(complex, name, Fault.INVALID_PATH).attribute();
        }
        parser.end();
        return new Target(place, Optional.of(filter), part);
    }

    /** The same, when it leads to what anybody knows. */
    static Optional<Target> known(Kind kind, String text) {
        try {
            return Optional.of(path(kind, text));
        } catch (ProblemException unknown) {
            return Optional.empty();
        }
    }

    private Filter or(Function<String, Place> places) {
        if (++depth > MOST_DEPTH) {
            throw fault.because("A filter is nested at most %d deep.", MOST_DEPTH);
        }
        List<Filter> any = new ArrayList<>();
        do {
            any.add(and(places));
        } while (takesWord("or"));
        depth--;
        return any.size() == 1 ? any.get(0) : new Filter.Or(any);
    }

    private Filter and(Function<String, Place> places) {
        List<Filter> all = new ArrayList<>();
        do {
            all.add(one(places));
        } while (takesWord("and"));
        return all.size() == 1 ? all.get(0) : new Filter.And(all);
    }

    private Filter one(Function<String, Place> places) {
        if (++terms > MOST_TERMS) {
            throw fault.because("A filter has at most %d terms.", MOST_TERMS);
        }
        if (takes('(')) {
            return closed(places);
        }
        int before = at;
        String word = word();
        if (word.equalsIgnoreCase("not") && takes('(')) {
            return new Filter.Not(closed(places));
        }
        at = before;
        Place place = places.apply(word());
        if (takes('[')) {
            Optional<Attribute> complex = place.ignored() ? Optional.empty() : Optional.of(complex(place));
            Filter inner = or(name ->
                    complex.map(known -> Place.within(known, name, fault)).orElse(place));
            need(']');
            return new Filter.Within(place, inner);
        }
        return compared(place, word);
    }

    private Filter closed(Function<String, Place> places) {
        Filter inner = or(places);
        need(')');
        return inner;
    }

    private Filter compared(Place place, String name) {
        String word = word();
        if (word.equalsIgnoreCase("pr")) {
            return new Filter.Present(place);
        }
        Filter.Operator operator = Arrays.stream(Filter.Operator.values())
                .filter(each -> each.name().equalsIgnoreCase(word))
                .findFirst()
                .orElseThrow(() -> fault.because(
                        "After %s stands eq, ne, co, sw, ew, gt, ge, lt, le or pr, not %s.",
                        Place.cut(name), Place.cut(word)));
        JsonNode literal = literal();
        if (place.ignored()) {
            return new Filter.Compare(place, operator, literal);
        }
        Attribute last = place.last()
                .orElseThrow(() -> fault.because("%s is a schema; name an attribute of it.", Place.cut(name)));
        Place compared = place;
        if (last.complex()) {
            Attribute value = last.part("value")
                    .orElseThrow(() -> fault.because("%s has parts; compare one of them.", last.name()));
            compared = new Place(place.extension(), place.attribute(), Optional.of(value), false);
        }
        return new Filter.Compare(compared, operator, fitting(compared.last().orElseThrow(), operator, literal));
    }

    private JsonNode fitting(Attribute attribute, Filter.Operator operator, JsonNode literal) {
        if (literal.isNull()) {
            if (operator != Filter.Operator.EQ && operator != Filter.Operator.NE) {
                throw fault.because("null is only compared with eq and ne.");
            }
            return literal;
        }
        if (attribute.type() == Attribute.Type.BOOLEAN) {
            if (operator != Filter.Operator.EQ && operator != Filter.Operator.NE) {
                throw fault.because("%s is true or false and only compared with eq and ne.", attribute.name());
            }
            return Values.flag(literal)
                    .map(BooleanNode::valueOf)
                    .orElseThrow(() -> fault.because("%s is compared with true or false.", attribute.name()));
        }
        if (!literal.isTextual()) {
            throw fault.because("%s is compared with a text in double quotes.", attribute.name());
        }
        if (attribute.type() == Attribute.Type.DATE_TIME
                && operator.orders()
                && Filter.instant(literal.asText()).isEmpty()) {
            throw fault.because("%s is compared with a moment such as \"2026-05-13T04:42:34Z\".", attribute.name());
        }
        return literal;
    }

    private Attribute complex(Place place) {
        return place.attribute()
                .filter(attribute -> attribute.complex() && place.part().isEmpty())
                .orElseThrow(() -> fault.because("Only an attribute with parts takes a filter in brackets."));
    }

    private JsonNode literal() {
        blanks();
        int begin = at;
        if (at < text.length() && text.charAt(at) == '"') {
            at++;
            while (at < text.length() && text.charAt(at) != '"') {
                at += text.charAt(at) == '\\' ? 2 : 1;
            }
            if (at >= text.length()) {
                throw fault.because("A text in the filter does not end: its closing quote is missing.");
            }
            at++;
            try {
                return Json.read(text.substring(begin, at).getBytes(StandardCharsets.UTF_8));
            } catch (ProblemException e) {
                throw fault.because("A text in the filter is not written as JSON writes it.");
            }
        }
        String word = word();
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "true" -> BooleanNode.TRUE;
            case "false" -> BooleanNode.FALSE;
            case "null" -> NullNode.getInstance();
            default -> throw fault.because(
                    "A value is a text in double quotes, true, false or null, not %s.", Place.cut(word));
        };
    }

    private String word() {
        blanks();
        int begin = at;
        while (at < text.length() && " ()[]\"".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (begin == at) {
            throw fault.because("A word is missing at character %d.", at + 1);
        }
        return text.substring(begin, at);
    }

    private boolean takesWord(String word) {
        blanks();
        int end = at + word.length();
        boolean there = text.regionMatches(true, at, word, 0, word.length())
                && (end == text.length() || " (".indexOf(text.charAt(end)) >= 0);
        if (there) {
            at = end;
        }
        return there;
    }

    private boolean takes(char sign) {
        blanks();
        boolean there = at < text.length() && text.charAt(at) == sign;
        if (there) {
            at++;
        }
        return there;
    }

    private void need(char sign) {
        if (!takes(sign)) {
            throw fault.because("A %s is missing at character %d.", String.valueOf(sign), at + 1);
        }
    }

    private void end() {
        blanks();
        if (at < text.length()) {
            throw fault.because("It should end at character %d.", at + 1);
        }
    }

    private void blanks() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }
}
