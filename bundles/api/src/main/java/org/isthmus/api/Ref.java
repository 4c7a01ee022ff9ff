// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import org.isthmus.model.Id;
import org.isthmus.model.Name;

/** A reference as people write it: an id or a name. Resolved within one organization (or the platform), never beyond. */
public record Ref(String text) {
    /** The platform's own organization, by name. */
    public static final Ref PLATFORM = new Ref("platform");

    public Ref {
        if (text == null
                || text.isBlank()
                || text.length() > 200
                || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("A reference is an id or a name, 1 to 200 printable characters.");
        }
    }

    public static Ref of(Id id) {
        return new Ref(id.value());
    }

    public static Ref of(Name name) {
        return new Ref(name.value());
    }

    /** True when this is written as an id of that kind, such as {@code srv}. */
    public boolean isId(String prefix) {
        return Id.looksLike(prefix, text);
    }

    @Override
    public String toString() {
        return text;
    }
}
