// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.isthmus.store.Leases.Lease;
import org.isthmus.store.TxException;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MigrationsTest {
    private static final Path FILES = Path.of("src/main/resources/org/isthmus/store/migration");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Pattern NAME = Pattern.compile("V([0-9]+)__([a-z_]+)\\.sql");

    @Test
    void everyFileRunsOnAnEmptyDatabase() throws Exception {
        Map<Integer, String> files = new TreeMap<>();
        try (Stream<Path> found = Files.list(FILES)) {
            found.forEach(file -> {
                Matcher name = NAME.matcher(file.getFileName().toString());
                assertTrue(name.matches(), file + " is not named V<number>__<owner>.sql");
                files.put(Integer.valueOf(name.group(1)), name.group(2).replace('_', ' '));
            });
        }

        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("migrations")) {
            List<String> applied = texts(
                    database,
                    "select \"version\" || ' ' || \"description\""
                            + " from \"flyway_schema_history\" where \"success\" = true order by \"installed_rank\"");

            List<String> expected = new ArrayList<>();
            files.forEach((version, owner) -> expected.add(version + " " + owner));
            assertEquals(expected, applied);
        }
    }

    @Test
    void noFileUsesWhatOneOfTheDatabasesLacksOrWhatLeavesGaps() throws Exception {
        List<String> unwanted = List.of(
                "identity",
                "serial",
                "create sequence",
                "timestamp",
                " clob",
                " blob",
                "bytea",
                " text",
                "if not exists");
        try (Stream<Path> found = Files.list(FILES)) {
            for (Path file : found.toList()) {
                for (String line : Files.readAllLines(file)) {
                    String code = line.replaceAll("--.*", "").toLowerCase(Locale.ROOT);
                    // a column may be called text, a type may not
                    String types = code.replaceAll("^\\s*text\\b", "");
                    unwanted.forEach(word -> assertFalse(types.contains(word), file + ": " + line));
                }
            }
        }
    }

    @Test
    void aDatabaseOnDiskKeepsItsRowsAndIsMigratedOnce(@TempDir Path directory) {
        try (EmbeddedDatabase database = EmbeddedDatabase.open(directory.resolve("db"))) {
            database.leases().hold("kept", "one", HOUR);
        }

        try (EmbeddedDatabase database = EmbeddedDatabase.open(directory.resolve("db"))) {
            assertEquals(List.of("kept"), texts(database, "select name from sto_lease"));
        }
    }

    @Test
    void whoOpensAnEmbeddedDatabaseIsAloneAndWaitsForNoLeaseOfAnEarlierProcess(@TempDir Path directory) {
        Lease killed;
        try (EmbeddedDatabase database = EmbeddedDatabase.open(directory.resolve("db"))) {
            killed = database.leases().hold("sequencer", "one", HOUR).orElseThrow();
        }

        try (EmbeddedDatabase database = EmbeddedDatabase.open(directory.resolve("db"))) {
            Lease next = database.leases().hold("sequencer", "two", HOUR).orElseThrow();

            assertTrue(next.fence() > killed.fence(), "a write of the earlier one would be fenced out");
        }
    }

    @Test
    void aLeaseOfAnEarlierProcessIsFencedOutEvenWhenNobodyTookItSince(@TempDir Path directory) {
        Lease before;
        try (EmbeddedDatabase database = EmbeddedDatabase.open(directory.resolve("db"))) {
            before = database.leases().hold("sequencer", "one", HOUR).orElseThrow();
        }

        try (EmbeddedDatabase database = EmbeddedDatabase.open(directory.resolve("db"))) {
            TxException late = assertThrows(
                    TxException.class,
                    () -> database.tx().execute(() -> database.leases().fence(before)));

            assertEquals(TxException.Kind.CONFLICT, late.kind());
        }
    }

    private static List<String> texts(EmbeddedDatabase database, String sql) {
        return database.tx().read(() -> {
            List<String> found = new ArrayList<>();
            try (PreparedStatement select = database.tx().connection().prepareStatement(sql);
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    found.add(rows.getString(1));
                }
            } catch (SQLException e) {
                throw new IllegalStateException(sql, e);
            }
            return found;
        });
    }
}
