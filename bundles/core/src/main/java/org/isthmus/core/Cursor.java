// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.isthmus.api.Problem;

/** Keyset cursors: the last row's sort key, opaque to clients. */
public final class Cursor {
    private Cursor() {}

    public static String of(String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key.getBytes(StandardCharsets.UTF_8));
    }

    /** The key behind a cursor; MALFORMED when it is none of ours. */
    public static String key(String cursor) {
        try {
            String key = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (key.isEmpty() || key.length() > 200 || key.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("not a key");
            }
            return key;
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("cursor", "This is no cursor: use the value of next as it was given.");
        }
    }
}
