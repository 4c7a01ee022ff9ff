// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A kind of resource: its schema, and those that extend it. */
enum Kind {
    USER("User", "Users"),
    GROUP("Group", "Groups");

    private final String word;
    private final String endpoint;

    Kind(String word, String endpoint) {
        this.word = word;
        this.endpoint = endpoint;
    }

    String word() {
        return word;
    }

    /** The first part of its resources' paths. */
    String endpoint() {
        return endpoint;
    }

    Schema schema() {
        return this == USER ? Schema.USER : Schema.GROUP;
    }

    List<Schema> extensions() {
        return this == USER ? List.of(Schema.ENTERPRISE) : List.of();
    }

    /** The schema itself and its extensions. */
    List<Schema> schemas() {
        List<Schema> all = new ArrayList<>();
        all.add(schema());
        all.addAll(extensions());
        return all;
    }

    /** The attributes at the top: the schema's and those of every resource. */
    List<Attribute> top() {
        List<Attribute> all = new ArrayList<>(Schema.COMMON);
        all.addAll(schema().attributes());
        return all;
    }

    static Optional<Kind> at(String endpoint) {
        return Arrays.stream(values())
                .filter(kind -> kind.endpoint.equals(endpoint))
                .findFirst();
    }
}
