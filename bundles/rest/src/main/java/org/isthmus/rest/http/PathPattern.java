// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A path with named parts, such as {@code /servers/{server}/start}. */
public record PathPattern(String text, List<String> segments) {
    public PathPattern {
        segments = List.copyOf(segments);
    }

    public static PathPattern of(String text) {
        return new PathPattern(text, List.of(text.substring(1).split("/")));
    }

    /** The values of the named parts, when the path is of this pattern. */
    public Optional<Map<String, String>> match(List<String> path) {
        if (path.size() != segments.size()) {
            return Optional.empty();
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < path.size(); i++) {
            String segment = segments.get(i);
            if (named(segment)) {
                values.put(name(segment), path.get(i));
            } else if (!segment.equals(path.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }

    /** The names of the named parts, in order. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (String segment : segments) {
            if (named(segment)) {
                names.add(name(segment));
            }
        }
        return names;
    }

    private static boolean named(String segment) {
        return segment.startsWith("{");
    }

    private static String name(String segment) {
        return segment.substring(1, segment.length() - 1);
    }
}
