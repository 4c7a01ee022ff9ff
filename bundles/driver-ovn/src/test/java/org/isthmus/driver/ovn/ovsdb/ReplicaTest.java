// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.isthmus.driver.ovn.ovsdb.Replica.Form;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ReplicaTest {
    private static final UUID A = UUID.fromString(FakeServer.A);
    private static final UUID B = UUID.fromString(FakeServer.B);
    private static final List<TableSpec> TABLES =
            List.of(TableSpec.indexed("T", "name", "number", "flag", "tags", "ids", "other", "others"));

    private final Replica replica = new Replica(TABLES);
    private Map<String, Map<String, ColumnType>> types = Map.of();

    @BeforeEach
    void readTheTypes() throws IOException {
        types = Map.of(
                "T",
                Map.of(
                        "name", type("\"string\""),
                        "number", type("{\"key\":{\"type\":\"integer\",\"minInteger\":0}}"),
                        "flag", type("{\"key\":\"boolean\",\"min\":0,\"max\":1}"),
                        "tags", type("{\"key\":\"string\",\"min\":0,\"max\":\"unlimited\"}"),
                        "ids", type("{\"key\":\"string\",\"value\":\"string\",\"min\":0,\"max\":\"unlimited\"}"),
                        "other", type("{\"key\":{\"type\":\"uuid\",\"refTable\":\"T\"},\"min\":0,\"max\":1}"),
                        "others", type("{\"key\":{\"type\":\"uuid\"},\"min\":0,\"max\":5}")));
    }

    private static ColumnType type(String json) throws IOException {
        return ColumnType.of(MessageReader.JSON.readTree(json));
    }

    private List<Change> apply(Form form, boolean anew, String json) throws IOException {
        return replica.apply(MessageReader.JSON.readTree(json), form, anew, types);
    }

    private List<Change> differ(String uuid, String what) throws IOException {
        return apply(Form.DIFFERENCES, false, "{\"T\":{\"" + uuid + "\":" + what + "}}");
    }

    private Row row(UUID uuid) {
        return replica.read(view -> view.row("T", uuid)).orElseThrow();
    }

    private List<UUID> named(String name) {
        return replica.read(
                view -> view.indexed("T", name).stream().map(Row::uuid).toList());
    }

    @Test
    void aDumpFillsTheTables() throws IOException {
        differ(
                FakeServer.A,
                "{\"initial\":{\"name\":\"a\",\"number\":7,\"flag\":true,\"tags\":[\"set\",[\"x\",\"y\"]],"
                        + "\"ids\":[\"map\",[[\"k\",\"v\"]]],\"other\":[\"uuid\",\"" + FakeServer.B + "\"]}}");

        Row row = row(A);
        assertEquals("a", row.text("name"));
        assertEquals(7, row.number("number"));
        assertEquals(Optional.of(true), row.flag("flag"));
        assertEquals(Set.of("x", "y"), row.texts("tags"));
        assertEquals(Map.of("k", "v"), row.map("ids"));
        assertEquals(Set.of(B), row.references("other"));
        assertEquals(List.of(A), named("a"));
    }

    @Test
    void aColumnTheServerLeftOutHasItsDefault() throws IOException {
        differ(FakeServer.A, "{\"insert\":{}}");

        Row row = row(A);
        assertEquals("", row.text("name"));
        assertEquals(0, row.number("number"));
        assertEquals(Optional.empty(), row.flag("flag"));
        assertEquals(Set.of(), row.texts("tags"));
        assertEquals(Map.of(), row.map("ids"));
    }

    @Test
    void aSingleValueIsReplaced() throws IOException {
        differ(
                FakeServer.A,
                "{\"insert\":{\"name\":\"a\",\"flag\":true,\"other\":[\"uuid\",\"" + FakeServer.B + "\"]}}");

        differ(FakeServer.A, "{\"modify\":{\"name\":\"b\",\"flag\":[\"set\",[]],\"other\":[\"set\",[]]}}");

        assertEquals("b", row(A).text("name"));
        assertEquals(Optional.empty(), row(A).flag("flag"));
        assertEquals(Set.of(), row(A).references("other"));
        assertEquals(List.of(), named("a"));
        assertEquals(List.of(A), named("b"));
    }

    @Test
    void ofASetElementsComeAndGo() throws IOException {
        differ(FakeServer.A, "{\"insert\":{\"tags\":[\"set\",[\"stays\",\"goes\"]]}}");

        differ(FakeServer.A, "{\"modify\":{\"tags\":[\"set\",[\"goes\",\"comes\"]]}}");
        differ(FakeServer.A, "{\"modify\":{\"tags\":\"alone\",\"others\":[\"uuid\",\"" + FakeServer.B + "\"]}}");

        assertEquals(Set.of("stays", "comes", "alone"), row(A).texts("tags"));
        assertEquals(Set.of(B), row(A).references("others"));
    }

    @Test
    void ofAMapPairsComeGoAndChange() throws IOException {
        differ(
                FakeServer.A,
                "{\"insert\":{\"ids\":[\"map\",[[\"stays\",\"1\"],[\"goes\",\"2\"],[\"changes\",\"3\"]]]}}");

        differ(
                FakeServer.A,
                "{\"modify\":{\"ids\":[\"map\",[[\"goes\",\"2\"],[\"changes\",\"4\"],[\"comes\",\"5\"]]]}}");

        assertEquals(Map.of("stays", "1", "changes", "4", "comes", "5"), row(A).map("ids"));
    }

    @Test
    void aDeletedRowIsGone() throws IOException {
        differ(FakeServer.A, "{\"insert\":{\"name\":\"a\"}}");

        List<Change> changes = differ(FakeServer.A, "{\"delete\":null}");

        assertEquals(List.of(), named("a"));
        assertEquals("a", changes.get(0).before().orElseThrow().text("name"));
        assertTrue(changes.get(0).after().isEmpty());
    }

    @Test
    void theOldFormOfUpdatesSaysWholeRows() throws IOException {
        apply(Form.WHOLE, true, "{\"T\":{\"" + FakeServer.A + "\":{\"new\":{\"name\":\"a\",\"tags\":\"x\"}}}}");
        apply(
                Form.WHOLE,
                false,
                "{\"T\":{\"" + FakeServer.A
                        + "\":{\"old\":{\"tags\":\"x\"},\"new\":{\"name\":\"a\",\"tags\":[\"set\",[]]}},\""
                        + FakeServer.B + "\":{\"new\":{\"name\":\"b\"}}}}");
        assertEquals(Set.of(), row(A).texts("tags"));

        apply(Form.WHOLE, false, "{\"T\":{\"" + FakeServer.A + "\":{\"old\":{\"name\":\"a\"}}}}");

        assertEquals(List.of(), named("a"));
        assertEquals(List.of(B), named("b"));
    }

    @Test
    void aNewDumpReplacesEverything() throws IOException {
        differ(FakeServer.A, "{\"insert\":{\"name\":\"a\"}}");

        apply(Form.DIFFERENCES, true, "{\"T\":{\"" + FakeServer.B + "\":{\"initial\":{\"name\":\"b\"}}}}");

        assertEquals(List.of(), named("a"));
        assertEquals(List.of(B), named("b"));
    }

    @Test
    void anUpdateWithoutSenseIsRefusedAndLeavesNothingHalf() throws IOException {
        for (String nonsense : List.of(
                "[]",
                "{\"Unasked\":{}}",
                "{\"T\":[]}",
                "{\"T\":{\"not-a-uuid\":{\"insert\":{}}}}",
                "{\"T\":{\"" + FakeServer.B + "\":{\"modify\":{\"name\":\"b\"}}}}",
                "{\"T\":{\"" + FakeServer.B + "\":{}}}",
                "{\"T\":{\"" + FakeServer.B + "\":{\"insert\":7}}}",
                "{\"T\":{\"" + FakeServer.B + "\":{\"insert\":{\"unasked\":7}}}}",
                "{\"T\":{\"" + FakeServer.B + "\":{\"insert\":{\"name\":7}}}}",
                "{\"T\":{\"" + FakeServer.B + "\":{\"insert\":{\"number\":99999999999999999999}}}}",
                "{\"T\":{\"" + FakeServer.B + "\":{\"insert\":{\"ids\":\"x\"}}}}",
                "{\"T\":{\"" + FakeServer.B + "\":{\"insert\":{\"ids\":[\"map\",[[\"k\"]]]}}}}",
                "{\"T\":{\"" + FakeServer.B + "\":{\"insert\":{\"other\":[\"uuid\",\"x\"]}}}}")) {
            differ(FakeServer.A, "{\"insert\":{\"name\":\"a\"}}");

            assertThrows(Lost.class, () -> apply(Form.DIFFERENCES, false, nonsense), nonsense);

            assertEquals(List.of(), replica.read(view -> List.copyOf(view.rows("T"))), nonsense);
        }
    }

    @Test
    void waitingEndsWhenItIsSoOrTimeIsUp() throws Exception {
        assertFalse(replica.await(view -> !view.rows("T").isEmpty(), 1_000_000));
        Thread later = new Thread(() -> {
            try {
                differ(FakeServer.A, "{\"insert\":{}}");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });

        later.start();

        assertTrue(replica.await(view -> !view.rows("T").isEmpty(), 10_000_000_000L));
        later.join();
    }
}
