// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The values of one row, the same from both databases: text, whole numbers, truth, bytes, or null. */
record Row(List<Object> values) {

    static Row read(ResultSet rows) throws SQLException {
        ResultSetMetaData data = rows.getMetaData();
        Object[] values = new Object[data.getColumnCount()];
        for (int i = 0; i < values.length; i++) {
            Object value =
                    switch (data.getColumnType(i + 1)) {
                        case Types.VARCHAR, Types.CLOB -> rows.getString(i + 1);
                        case Types.BIGINT, Types.INTEGER -> rows.getLong(i + 1);
                        case Types.DECIMAL, Types.NUMERIC -> rows.getBigDecimal(i + 1);
                        case Types.BOOLEAN, Types.BIT -> rows.getBoolean(i + 1);
                        case Types.BLOB, Types.BINARY -> rows.getBytes(i + 1);
                        default -> throw new IllegalStateException("No rule how to copy " + data.getColumnName(i + 1)
                                + ", a " + data.getColumnTypeName(i + 1));
                    };
            values[i] = rows.wasNull() ? null : value;
        }
        return new Row(Arrays.asList(values));
    }

    /** The first so many values, for a statement of PostgreSQL. */
    void bind(PreparedStatement statement, int count) throws SQLException {
        for (int i = 0; i < count; i++) {
            if (values.get(i) == null) {
                statement.setNull(i + 1, Types.NULL);
            } else {
                statement.setObject(i + 1, values.get(i));
            }
        }
    }

    /** By the first so many values: text in order of its code units, as Derby has it. */
    @SuppressWarnings("unchecked")
    int compareKeys(Row other, int keys) {
        for (int i = 0; i < keys; i++) {
            int order = ((Comparable<Object>) values.get(i)).compareTo(other.values.get(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    /** The numbers of the values that differ. */
    List<Integer> differences(Row other) {
        return IntStream.range(0, values.size())
                .filter(i -> !java.util.Objects.deepEquals(values.get(i), other.values.get(i)))
                .boxed()
                .toList();
    }
}
