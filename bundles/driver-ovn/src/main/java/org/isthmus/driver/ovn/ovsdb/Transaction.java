// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;

/**
 * The operations of one transaction (RFC 7047, section 5.2), which the server carries out all or not at all.
 *
 * <p>A {@code guard} says what the caller has seen; when it is no longer so the whole transaction is refused, and the
 * caller looks again. Not thread-safe.
 */
public final class Transaction {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final ArrayNode operations = NODES.arrayNode();
    private int names;

    /** A set of strings. */
    public static JsonNode texts(Collection<String> values) {
        ArrayNode elements = NODES.arrayNode();
        values.forEach(elements::add);
        return NODES.arrayNode().add("set").add(elements);
    }

    /** A map of strings. */
    public static JsonNode map(Map<String, String> values) {
        ArrayNode pairs = NODES.arrayNode();
        values.forEach((key, value) -> pairs.add(NODES.arrayNode().add(key).add(value)));
        return NODES.arrayNode().add("map").add(pairs);
    }

    /** A reference to a row there is. */
    public static JsonNode reference(UUID uuid) {
        return NODES.arrayNode().add("uuid").add(uuid.toString());
    }

    /** A set of references, to rows there are or to such as {@link #insert} just returned. */
    public static JsonNode references(Collection<JsonNode> references) {
        ArrayNode elements = NODES.arrayNode();
        references.forEach(elements::add);
        return NODES.arrayNode().add("set").add(elements);
    }

    /** A row's columns, to be filled. */
    public static ObjectNode row() {
        return NODES.objectNode();
    }

    /** The condition that selects one row. */
    public static ArrayNode is(UUID uuid) {
        return NODES.arrayNode().add(clause("_uuid", "==", reference(uuid)));
    }

    /** The condition that a column holds exactly this text. */
    public static ArrayNode is(String column, String text) {
        return NODES.arrayNode().add(clause(column, "==", NODES.textNode(text)));
    }

    /** The condition that a map or set column holds at least this. */
    public static ArrayNode includes(String column, JsonNode value) {
        return NODES.arrayNode().add(clause(column, "includes", value));
    }

    /** Refuses the transaction unless exactly these rows fulfil the condition. */
    public void guard(String table, ArrayNode where, Collection<UUID> rows) {
        ArrayNode expected = NODES.arrayNode();
        rows.forEach(row -> expected.add(NODES.objectNode().set("_uuid", reference(row))));
        guard(table, where, "_uuid", expected);
    }

    /** Refuses the transaction unless this row is there and its column holds exactly this. */
    public void guard(String table, UUID row, String column, JsonNode value) {
        guard(table, is(row), column, NODES.arrayNode().add(NODES.objectNode().set(column, value)));
    }

    private void guard(String table, ArrayNode where, String column, ArrayNode rows) {
        operation("wait", table)
                .put("timeout", 0)
                .put("until", "==")
                .<ObjectNode>set("where", where)
                .<ObjectNode>set("columns", NODES.arrayNode().add(column))
                .set("rows", rows);
    }

    /** Inserts a row; the answer refers to it within this transaction. */
    public JsonNode insert(String table, ObjectNode row) {
        String name = "row" + names++;
        operation("insert", table).put("uuid-name", name).set("row", row);
        return NODES.arrayNode().add("named-uuid").add(name);
    }

    /** Sets columns of one row. */
    public void update(String table, UUID row, ObjectNode columns) {
        operation("update", table).<ObjectNode>set("where", is(row)).set("row", columns);
    }

    /** Adds elements to a set or map column; keys a map already has keep their values. */
    public void add(String table, JsonNode row, String column, JsonNode elements) {
        mutate(table, row, column, "insert", elements);
    }

    /** Takes elements out of a set, or keys, given as a set, out of a map. */
    public void remove(String table, JsonNode row, String column, JsonNode elements) {
        mutate(table, row, column, "delete", elements);
    }

    private void mutate(String table, JsonNode row, String column, String mutator, JsonNode value) {
        operation("mutate", table)
                .<ObjectNode>set("where", NODES.arrayNode().add(clause("_uuid", "==", row)))
                .set("mutations", NODES.arrayNode().add(clause(column, mutator, value)));
    }

    /** Deletes one row. */
    public void delete(String table, UUID row) {
        operation("delete", table).set("where", is(row));
    }

    /** Adds one to a column of every row of a table and answers it: the last element of the results. */
    public void increment(String table, String column) {
        operation("mutate", table)
                .<ObjectNode>set("where", NODES.arrayNode())
                .set("mutations", NODES.arrayNode().add(clause(column, "+=", NODES.numberNode(1))));
        operation("select", table)
                .<ObjectNode>set("where", NODES.arrayNode())
                .set("columns", NODES.arrayNode().add(column));
    }

    /** Asks for nothing: its answer says that the server is there and the replica current. */
    static Transaction barrier(String table) {
        Transaction transaction = new Transaction();
        transaction
                .operation("select", table)
                .<ObjectNode>set("where", is(new UUID(0, 0)))
                .set("columns", NODES.arrayNode().add("_uuid"));
        return transaction;
    }

    ArrayNode parameters(String database) {
        ArrayNode parameters = NODES.arrayNode().add(database);
        operations.forEach(parameters::add);
        return parameters;
    }

    private ObjectNode operation(String name, String table) {
        return operations.addObject().put("op", name).put("table", table);
    }

    private static ArrayNode clause(String column, String function, JsonNode value) {
        return NODES.arrayNode().add(column).add(function).add(value);
    }
}
