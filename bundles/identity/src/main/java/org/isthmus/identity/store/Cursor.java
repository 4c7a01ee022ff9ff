// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.model.Page;

/** A place in a list: the sort key of the last row shown, opaque to clients. */
public final class Cursor {
    private static final int LONGEST = 400;

    private Cursor() {}

    public static String after(String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key.getBytes(StandardCharsets.UTF_8));
    }

    /** The key to go on after; MALFORMED when nobody can have been given this cursor. */
    public static Optional<String> key(Page.Request page) {
        return page.cursor().map(text -> {
            try {
                if (text.isEmpty() || text.length() > LONGEST) {
                    throw new IllegalArgumentException("length");
                }
                String key = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
                if (key.isEmpty() || key.chars().anyMatch(c -> c < 0x20 || c > 0x7e)) {
                    throw new IllegalArgumentException("characters");
                }
                return key;
            } catch (IllegalArgumentException e) {
                throw Problem.MALFORMED.at(
                        "cursor", "This is not a cursor of this list: use next of the page before, unchanged.");
            }
        });
    }
}
