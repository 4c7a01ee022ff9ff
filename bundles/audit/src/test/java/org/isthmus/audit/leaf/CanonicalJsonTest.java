// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.leaf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CanonicalJsonTest {
    @Test
    void membersAreOrderedByTheirUtf16CodeUnits() {
        // the example of RFC 8785, 3.2.3
        Map<String, String> object = Map.of(
                "\u20ac", "Euro Sign",
                "\r", "Carriage Return",
                "\ufb33", "Hebrew Letter Dalet With Dagesh",
                "1", "One",
                "\ud83d\ude00", "Emoji: Grinning Face",
                "\u0080", "Control",
                "\u00f6", "Latin Small Letter O With Diaeresis");

        assertEquals(
                "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
                        + "\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
                        + "\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
                CanonicalJson.text(object));
    }

    @Test
    void onlyWhatMustBeEscapedIsEscaped() {
        assertEquals(
                "{\"t\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\t\\f\\r\\u001f\u007f\"}",
                CanonicalJson.text(Map.of("t", "\u20ac$\u000f\nA'B\"\\\\\"/\b\t\f\r\u001f\u007f")));
    }

    @Test
    void nestedThingsHaveNoSpaces() {
        assertEquals(
                "{\"a\":[],\"b\":{},\"c\":[1,-2,\"x\",{\"y\":9007199254740992}]}",
                CanonicalJson.text(
                        Map.of("c", List.of(1, -2L, "x", Map.of("y", 1L << 53)), "b", Map.of(), "a", List.of())));
    }

    @Test
    void bytesAreUtf8() {
        assertArrayEquals("{\"é\":\"😀\"}".getBytes(StandardCharsets.UTF_8), CanonicalJson.bytes(Map.of("é", "😀")));
    }

    @Test
    void whatHasNoOneFormIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> CanonicalJson.text(Map.of("n", (1L << 53) + 1)));
        assertThrows(IllegalArgumentException.class, () -> CanonicalJson.text(Map.of("d", 1.5)));
        assertThrows(IllegalArgumentException.class, () -> CanonicalJson.text(Map.of("s", "\ud83d")));
        assertThrows(IllegalArgumentException.class, () -> CanonicalJson.text(Map.of("s", "\ude00x")));
        Map<String, Object> absent = new HashMap<>();
        absent.put("n", null);
        assertThrows(IllegalArgumentException.class, () -> CanonicalJson.text(absent));
    }
}
