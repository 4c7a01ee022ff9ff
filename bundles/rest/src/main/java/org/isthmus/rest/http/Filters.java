// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.ArrayList;
import java.util.List;
import org.isthmus.api.Ref;

/** What lists can be narrowed by. */
public final class Filters {
    /** Stands for the {@code tag} parameter. */
    static final Parameter TAGS = Parameter.optional("tag", String.class, "");

    private final List<Parameter> filters = new ArrayList<>();

    private Filters() {}

    public static List<Parameter> none() {
        return List.of();
    }

    public static Filters by() {
        return new Filters();
    }

    /** By a text. */
    public Filters text(String name) {
        return of(name, String.class);
    }

    /** By a thing's id or name. */
    public Filters ref(String name) {
        return of(name, Ref.class);
    }

    /** By a value of a type that is one word of JSON, or true or false. */
    public Filters of(String name, Class<?> type) {
        filters.add(Parameter.filter(name, type));
        return this;
    }

    /** By tag, too. */
    public List<Parameter> andTags() {
        filters.add(TAGS);
        return filters;
    }

    public List<Parameter> only() {
        return filters;
    }
}
