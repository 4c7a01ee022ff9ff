// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The access table as people read it. */
final class AccessTable {
    private static final String BEGIN = "<!-- the table, made by AccessTableTest -->\n";
    private static final String END = "<!-- end of the table -->\n";
    private static final String NOWHERE = "–";

    private final List<String> roles;
    private final List<Column> columns;

    /**
     * Where a role lets somebody do each operation.
     *
     * @param everywhere when it is held in the whole organization, else in their department
     */
    record Column(String role, boolean everywhere, Map<String, Set<Where>> allowed) {
        private boolean is(String other, boolean whole) {
            return role.equals(other) && everywhere == whole;
        }
    }

    AccessTable(Collection<String> roles, List<Column> columns) {
        this.roles = List.copyOf(roles);
        this.columns = List.copyOf(columns);
    }

    /** Where somebody is allowed this who holds the role in the whole organization. */
    Set<Where> everywhere(String role, Published operation) {
        return where(role, true, operation).orElseThrow();
    }

    private Optional<Set<Where>> where(String role, boolean everywhere, Published operation) {
        return columns.stream()
                .filter(column -> column.is(role, everywhere))
                .map(column -> column.allowed().get(operation.id()))
                .findFirst();
    }

    /** The guide with this table in it. */
    String in(String guide, List<Published> operations) {
        int begin = guide.indexOf(BEGIN) + BEGIN.length();
        return guide.substring(0, begin) + text(operations) + guide.substring(guide.indexOf(END));
    }

    private String text(List<Published> operations) {
        Map<String, List<List<String>>> parts = new LinkedHashMap<>();
        for (Published operation : operations) {
            parts.computeIfAbsent(part(operation.path()), part -> new ArrayList<>())
                    .add(row(operation));
        }
        List<String> head = new ArrayList<>(List.of("", "path", "action"));
        head.addAll(roles);
        int[] widths = new int[head.size()];
        widen(widths, head);
        parts.values().forEach(rows -> rows.forEach(row -> widen(widths, row)));
        StringBuilder text = new StringBuilder();
        parts.forEach((part, rows) -> {
            text.append("\n### ").append(part).append('\n');
            line(text, widths, head);
            text.append("|---|---|---|").append(":-:|".repeat(roles.size())).append('\n');
            rows.forEach(row -> line(text, widths, row));
        });
        text.append("\nAsked in another way than with `dryRun=true`:\n");
        for (Published operation : operations) {
            String because = Asks.of(operation).because();
            if (!because.isEmpty()) {
                text.append("- `")
                        .append(operation.id())
                        .append("`: ")
                        .append(because)
                        .append(".\n");
            }
        }
        return text.append('\n').toString();
    }

    /** What the path is about: the first word that is not the organization it is in. */
    private static String part(String path) {
        String below = path.replaceFirst("^/organizations/\\{organization}(?=/.)", "");
        return below.split("/")[1];
    }

    private List<String> row(Published operation) {
        List<String> row = new ArrayList<>();
        row.add(operation.method());
        row.add('`' + operation.path().replace("{organization}", "{org}") + '`');
        row.add(operation.action().orElse(operation.needsLogin() ? "(logged in)" : "(anybody)"));
        for (String role : roles) {
            row.add(cell(operation, role));
        }
        return row;
    }

    private String cell(Published operation, String role) {
        String whole = letters(everywhere(role, operation));
        String part = where(role, false, operation).map(AccessTable::letters).orElse(whole);
        if (whole.equals(part)) {
            return whole;
        }
        return (whole.isEmpty() ? NOWHERE : whole) + "/" + (part.isEmpty() ? NOWHERE : part);
    }

    private static String letters(Set<Where> where) {
        return where.stream().map(Where::letter).collect(Collectors.joining());
    }

    private static void widen(int[] widths, List<String> row) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], row.get(i).length());
        }
    }

    private static void line(StringBuilder text, int[] widths, List<String> row) {
        for (int i = 0; i < widths.length; i++) {
            text.append("| ")
                    .append(row.get(i))
                    .append(" ".repeat(widths[i] - row.get(i).length() + 1));
        }
        text.append("|\n");
    }

    /** The lines that differ: first as it is written, then as it is. */
    static String difference(String written, String is) {
        List<String> old = written.lines().toList();
        List<String> now = is.lines().toList();
        StringBuilder text = new StringBuilder();
        old.stream()
                .filter(line -> !now.contains(line))
                .forEach(line -> text.append("- ").append(line).append('\n'));
        now.stream()
                .filter(line -> !old.contains(line))
                .forEach(line -> text.append("+ ").append(line).append('\n'));
        return text.toString();
    }
}
