// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.Locale;
import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.price.Item;
import org.isthmus.rest.json.Words;

/**
 * A query parameter.
 *
 * @param type String, Boolean, Integer, Long, or a type that is one word of JSON
 * @param filter true when it narrows a list by equality
 * @param most characters
 */
public record Parameter(String name, Class<?> type, String about, boolean required, boolean filter, int most) {
    private static final int MOST = 512;

    /** A field a list can be narrowed by. */
    public static Parameter filter(String name, Class<?> type) {
        return new Parameter(name, type, "only those whose " + name + " equals this", false, true, MOST);
    }

    public static Parameter needed(String name, Class<?> type, String about) {
        return new Parameter(name, type, about, true, false, MOST);
    }

    public static Parameter optional(String name, Class<?> type, String about) {
        return new Parameter(name, type, about, false, false, MOST);
    }

    /** A text of some length. */
    public static Parameter text(String name, int most, boolean required, String about) {
        return new Parameter(name, String.class, about, required, false, most);
    }

    /**
     * The text as the services behind take it, when it is one of this type: constants by their own name, actions and priced
     * items by their key.
     */
    String checked(String text) {
        if (text.isEmpty() || text.length() > most || text.chars().anyMatch(Character::isISOControl)) {
            throw Problem.MALFORMED.at(name, "This is 1 to " + most + " printable characters.");
        }
        try {
            if (type == Long.class) {
                return Long.toString(number(text));
            }
            if (type == Integer.class) {
                return Integer.toString(small(text));
            }
            if (type == Boolean.class) {
                return flag(text);
            }
            Optional<Words.Word<?>> word = Words.of(type);
            Object value = word.orElseThrow().read().apply(text);
            boolean keyed = type == Action.class || type == Item.class;
            return value instanceof Enum<?> constant && !keyed ? constant.name() : text;
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at(name, e.getMessage());
        }
    }

    private static long number(String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("This is a whole number from 0.");
        }
        return Long.parseLong(text);
    }

    private static int small(String text) {
        long number = number(text);
        if (number > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("This is at most " + Integer.MAX_VALUE + ".");
        }
        return (int) number;
    }

    private static String flag(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (!lower.equals("true") && !lower.equals("false")) {
            throw new IllegalArgumentException("This is true or false.");
        }
        return lower;
    }
}
