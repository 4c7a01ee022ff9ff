// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.isthmus.store.internal.Migrations;

/**
 * A table as both databases have it, names in lower case.
 *
 * @param columns those of the primary key first, in its order
 * @param keys how many of them are the primary key
 */
record Table(String name, List<String> columns, int keys) {
    Table {
        columns = List.copyOf(columns);
        if (keys == 0) {
            throw new IllegalStateException(name + " has no primary key: its rows cannot be told apart");
        }
    }

    /** All that the migrations made, in the order of their names: no row refers to another by a foreign key. */
    static List<Table> in(Connection connection) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        List<Table> found = new ArrayList<>();
        List<String> names = new ArrayList<>();
        try (ResultSet tables = data.getTables(null, connection.getSchema(), "%", new String[] {"TABLE"})) {
            while (tables.next()) {
                names.add(tables.getString("TABLE_NAME"));
            }
        }
        for (String name : names) {
            if (!Migrations.OWN_TABLES.contains(name)) {
                found.add(read(data, connection.getSchema(), name));
            }
        }
        found.sort((a, b) -> a.name.compareTo(b.name));
        return found;
    }

    private static Table read(DatabaseMetaData data, String schema, String name) throws SQLException {
        Map<Integer, String> keys = new TreeMap<>();
        try (ResultSet each = data.getPrimaryKeys(null, schema, name)) {
            while (each.next()) {
                keys.put(each.getInt("KEY_SEQ"), lower(each.getString("COLUMN_NAME")));
            }
        }
        List<String> columns = new ArrayList<>(keys.values());
        List<String> others = new ArrayList<>();
        try (ResultSet each = data.getColumns(null, schema, name, "%")) {
            while (each.next()) {
                others.add(lower(each.getString("COLUMN_NAME")));
            }
        }
        others.removeAll(columns);
        others.sort(String::compareTo); // a column added later stands elsewhere in each
        columns.addAll(others);
        return new Table(lower(name), columns, keys.size());
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    String select() {
        return "select " + String.join(", ", columns) + " from " + name + " order by "
                + String.join(", ", columns.subList(0, keys));
    }

    String insert() {
        return "insert into " + name + " (" + String.join(", ", columns) + ") values ("
                + columns.stream().map(column -> "?").collect(Collectors.joining(", ")) + ")";
    }

    String delete() {
        return "delete from " + name + " where "
                + IntStream.range(0, keys)
                        .mapToObj(key -> columns.get(key) + " = ?")
                        .collect(Collectors.joining(" and "));
    }
}
