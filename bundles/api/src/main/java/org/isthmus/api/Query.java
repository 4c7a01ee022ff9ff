// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import java.util.Map;
import java.util.Optional;
import org.isthmus.model.Page;

/**
 * What part of a list is asked for.
 *
 * @param equal field name to wanted value; a field that cannot be filtered by is refused by name
 * @param tag {@code key:value}
 */
public record Query(Map<String, String> equal, Optional<String> tag, Page.Request page) {
    public Query {
        equal = Map.copyOf(equal);
    }

    public static Query all() {
        return new Query(Map.of(), Optional.empty(), Page.Request.all());
    }

    public static Query first() {
        return new Query(Map.of(), Optional.empty(), Page.Request.first());
    }
}
