// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import java.util.regex.Pattern;

/**
 * A name that people give to a thing and that also serves as a DNS label (RFC 1123): 1 to 63 of {@code a-z 0-9 -},
 * neither first nor last a hyphen.
 */
public record Name(String value) implements Comparable<Name> {
    private static final Pattern FORM = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    public Name {
        if (value == null || !FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("A name is 1 to 63 lower-case letters, digits and hyphens, and neither"
                    + " begins nor ends with a hyphen.");
        }
    }

    @Override
    public int compareTo(Name other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
