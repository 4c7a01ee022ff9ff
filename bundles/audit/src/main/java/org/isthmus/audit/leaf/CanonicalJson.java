// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.leaf;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * JSON in the one form of RFC 8785, for what leaves are made of: texts, whole numbers up to 2^53, lists and objects.
 * Members are ordered by UTF-16 code units, which is how Java compares texts.
 */
public final class CanonicalJson {
    private static final long MOST = 1L << 53;

    private CanonicalJson() {}

    public static byte[] bytes(Map<String, ?> object) {
        return text(object).getBytes(StandardCharsets.UTF_8);
    }

    public static String text(Map<String, ?> object) {
        StringBuilder out = new StringBuilder(512);
        object(object, out);
        return out.toString();
    }

    private static void value(Object value, StringBuilder out) {
        if (value instanceof String text) {
            text(text, out);
        } else if (value instanceof Long || value instanceof Integer) {
            long number = ((Number) value).longValue();
            if (number > MOST || number < -MOST) {
                throw new IllegalArgumentException("A number beyond 2^53 has no canonical form; write it as a text.");
            }
            out.append(number);
        } else if (value instanceof Map<?, ?> object) {
            object(object, out);
        } else if (value instanceof List<?> list) {
            list(list, out);
        } else {
            throw new IllegalArgumentException("Not for a leaf: " + (value == null ? "null" : value.getClass()));
        }
    }

    private static void object(Map<?, ?> object, StringBuilder out) {
        TreeMap<String, Object> ordered = new TreeMap<>();
        object.forEach((name, value) -> ordered.put((String) name, value));
        out.append('{');
        String separator = "";
        for (Map.Entry<String, Object> member : ordered.entrySet()) {
            out.append(separator);
            text(member.getKey(), out);
            out.append(':');
            value(member.getValue(), out);
            separator = ",";
        }
        out.append('}');
    }

    private static void list(List<?> list, StringBuilder out) {
        out.append('[');
        String separator = "";
        for (Object each : list) {
            out.append(separator);
            value(each, out);
            separator = ",";
        }
        out.append(']');
    }

    private static void text(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\t' -> out.append("\\t");
                case '\n' -> out.append("\\n");
                case '\f' -> out.append("\\f");
                case '\r' -> out.append("\\r");
                default -> plain(text, i, c, out);
            }
        }
        out.append('"');
    }

    private static void plain(String text, int i, char c, StringBuilder out) {
        if (c < 0x20) {
            out.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            return;
        }
        boolean lone = (Character.isHighSurrogate(c)
                        && (i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))))
                || (Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1))));
        if (lone) {
            throw new IllegalArgumentException("Half a character (a lone surrogate) has no canonical form.");
        }
        out.append(c);
    }
}
