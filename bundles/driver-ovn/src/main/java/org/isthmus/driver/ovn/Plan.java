// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.isthmus.driver.ovn.ovsdb.Row;
import org.isthmus.driver.ovn.ovsdb.Transaction;

/** The way from what is to what is wanted: guards and operations of one transaction. Without operations all is well. */
final class Plan {
    private static final String OURS = "isthmus-";

    private final Transaction transaction = new Transaction();
    private boolean changes;

    boolean changes() {
        return changes;
    }

    /** The transaction; its last result holds the number that hosts will show once they have applied it. */
    Transaction transaction() {
        transaction.increment(Northbound.GLOBAL, "nb_cfg");
        return transaction;
    }

    /** Holds only while exactly these rows fulfil the condition. */
    void guard(String table, ArrayNode where, Collection<Row> rows) {
        transaction.guard(table, where, rows.stream().map(Row::uuid).toList());
    }

    void guard(String table, UUID row, String column, JsonNode value) {
        transaction.guard(table, row, column, value);
    }

    JsonNode insert(String table, ObjectNode row) {
        changes = true;
        return transaction.insert(table, row);
    }

    void update(String table, Row row, String column, JsonNode value) {
        changes = true;
        transaction.update(table, row.uuid(), Transaction.row().set(column, value));
    }

    void add(String table, JsonNode row, String column, JsonNode elements) {
        changes = true;
        transaction.add(table, row, column, elements);
    }

    void remove(String table, JsonNode row, String column, JsonNode elements) {
        changes = true;
        transaction.remove(table, row, column, elements);
    }

    void delete(String table, Row row) {
        changes = true;
        transaction.delete(table, row.uuid());
    }

    /** Brings a set of strings to exactly these. */
    void texts(String table, Row row, String column, Set<String> wanted) {
        if (!row.texts(column).equals(wanted)) {
            update(table, row, column, Transaction.texts(wanted));
        }
    }

    /** Brings a set of references to exactly these; one to a row this plan inserts always differs. */
    void references(String table, Row row, String column, List<JsonNode> wanted) {
        Set<JsonNode> seen = new HashSet<>();
        row.references(column).forEach(uuid -> seen.add(Transaction.reference(uuid)));
        if (!seen.equals(new HashSet<>(wanted))) {
            update(table, row, column, Transaction.references(wanted));
        }
    }

    /** Brings a map to exactly this, touching only the keys that differ. */
    void map(String table, Row row, String column, Map<String, String> wanted) {
        differences(table, row, column, row.map(column), wanted);
    }

    /**
     * Brings our part of the external ids to this and leaves other people's alone. The token that made the row stays; if
     * it was lost, this call's takes its place.
     */
    void ids(String table, Row row, Map<String, String> wanted, String token) {
        Map<String, String> seen = new LinkedHashMap<>(row.map(Northbound.IDS));
        seen.keySet().removeIf(key -> !key.startsWith(OURS));
        Map<String, String> all = new LinkedHashMap<>(wanted);
        all.put(Northbound.TOKEN, seen.getOrDefault(Northbound.TOKEN, token));
        differences(table, row, Northbound.IDS, seen, all);
    }

    private void differences(
            String table, Row row, String column, Map<String, String> seen, Map<String, String> wanted) {
        Set<String> gone = new HashSet<>();
        seen.forEach((key, value) -> {
            if (!value.equals(wanted.get(key))) {
                gone.add(key);
            }
        });
        Map<String, String> come = new LinkedHashMap<>(wanted);
        come.entrySet().removeIf(each -> each.getValue().equals(seen.get(each.getKey())));
        JsonNode reference = Transaction.reference(row.uuid());
        if (!gone.isEmpty()) {
            // a map keeps the value of a key it has: changed ones go first
            remove(table, reference, column, Transaction.texts(gone));
        }
        if (!come.isEmpty()) {
            add(table, reference, column, Transaction.map(come));
        }
    }
}
