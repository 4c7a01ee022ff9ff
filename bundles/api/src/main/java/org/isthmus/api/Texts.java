// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import java.util.Map;
import java.util.regex.Pattern;

/** Checks of free texts, the same for every command. */
public final class Texts {
    private static final Pattern TAG_KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,62}");
    /** Most tags a thing can carry. */
    public static final int MAX_TAGS = 50;

    private Texts() {}

    /** The text, when it is 0 to {@code most} characters without control characters. */
    public static String checked(String field, String text, int most) {
        if (text.length() > most || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    field + " has at most " + most + " characters and no control characters.");
        }
        return text;
    }

    /** The tags, when there are at most 50 with sensible keys and values of at most 255 characters. */
    public static Map<String, String> tags(Map<String, String> tags) {
        if (tags.size() > MAX_TAGS) {
            throw new IllegalArgumentException("A thing has at most " + MAX_TAGS + " tags.");
        }
        tags.forEach((key, value) -> {
            if (!TAG_KEY.matcher(key).matches()) {
                throw new IllegalArgumentException(
                        "A tag's key is 1 to 63 letters, digits and . _ / - and begins with a letter or digit.");
            }
            checked("A tag's value", value, 255);
        });
        return Map.copyOf(tags);
    }
}
