// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

/**
 * A name that people give to a thing and that also serves as a DNS label (RFC 1123): 1 to 63 of {@code a-z 0-9 -},
 * neither first nor last a hyphen.
 */
public record Name(String value) implements Comparable<Name> {
    private static final int LONGEST = 63;

    public Name {
        if (value == null || !isLabel(value)) {
            throw new IllegalArgumentException("A name is 1 to 63 lower-case letters, digits and hyphens, and neither"
                    + " begins nor ends with a hyphen.");
        }
    }

    private static boolean isLabel(String value) {
        int length = value.length();
        if (length == 0 || length > LONGEST || value.charAt(0) == '-' || value.charAt(length - 1) == '-') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
                return false;
            }
        }
        return true;
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
