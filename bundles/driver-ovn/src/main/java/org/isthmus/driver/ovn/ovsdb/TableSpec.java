// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.util.List;
import java.util.Optional;

/**
 * A table to replicate.
 *
 * @param columns those wanted, and no others
 * @param index a string column by which rows are looked up
 */
public record TableSpec(String table, List<String> columns, Optional<String> index) {
    public TableSpec {
        columns = List.copyOf(columns);
    }

    /** A table without index. */
    public static TableSpec of(String table, String... columns) {
        return new TableSpec(table, List.of(columns), Optional.empty());
    }

    /** A table looked up by its first column. */
    public static TableSpec indexed(String table, String... columns) {
        return new TableSpec(table, List.of(columns), Optional.of(columns[0]));
    }
}
