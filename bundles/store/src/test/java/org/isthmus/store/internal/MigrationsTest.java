// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.isthmus.store.Leases.Lease;
import org.isthmus.store.TxException;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MigrationsTest {
    private static final Path FILES = Path.of("src/main/resources/org/isthmus/store/migration");
    private static final String SPOIL = "update \"flyway_schema_history\" set \"checksum\" = \"checksum\" + 1";
    private static final String MEND = "update \"flyway_schema_history\" set \"checksum\" = \"checksum\" - 1";
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
                "if not exists",
                // what is empty before the first start can be emptied after a test, and copied into
                "insert into",
                // tables are copied and emptied in any order
                " references ");
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
    void textIsInOrderOfItsBytesWhateverOrderTheDatabaseHasForPeople() {
        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("order")) {
            for (String name : List.of("b", "B", "a-c", "ab", "é", "a", "_", "2", "10", "A")) {
                database.leases().hold(name, "somebody", HOUR);
            }

            assertEquals(
                    List.of("10", "2", "A", "B", "_", "a", "a-c", "ab", "b", "é"),
                    texts(database, "select name from sto_lease order by name"));
            assertEquals(
                    List.of("_", "a", "a-c", "ab", "b", "é"),
                    texts(database, "select name from sto_lease where name > 'B' order by name"));
        }
    }

    /** Seen by a history that nobody would accept who read it. */
    @Test
    void whatIsKnownToHaveBeenCarriedOutIsNotLookedAtAgain() throws Exception {
        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("known")) {
            Migrations.apply(database.pool());
            change(database, SPOIL);

            Migrations.apply(database.pool());

            change(database, MEND);
        }
    }

    @Test
    void afterOtherMigrationsThanTheseAllAreLookedAt() throws Exception {
        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("others")) {
            Migrations.apply(database.pool());
            change(database, SPOIL);
            change(
                    database,
                    derby(database)
                            ? "call syscs_util.syscs_set_database_property('isthmus.migrations', 'others')"
                            : "comment on table flyway_schema_history is 'others'");

            assertThrows(FlywayException.class, () -> Migrations.apply(database.pool()));

            change(database, MEND);
            Migrations.apply(database.pool());
        }
    }

    private static boolean derby(EmbeddedDatabase database) throws SQLException {
        try (Connection connection = database.pool().getConnection()) {
            return connection.getMetaData().getDatabaseProductName().contains("Derby");
        }
    }

    private static void change(EmbeddedDatabase database, String statement) throws SQLException {
        try (Connection connection = database.pool().getConnection();
                Statement change = connection.createStatement()) {
            change.execute(statement);
            if (!connection.getAutoCommit()) {
                connection.commit();
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
            TxException late = assertThrows(TxException.class, () -> database.tx()
                    .execute(() -> database.leases().fence(before)));

            assertEquals(TxException.Kind.CONFLICT, late.kind());
        }
    }

    @Test
    void auditEntriesOfBeforeKeepTheirPersonalDataAndTheirSalts() throws Exception {
        String entry =
                "insert into aud_entry (position, id, organization, organization_position, recorded_at, kind, action,"
                        + " subject_id, outcome, leaf) values ";
        String personal = "insert into aud_personal (position, organization, organization_position, username,"
                + " username_salt, address, address_salt, subject_text, subject_salt) values ";
        String waiting =
                "insert into aud_pending (id, organization, recorded_at, kind, action, subject_id, subject_text,"
                        + " outcome, username, body) values ";
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:derby:memory:before_v6;create=true");
        try (HikariDataSource database = new HikariDataSource(config)) {
            Flyway.configure()
                    .dataSource(database)
                    .locations("classpath:org/isthmus/store/migration")
                    .placeholders(Map.of("bytes", "blob", "text", "clob"))
                    .target("5")
                    .loggers("slf4j")
                    .load()
                    .migrate();
            try (Connection connection = database.getConnection();
                    Statement insert = connection.createStatement()) {
                insert.execute(
                        entry + "(0, 'aud_1', 'org_1', 0, 1, 'NOTE', 'a', 'srv_1', 'SUCCESS', cast(x'01' as blob))");
                insert.execute(
                        entry + "(1, 'aud_2', 'org_1', 1, 2, 'NOTE', 'a', null, 'SUCCESS', cast(x'02' as blob))");
                insert.execute(personal + "(0, 'org_1', 0, 'ann', 's1', '::1', 's2', null, null)");
                insert.execute(personal + "(1, 'org_1', 1, 'bob', 's3', '::2', 's4', 'anne', 's5')");
                insert.execute(waiting + "('aud_3', 'org_1', 3, 'NOTE', 'a', 'srv_3', null, 'SUCCESS', 'ann', '{}')");
                insert.execute(waiting + "('aud_4', 'org_1', 4, 'NOTE', 'a', null, 'anne', 'SUCCESS', 'ann', '{}')");
            }

            Migrations.apply(database);

            try (Connection connection = database.getConnection()) {
                assertEquals(
                        List.of("ann s1 ::1 s2 srv_1 -", "bob s3 ::2 s4 anne s5"),
                        texts(
                                connection,
                                "select username || ' ' || username_salt || ' ' || address || ' ' || address_salt || ' '"
                                        + " || subject || ' ' || coalesce(subject_salt, '-') from aud_entry order by position"));
                assertEquals(
                        List.of("srv_3", "anne"), texts(connection, "select subject from aud_pending order by id"));
            }
        }
    }

    private static List<String> texts(EmbeddedDatabase database, String sql) {
        return database.tx().read(() -> {
            try {
                return texts(database.tx().connection(), sql);
            } catch (SQLException e) {
                throw new IllegalStateException(sql, e);
            }
        });
    }

    private static List<String> texts(Connection connection, String sql) throws SQLException {
        List<String> found = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }
}
