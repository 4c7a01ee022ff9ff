// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A column's value: keys with values for a map, keys with {@code true} for a set; a scalar is a set of one. Equal whatever
 * the order.
 */
record Datum(Map<Object, Object> elements) {
    static final Datum EMPTY = new Datum(Map.of());

    Datum {
        elements = Collections.unmodifiableMap(elements);
    }

    /** This value with a difference applied, as {@code update2} and {@code update3} send it (ovsdb-server(7)). */
    Datum with(Datum difference, ColumnType type) {
        if (type.single()) {
            return difference;
        }
        Map<Object, Object> result = new LinkedHashMap<>(elements);
        difference.elements.forEach((key, value) -> {
            Object had = result.get(key);
            // in a set: there means gone; in a map: the same pair means gone, another value means changed
            if (value.equals(had)) {
                result.remove(key);
            } else {
                result.put(key, value);
            }
        });
        return new Datum(result);
    }
}
