// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import org.isthmus.model.Id;

/**
 * What something is about.
 *
 * @param kind a word of the domain in lower case: {@code server}, {@code network}, {@code user} …
 * @param id the thing's id, or the text somebody used for it where there is no such thing
 */
public record Subject(String kind, String id) {
    public Subject {
        if (kind == null || kind.isBlank() || id == null || id.isBlank()) {
            throw new IllegalArgumentException("A subject has a kind and an id.");
        }
    }

    public static Subject of(String kind, Id id) {
        return new Subject(kind, id.value());
    }

    public static Subject of(String kind, Ref ref) {
        return new Subject(kind, ref.text());
    }
}
