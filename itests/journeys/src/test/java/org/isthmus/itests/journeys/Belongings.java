// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of each thing in some place: ids by the names that they have in the paths of the published document, and by a few more
 * that only bodies need.
 */
final class Belongings {
    private static final Pattern PARAMETER = Pattern.compile("\\{([A-Za-z]+)}");

    private final String place;
    private final Api administrator;
    private final Map<String, String> things;

    private Belongings(String place, Api administrator, Map<String, String> things) {
        this.place = place;
        this.administrator = administrator;
        this.things = Map.copyOf(things);
    }

    static Belongings of(String place, Api administrator) {
        return new Belongings(place, administrator, Map.of());
    }

    /** Whoever sees all of it. */
    Api administrator() {
        return administrator;
    }

    String get(String thing) {
        return find(thing)
                .orElseThrow(
                        () -> new AssertionError("The story has no " + thing + " in " + place + ": make one there"));
    }

    Optional<String> find(String thing) {
        return Optional.ofNullable(things.get(thing));
    }

    Belongings with(String thing, String id) {
        Map<String, String> more = new TreeMap<>(things);
        more.put(thing, id);
        return new Belongings(place, administrator, more);
    }

    Belongings with(Belongings others) {
        Map<String, String> more = new TreeMap<>(things);
        more.putAll(others.things);
        return new Belongings(place, administrator, more);
    }

    /** The same in another place: another name for messages. */
    Belongings as(String other) {
        return new Belongings(other, administrator, things);
    }

    Belongings without(String thing) {
        Map<String, String> fewer = new TreeMap<>(things);
        fewer.remove(thing);
        return new Belongings(place, administrator, fewer);
    }

    /** Each id replaced by another. */
    Belongings replaced(UnaryOperator<String> id) {
        Map<String, String> others = new TreeMap<>();
        things.forEach((thing, own) -> others.put(thing, id.apply(own)));
        return new Belongings(place, administrator, others);
    }

    /** A published path with these things in it. */
    String path(String template) {
        Matcher parameters = PARAMETER.matcher(template);
        return parameters.replaceAll(found -> get(found.group(1)));
    }

    /** A text without these things' ids and names. */
    String hidden(String text) {
        String without = text;
        for (String id : things.values()) {
            without = without.replaceAll("\\b" + Pattern.quote(id) + "\\b", "REF");
        }
        return without;
    }

    @Override
    public String toString() {
        return place;
    }
}
