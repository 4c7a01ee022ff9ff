// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Copies of rows of one table: as the rows they are made after, but for some columns. */
final class Rows implements AutoCloseable {
    private static final int BATCH = 500;

    private final PreparedStatement insert;
    private final List<String> columns = new ArrayList<>();
    private final List<Map<String, Object>> models = new ArrayList<>();
    private int waiting;

    /** After the rows of a table that have this value in this column. */
    Rows(Connection connection, String table, String column, String value) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select * from " + table + " where " + column + " = ?")) {
            select.setString(1, value);
            try (ResultSet rows = select.executeQuery()) {
                ResultSetMetaData meta = rows.getMetaData();
                for (int i = 1; i <= meta.getColumnCount(); i++) {
                    columns.add(meta.getColumnName(i).toLowerCase(java.util.Locale.ROOT));
                }
                while (rows.next()) {
                    Map<String, Object> model = new LinkedHashMap<>();
                    for (int i = 0; i < columns.size(); i++) {
                        boolean text = meta.getColumnType(i + 1) == Types.CLOB;
                        model.put(columns.get(i), text ? rows.getString(i + 1) : rows.getObject(i + 1));
                    }
                    models.add(model);
                }
            }
        }
        if (models.isEmpty()) {
            throw new IllegalStateException("No row of " + table + " has " + column + " " + value);
        }
        insert = connection.prepareStatement("insert into " + table + " (" + String.join(", ", columns) + ") values ("
                + "?, ".repeat(columns.size() - 1) + "?)");
    }

    List<Map<String, Object>> models() {
        return models;
    }

    /** One more row after the model of this number. */
    void copy(int model, Map<String, Object> changed) throws SQLException {
        for (int i = 0; i < columns.size(); i++) {
            String column = columns.get(i);
            insert.setObject(
                    i + 1,
                    changed.containsKey(column)
                            ? changed.get(column)
                            : models.get(model).get(column));
        }
        insert.addBatch();
        if (++waiting == BATCH) {
            flush();
        }
    }

    void flush() throws SQLException {
        insert.executeBatch();
        waiting = 0;
    }

    @Override
    public void close() throws SQLException {
        insert.close();
    }
}
