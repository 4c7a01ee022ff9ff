// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import org.isthmus.api.Problem;
import org.isthmus.model.Page;

/** Cuts a page out of a list that was read whole. */
final class Cut {
    private Cut() {}

    /**
     * The items after the one that the cursor names. When that one is gone: those after where it stood, as far as keys tell;
     * lists are in the order of their keys where things come and go.
     */
    static <V> Page<V> out(List<V> all, Function<V, String> key, Page.Request asked) {
        List<V> rest =
                asked.cursor().map(cursor -> after(all, key, decoded(cursor))).orElse(all);
        return Page.of(rest, asked.limit(), last -> encoded(key.apply(last)));
    }

    private static <V> List<V> after(List<V> all, Function<V, String> key, String last) {
        for (int i = 0; i < all.size(); i++) {
            if (key.apply(all.get(i)).equals(last)) {
                return all.subList(i + 1, all.size());
            }
        }
        return all.stream().filter(each -> key.apply(each).compareTo(last) > 0).toList();
    }

    private static String encoded(String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String cursor) {
        try {
            return new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("cursor", "That is no cursor of this list: send next of the page before.");
        }
    }
}
