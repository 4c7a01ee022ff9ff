// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import java.util.regex.Pattern;

/** A 48-bit MAC address in lower case with colons, unicast: {@code 02:00:0a:01:00:07}. */
public record MacAddress(String value) {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");

    public MacAddress {
        if (value == null || !FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("A MAC address is written like 02:00:0a:01:00:07.");
        }
        if ((Integer.parseInt(value.substring(0, 2), 16) & 1) != 0) {
            throw new IllegalArgumentException(
                    "A network interface has a unicast MAC address: its first byte is even.");
        }
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
