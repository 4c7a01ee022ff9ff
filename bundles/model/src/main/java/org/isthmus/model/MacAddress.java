// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

/** A 48-bit MAC address in lower case with colons, unicast: {@code 02:00:0a:01:00:07}. */
public record MacAddress(String value) {
    private static final int LENGTH = 17;

    public MacAddress {
        if (value == null || !isWritten(value)) {
            throw new IllegalArgumentException("A MAC address is written like 02:00:0a:01:00:07.");
        }
        if ((Integer.parseInt(value.substring(0, 2), 16) & 1) != 0) {
            throw new IllegalArgumentException(
                    "A network interface has a unicast MAC address: its first byte is even.");
        }
    }

    private static boolean isWritten(String value) {
        if (value.length() != LENGTH) {
            return false;
        }
        for (int i = 0; i < LENGTH; i++) {
            char c = value.charAt(i);
            if (i % 3 == 2 ? c != ':' : (c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    /** A locally administered address (IEEE 802) of 40 given bits. */
    public static MacAddress local(long bits) {
        StringBuilder text = new StringBuilder("02");
        for (int shift = 32; shift >= 0; shift -= 8) {
            text.append(':').append(Character.forDigit((int) ((bits >> (shift + 4)) & 15), 16));
            text.append(Character.forDigit((int) ((bits >> shift) & 15), 16));
        }
        return new MacAddress(text.toString());
    }

    @Override
    public String toString() {
        return value;
    }
}
