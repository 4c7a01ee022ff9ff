// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.show;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Trees as text for people: a table of several, a sheet of one. */
public final class Text {
    private static final String GAP = "  ";

    private Text() {}

    /**
     * A table.
     *
     * @param columns members of the rows, as {@code "name state health.detail"}
     */
    public static String table(String columns, List<JsonNode> rows) {
        List<String> paths = Arrays.asList(columns.split(" "));
        List<List<String>> lines = new ArrayList<>();
        lines.add(paths.stream().map(Text::heading).toList());
        for (JsonNode row : rows) {
            lines.add(paths.stream()
                    .map(path -> cell(row.at("/" + path.replace('.', '/'))))
                    .toList());
        }
        return aligned(lines);
    }

    /** A sheet: a line for each field, those of inner objects by their path. */
    public static String sheet(JsonNode node) {
        List<List<String>> lines = new ArrayList<>();
        flatten("", node, lines);
        return aligned(lines);
    }

    /** The text with control characters made visible: an escape sequence in a name must not reach the terminal. */
    public static String harmless(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> clean.appendCodePoint(
                        Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '\uFFFD' : c));
        return clean.toString();
    }

    /** {@code memoryMiB} as {@code MEMORY MIB}, {@code health.state} as {@code HEALTH STATE}. */
    private static String heading(String path) {
        return path.replace(".", " ")
                .replaceAll("(?<=[a-z])(?<![MG]i)(?=[A-Z])", " ")
                .toUpperCase(Locale.ROOT);
    }

    private static void flatten(String path, JsonNode node, List<List<String>> lines) {
        if (node.isObject() && !money(node)) {
            for (Map.Entry<String, JsonNode> member : node.properties()) {
                flatten(path.isEmpty() ? member.getKey() : path + "." + member.getKey(), member.getValue(), lines);
            }
        } else if (node.isArray() && node.size() > 0 && node.get(0).isObject()) {
            for (int i = 0; i < node.size(); i++) {
                flatten(path + "[" + i + "]", node.get(i), lines);
            }
        } else {
            lines.add(List.of(path, cell(node)));
        }
    }

    private static String cell(JsonNode node) {
        if (node.isArray()) {
            List<String> parts = new ArrayList<>();
            node.forEach(element -> parts.add(cell(element)));
            return String.join(", ", parts);
        }
        if (money(node)) {
            return node.get("amount").asText() + " " + node.get("currency").asText();
        }
        if (node.isObject()) {
            List<String> parts = new ArrayList<>();
            node.properties().forEach(member -> parts.add(harmless(member.getKey()) + "=" + cell(member.getValue())));
            return String.join(", ", parts);
        }
        return harmless(node.asText());
    }

    private static boolean money(JsonNode node) {
        return node.size() == 2 && node.has("amount") && node.has("currency");
    }

    private static String aligned(List<List<String>> lines) {
        List<Integer> widths = new ArrayList<>();
        for (List<String> line : lines) {
            for (int i = 0; i < line.size(); i++) {
                int width = line.get(i).length();
                if (i == widths.size()) {
                    widths.add(width);
                } else {
                    widths.set(i, Math.max(widths.get(i), width));
                }
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder padded = new StringBuilder();
            for (int i = 0; i < line.size(); i++) {
                padded.append(line.get(i))
                        .append(" ".repeat(widths.get(i) - line.get(i).length()))
                        .append(GAP);
            }
            text.append(padded.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
