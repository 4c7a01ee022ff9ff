// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies a Derby with rows in every table into a new database of the PostgreSQL that {@code isthmus.postgresql} names. */
final class CopyDatabaseTest {
    private static final String POSTGRESQL = System.getProperty("isthmus.postgresql");
    private static final int LEASES = 1200;

    private final String name = "copy_" + ProcessHandle.current().pid();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @TempDir
    private static Path made;

    @TempDir
    private Path directory;

    private Path derby = made.resolve("derby");
    private Path file;
    private String url;

    @BeforeAll
    static void aDerbyWithRowsInEveryTable() throws SQLException {
        assumeTrue(POSTGRESQL != null, "isthmus.postgresql names no PostgreSQL");
        try (EmbeddedDatabase database = EmbeddedDatabase.open(made.resolve("derby"));
                Connection connection = database.pool().getConnection()) {
            fill(connection);
        }
    }

    @BeforeEach
    void anEmptyPostgresql() throws Exception {
        execute(POSTGRESQL, "drop database if exists " + name + " with (force)");
        execute(POSTGRESQL, "create database " + name);
        url = POSTGRESQL.replaceFirst("(//[^/]*/)[^?]*", "$1" + name);
        file = Files.writeString(directory.resolve("postgresql.cfg"), "url = " + url + "\nuser =\npassword = none\n");
    }

    @AfterEach
    void drop() throws SQLException {
        execute(POSTGRESQL, "drop database if exists " + name + " with (force)");
    }

    /** Cut where a column has room for less: not within a pair of surrogates. */
    private static final String TEXT = "ü'€\\\n😀";

    /** Two rows in every table: one with something in every column, one with nothing where that is allowed. */
    private static void fill(Connection connection) throws SQLException {
        for (Table table : Table.in(connection)) {
            try (PreparedStatement select = connection.prepareStatement(table.select());
                    PreparedStatement insert = connection.prepareStatement(table.insert())) {
                ResultSetMetaData columns = select.getMetaData();
                for (int row = 0; row < 2; row++) {
                    for (int i = 1; i <= columns.getColumnCount(); i++) {
                        boolean empty = row == 1 && columns.isNullable(i) == ResultSetMetaData.columnNullable;
                        set(insert, i, columns.getColumnType(i), columns.getPrecision(i), empty, row);
                    }
                    insert.execute();
                }
            }
        }
        try (PreparedStatement insert = connection.prepareStatement("insert into sto_lease values (?, 'x', 1, 1)")) {
            for (int i = 0; i < LEASES; i++) {
                insert.setString(1, "lease" + i + (i % 2 == 0 ? "a" : "B"));
                insert.addBatch();
            }
            insert.executeBatch();
        }
        connection.commit();
    }

    private static void set(PreparedStatement insert, int i, int type, int room, boolean empty, int row)
            throws SQLException {
        if (empty) {
            insert.setNull(i, type);
            return;
        }
        switch (type) {
            case Types.VARCHAR, Types.CLOB -> insert.setString(
                    i, row == 0 ? TEXT.substring(0, Math.min(room, TEXT.length())) : "");
            case Types.BIGINT -> insert.setLong(i, row == 0 ? Long.MIN_VALUE : Long.MAX_VALUE);
            case Types.INTEGER -> insert.setInt(i, row == 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE);
            case Types.DECIMAL -> insert.setBigDecimal(i, new BigDecimal(row == 0 ? "-1" : "9".repeat(31)));
            case Types.BOOLEAN -> insert.setBoolean(i, row == 0);
            case Types.BLOB -> insert.setBytes(i, row == 0 ? new byte[] {0, -1, 127} : new byte[0]);
            default -> throw new IllegalStateException("a type of a column that this test does not know: " + type);
        }
    }

    private int copy() {
        said.reset();
        return CopyDatabase.run(derby, file, new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    private String output() {
        return said.toString(StandardCharsets.UTF_8);
    }

    private static int execute(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
            return statement.getUpdateCount();
        }
    }

    private long count(String what) throws SQLException {
        return number("select count(*) from " + what);
    }

    private long number(String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            result.next();
            return result.getLong(1);
        }
    }

    @Test
    void everyRowOfEveryTableIsCopiedAndASecondTimeChangesNothing() throws Exception {
        assertEquals(0, copy(), this::output);
        int tables;
        try (Connection connection = DriverManager.getConnection(url)) {
            tables = Table.in(connection).size();
        }
        assertTrue(
                output().contains("%,d rows are there, equal in every value".formatted(2 * tables + LEASES)),
                this::output);
        long written = number("select max(xmin::text::bigint) from sto_lease");

        assertEquals(0, copy(), this::output);
        assertEquals(written, number("select max(xmin::text::bigint) from sto_lease"));
    }

    @Test
    void aCopyThatWasKilledGoesOnAndNoControllerOpensItBefore() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        KilledCopy.class.getName(),
                        derby.toString(),
                        url,
                        "1000")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("killed.log").toFile())
                .start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        assertEquals(KilledCopy.KILLED, process.exitValue(), Files.readString(directory.resolve("killed.log")));
        assertEquals(1000, count("sto_lease"));

        IllegalStateException half =
                assertThrows(IllegalStateException.class, () -> EmbeddedDatabase.postgresql(url, Clock.systemUTC()));

        assertTrue(half.getMessage().contains("run bin/copy-database again"), half.getMessage());
        assertEquals(0, copy(), this::output);
        assertEquals(LEASES + 2, count("sto_lease"));
        EmbeddedDatabase.postgresql(url, Clock.systemUTC()).close();
    }

    @Test
    void whatTheSourceChangedWhileTheCopyWaitedIsCopiedAsItIsNow() throws Exception {
        assertEquals(0, copy(), this::output);
        execute(url, "update sto_copy set finished = false");
        execute(url, "update loc_location set name = 'other' where id = ''");
        execute(url, "update sto_lease set name = 'gone' where name = 'lease7B'");
        // the name that must be there once is another row's now
        execute(url, "update idn_organization set id = 'another' where id = ''");

        assertEquals(0, copy(), this::output);

        assertEquals(0, count("loc_location where name = 'other'"));
        assertEquals(0, count("sto_lease where name = 'gone'"));
        assertEquals(1, count("sto_lease where name = 'lease7B'"));
        assertEquals(0, count("idn_organization where id = 'another'"));
    }

    @Test
    void aValueThatIsNotAsInTheSourceIsFound() throws Exception {
        assertEquals(0, copy(), this::output);
        assertEquals(1, execute(url, "update aud_entry set leaf = '\\x01' where position = 9223372036854775807"));
        assertEquals(1, execute(url, "delete from sto_lease where name = 'lease8a'"));

        assertEquals(1, copy(), this::output);

        assertTrue(output().contains("aud_entry [9223372036854775807] differs in [leaf]"), this::output);
        assertTrue(output().contains("sto_lease [lease8a] is only in the source"), this::output);
        assertEquals(0, count("sto_lease where name = 'lease8a'"), "a finished copy may be in use: nothing is written");
    }

    private void refused(String why) {
        assertEquals(2, copy(), this::output);
        assertTrue(output().contains(why), this::output);
    }

    @Test
    void aDatabaseThatAControllerUsesIsNotCopiedOver() throws Exception {
        try (EmbeddedDatabase used = EmbeddedDatabase.postgresql(url, Clock.systemUTC())) {
            used.leases().hold("sequencer", "one", java.time.Duration.ofHours(1));
        }

        refused("has data already (in sto_lease)");
    }

    @Test
    void aDatabaseOfSomebodyElseIsRefused() throws Exception {
        execute(url, "create table shop (id integer)");

        refused("has tables of somebody else");
    }

    @Test
    void theCopyOfAnotherDatabaseIsRefused() throws Exception {
        assertEquals(0, copy(), this::output);
        execute(url, "update sto_copy set source = 'another'");

        refused("has the copy of another database");
    }

    @Test
    void anotherSchemaIsRefusedOnEitherSide() throws Exception {
        assertEquals(0, copy(), this::output);
        String withoutTheNewest = "delete from \"flyway_schema_history\" where \"installed_rank\" ="
                + " (select max(\"installed_rank\") from \"flyway_schema_history\")";
        execute(url, withoutTheNewest);
        refused("the schema of another version");

        derby = directory.resolve("older");
        try (EmbeddedDatabase older = EmbeddedDatabase.open(derby);
                Connection connection = older.pool().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(withoutTheNewest);
            connection.commit();
        }
        refused("start this version on it once");
    }

    @Test
    void theDatabaseOfARunningControllerIsRefused() throws Exception {
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        HeldDatabase.class.getName(),
                        derby.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertEquals('h', holder.getInputStream().read());

            refused("The controller runs");
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }

    @Test
    void aFileWithoutAnAddressOrADatabaseThatIsNotThereIsRefused() throws IOException {
        Path nowhere = directory.resolve("nowhere");
        Path right = file;
        file = Files.writeString(directory.resolve("wrong.cfg"), "url =\n");
        refused("url begins with jdbc:postgresql:");

        file = Files.writeString(
                directory.resolve("away.cfg"), "url = jdbc:postgresql://127.0.0.1:1/none\nuser = a\npassword = b\n");
        refused("jdbc:postgresql://127.0.0.1:1/none cannot be used");

        file = right;
        derby = nowhere;
        refused("There is no Derby database in");
        assertFalse(Files.exists(nowhere));
    }
}
