// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The id of one thing: a kind's prefix and a UUID version 7 (RFC 9562), as in {@code srv_0193…}. Ids sort by the time
 * they were made.
 *
 * <p>The typed ids ({@link Ids.ServerId} and its siblings) all implement this, so that two ids can never be mixed up by
 * position in an argument list.
 */
public interface Id {
    /** Prefix, underscore, 36 characters of UUID. */
    Pattern FORM = Pattern.compile("[a-z]{3}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    /** The whole id, prefix included. Never null. */
    String value();

    /**
     * Checks an id's text.
     *
     * @throws IllegalArgumentException when it is not {@code prefix_uuid}
     */
    static String checked(String prefix, String value) {
        if (!looksLike(prefix, value)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "Not an id of this kind: an id here looks like %s_ followed by a UUID in lower case.",
                    prefix));
        }
        return value;
    }

    /** True when the text has the form of an id with this prefix; used where a path takes an id or a name. */
    static boolean looksLike(String prefix, String value) {
        return value != null
                && value.length() == 4 + 36
                && prefix.length() == 3
                && value.startsWith(prefix)
                && value.charAt(3) == '_'
                && isUuid(value, 4);
    }

    /** By hand: every row that is read has a handful of ids, and a pattern takes ten times as long. */
    private static boolean isUuid(String value, int from) {
        for (int i = 0; i < 36; i++) {
            char c = value.charAt(from + i);
            boolean hyphen = i == 8 || i == 13 || i == 18 || i == 23;
            if (hyphen ? c != '-' : (c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }
}
