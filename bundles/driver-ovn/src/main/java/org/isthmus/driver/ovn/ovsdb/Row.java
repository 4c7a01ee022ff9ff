// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** A row of the replica, immutable. A column the server left out has its type's default. */
public final class Row {
    private final UUID uuid;
    private final Map<String, Datum> columns;

    Row(UUID uuid, Map<String, Datum> columns) {
        this.uuid = uuid;
        this.columns = Map.copyOf(columns);
    }

    public UUID uuid() {
        return uuid;
    }

    /** A string; empty when there is none. */
    public String text(String column) {
        return first(column, String.class).orElse("");
    }

    /** An integer; 0 when there is none. */
    public long number(String column) {
        return first(column, Long.class).orElse(0L);
    }

    /** A boolean, where there is one. */
    public Optional<Boolean> flag(String column) {
        return first(column, Boolean.class);
    }

    /** The strings of a set. */
    public Set<String> texts(String column) {
        return all(column, String.class);
    }

    /** The references of a set or of an optional column. */
    public Set<UUID> references(String column) {
        return all(column, UUID.class);
    }

    /** A map of strings. */
    public Map<String, String> map(String column) {
        Map<String, String> result = new LinkedHashMap<>();
        datum(column).elements().forEach((key, value) -> result.put(String.valueOf(key), String.valueOf(value)));
        return result;
    }

    /** Whether another state of this row differs in one of these columns. */
    public boolean differs(Row other, String... names) {
        return Stream.of(names).anyMatch(name -> !datum(name).equals(other.datum(name)));
    }

    Datum datum(String column) {
        return columns.getOrDefault(column, Datum.EMPTY);
    }

    Map<String, Datum> columns() {
        return columns;
    }

    private <T> Optional<T> first(String column, Class<T> type) {
        return datum(column).elements().keySet().stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst();
    }

    private <T> Set<T> all(String column, Class<T> type) {
        Set<T> result = new LinkedHashSet<>();
        for (Object element : datum(column).elements().keySet()) {
            if (type.isInstance(element)) {
                result.add(type.cast(element));
            }
        }
        return result;
    }
}
