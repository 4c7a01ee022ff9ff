// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.libvirt;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Reads an array of libvirt's {@code virTypedParameter}: an 80-byte name, a type, a value of up to 8 bytes. */
final class TypedParameters {
    private static final int TYPE_AT = 80;
    private static final int VALUE_AT = 88;
    private static final int SIZE = 96;

    private static final int INT = 1;
    private static final int UNSIGNED_INT = 2;
    private static final int LONG = 3;
    private static final int UNSIGNED_LONG = 4;
    private static final int STRING = 7;

    private final Map<String, Long> numbers = new HashMap<>();
    private final Map<String, String> texts = new HashMap<>();

    TypedParameters(Pointer array, int count) {
        for (int i = 0; i < count; i++) {
            Pointer at = array.share((long) i * SIZE);
            String name = at.getString(0, StandardCharsets.US_ASCII.name());
            switch (at.getInt(TYPE_AT)) {
                case INT -> numbers.put(name, (long) at.getInt(VALUE_AT));
                case UNSIGNED_INT -> numbers.put(name, Integer.toUnsignedLong(at.getInt(VALUE_AT)));
                case LONG, UNSIGNED_LONG -> numbers.put(name, at.getLong(VALUE_AT));
                case STRING -> texts.put(name, at.getPointer(VALUE_AT).getString(0, StandardCharsets.UTF_8.name()));
                default -> {
                    // doubles and booleans: none of the counters asked for
                }
            }
        }
    }

    long number(String name) {
        return numbers.getOrDefault(name, 0L);
    }

    boolean has(String name) {
        return numbers.containsKey(name);
    }

    int count(String name) {
        return (int) number(name);
    }

    String text(String name) {
        return texts.getOrDefault(name, "");
    }
}
