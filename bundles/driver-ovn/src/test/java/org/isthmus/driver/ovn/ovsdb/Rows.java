// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A replica filled by hand, for tests outside this package. */
public final class Rows {
    private final Replica replica;
    private final Map<String, Map<String, ColumnType>> types = new HashMap<>();

    /** The types as a schema writes them, by table and column. */
    public Rows(List<TableSpec> tables, String types) {
        replica = new Replica(tables);
        try {
            for (Map.Entry<String, com.fasterxml.jackson.databind.JsonNode> table :
                    MessageReader.JSON.readTree(types).properties()) {
                Map<String, ColumnType> columns = new HashMap<>();
                for (Map.Entry<String, com.fasterxml.jackson.databind.JsonNode> column :
                        table.getValue().properties()) {
                    columns.put(column.getKey(), ColumnType.of(column.getValue()));
                }
                this.types.put(table.getKey(), columns);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Replica replica() {
        return replica;
    }

    /** Applies an {@code update2} written in JSON. */
    public void apply(String json) {
        try {
            replica.apply(MessageReader.JSON.readTree(json), Replica.Form.DIFFERENCES, false, types);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
