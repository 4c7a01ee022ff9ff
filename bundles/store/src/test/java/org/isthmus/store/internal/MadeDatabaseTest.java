// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MadeDatabaseTest {
    private static final String COLUMNS =
            """
            select t.tablename || '.' || c.columnname || ' ' || cast(c.columnnumber as char(4)) || ' '
                || cast(c.columndatatype as varchar(100))
              from sys.systables t join sys.syscolumns c on c.referenceid = t.tableid where t.tabletype = 'T'
            """;
    private static final String INDEXES =
            """
            select t.tablename || ' ' || cast(g.descriptor as varchar(200))
              from sys.sysconglomerates g join sys.systables t on t.tableid = g.tableid
             where g.isindex and t.tabletype = 'T'
            """;
    private static final String HISTORY = "select \"version\" || ' ' || cast(\"checksum\" as char(12)) || ' '"
            + " || cast(\"success\" as char(5)) from \"flyway_schema_history\"";

    @TempDir
    Path directory;

    private static Set<String> ask(EmbeddedDatabase database, String query) throws SQLException {
        Set<String> rows = new TreeSet<>();
        try (Connection connection = database.pool().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
            connection.commit();
        }
        return rows;
    }

    private static void change(EmbeddedDatabase database, String... statements) throws SQLException {
        try (Connection connection = database.pool().getConnection();
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
            connection.commit();
        }
    }

    private <T> T opened(Path database, Function<EmbeddedDatabase, T> work) {
        try (EmbeddedDatabase open = EmbeddedDatabase.open(database)) {
            return work.apply(open);
        }
    }

    private static Set<String> schema(EmbeddedDatabase database) {
        try {
            Set<String> schema = new TreeSet<>();
            for (String query : new String[] {COLUMNS, INDEXES, HISTORY}) {
                Set<String> found = ask(database, query);
                assertTrue(found.size() > 5, query);
                schema.addAll(found);
            }
            return schema;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatIsCarriedInTheBundleIsWhatTheMigrationsMake() throws IOException {
        Path made = directory.resolve("made");
        MadeDatabase.putWhereNoneIs(made);

        assertEquals(
                opened(directory.resolve("migrated"), MadeDatabaseTest::schema),
                opened(made, MadeDatabaseTest::schema));
    }

    @Test
    void aCopyThatWasCutShortIsMadeAnew() throws IOException {
        Path half = Files.createDirectories(directory.resolve("isthmus.new").resolve("seg0"));
        Files.writeString(half.resolve("c10.dat"), "half");
        Path database = directory.resolve("isthmus");

        MadeDatabase.putWhereNoneIs(database);

        assertFalse(Files.exists(directory.resolve("isthmus.new")));
        assertFalse(opened(database, MadeDatabaseTest::schema).isEmpty());
    }

    @Test
    void anEmptyFolderIsNoDatabaseYet() throws IOException {
        Path database = Files.createDirectory(directory.resolve("isthmus"));

        MadeDatabase.putWhereNoneIs(database);

        assertFalse(opened(database, MadeDatabaseTest::schema).isEmpty());
    }

    @Test
    void aDatabaseThatIsThereStays() throws IOException, SQLException {
        Path database = directory.resolve("isthmus");
        MadeDatabase.putWhereNoneIs(database);
        try (EmbeddedDatabase open = EmbeddedDatabase.open(database)) {
            change(open, "create table kept (id int)");
        }

        MadeDatabase.putWhereNoneIs(database);

        try (EmbeddedDatabase open = EmbeddedDatabase.open(database)) {
            assertTrue(ask(open, "select count(*) from kept").contains("0"));
        }
    }

    @Test
    void aDatabaseOfAnOlderReleaseIsBroughtToTheNewestSchema() throws IOException, SQLException {
        Path database = directory.resolve("isthmus");
        MadeDatabase.putWhereNoneIs(database);
        Set<String> newest;
        try (EmbeddedDatabase open = EmbeddedDatabase.open(database)) {
            newest = schema(open);
            // as it was before V30
            change(
                    open,
                    "drop index mov_batch_living",
                    "drop index mov_batch_by_name",
                    "alter table mov_batch drop column living_name",
                    "create unique index mov_batch_name on mov_batch (organization_id, name)",
                    "delete from \"flyway_schema_history\" where \"version\" = '30'",
                    "call syscs_util.syscs_set_database_property('isthmus.migrations', 'of an older release')");
        }

        assertEquals(newest, opened(database, MadeDatabaseTest::schema));
    }

    @Test
    void aMigrationThatWasChangedAfterwardsIsRefused() throws IOException, SQLException {
        Path database = directory.resolve("isthmus");
        MadeDatabase.putWhereNoneIs(database);
        try (EmbeddedDatabase open = EmbeddedDatabase.open(database)) {
            change(
                    open,
                    "update \"flyway_schema_history\" set \"checksum\" = 1 where \"version\" = '3'",
                    "call syscs_util.syscs_set_database_property('isthmus.migrations', 'of another build')");
        }

        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> opened(database, MadeDatabaseTest::schema));

        assertTrue(refused.getMessage().contains("Validate failed"), refused.getMessage());
    }
}
