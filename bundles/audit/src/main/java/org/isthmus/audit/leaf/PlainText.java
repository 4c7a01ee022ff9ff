// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.leaf;

/**
 * Texts from outside made harmless before they are recorded: no line breaks, control characters or invisible formatting
 * that could forge a line in a log viewer, a terminal or syslog; never too long. Recording must not fail because of them.
 */
public final class PlainText {
    private PlainText() {}

    /** The text with what does not print written as {@code \}{@code uXXXX}, cut to {@code most} characters with an ellipsis. */
    public static String of(String text, int most) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), most));
        int at = 0;
        while (at < text.length()) {
            int point = text.codePointAt(at);
            at += Character.charCount(point);
            String shown = prints(point) ? Character.toString(point) : escaped(point);
            // one place is kept for the ellipsis, unless this is the very end
            if (out.length() + shown.length() > (at == text.length() ? most : most - 1)) {
                return out.append('…').toString();
            }
            out.append(shown);
        }
        return out.toString();
    }

    private static boolean prints(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> false;
            default -> true;
        };
    }

    private static String escaped(int point) {
        StringBuilder out = new StringBuilder();
        for (char unit : Character.toChars(point)) {
            out.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) unit));
        }
        return out.toString();
    }
}
