// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.store.internal.Migrations;

/**
 * Copies all rows of a Derby into a PostgreSQL that has nothing else. In batches that are committed: interrupted at any point
 * it goes on where it was, because it inserts what is missing, and first takes away what the source does not have as it is.
 * The source is only read. Until all is there and compared, no controller opens the target.
 */
final class Copy implements AutoCloseable {
    private static final int BATCH = 500;
    private static final int SHOWN = 10;

    private final HikariDataSource source;
    private final String shutdown;
    private final HikariDataSource target;
    private final Target to;
    private final Progress progress;

    /** Called often, never twice with the same. */
    interface Progress {
        void copied(Table table, long rows);

        void compared(Table table, long rows);
    }

    /** Opens both; refuses what is not as it must be. Nothing is written yet. */
    Copy(Path derby, Target to, Progress progress) {
        this.to = to;
        this.progress = progress;
        if (!Files.isDirectory(derby)) {
            throw new Refusal("There is no Derby database in " + derby + ": has this controller been started?");
        }
        System.setProperty("derby.stream.error.file", "/dev/null");
        shutdown = "jdbc:derby:directory:" + derby.toAbsolutePath() + ";shutdown=true";
        source = pool(
                "jdbc:derby:directory:" + derby.toAbsolutePath(),
                "",
                "",
                "org.apache.derby.iapi.jdbc.AutoloadedDriver");
        HikariDataSource opened = null;
        try {
            readable(derby);
            opened = pool(to.url(), to.user(), to.password(), "org.postgresql.Driver");
            answers();
        } catch (RuntimeException e) {
            endSource();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
        target = opened;
    }

    private static HikariDataSource pool(String url, String user, String password, String driver) {
        HikariConfig config = new HikariConfig();
        config.setDriverClassName(driver);
        config.setJdbcUrl(url);
        if (!user.isEmpty()) {
            config.setUsername(user);
            config.setPassword(password);
        }
        config.addDataSourceProperty("reWriteBatchedInserts", "true"); // PostgreSQL's; Derby knows nothing of it
        config.setAutoCommit(false);
        config.setMaximumPoolSize(4);
        config.setMinimumIdle(0);
        config.setInitializationFailTimeout(-1);
        config.setConnectionTimeout(10_000);
        return new HikariDataSource(config);
    }

    private void readable(Path derby) {
        try (Connection once = DriverManager.getConnection(source.getJdbcUrl())) {
            once.setReadOnly(true);
        } catch (SQLException e) {
            for (Throwable each : e) { // Derby's reason is the next one
                if (each instanceof SQLException sql && "XSDB6".equals(sql.getSQLState())) {
                    throw new Refusal(
                            "The controller runs and has " + derby + " open: stop it (bin/stop), then run this again.");
                }
            }
            throw new Refusal("The Derby database in " + derby + " cannot be opened: " + root(e));
        }
        if (!Migrations.isNewest(source)) {
            throw new Refusal("The Derby database has another schema than this version of the controller: start this"
                    + " version on it once, stop it, then run this again.");
        }
    }

    private void answers() {
        try (Connection once =
                DriverManager.getConnection(to.url(), to.user().isEmpty() ? null : to.user(), to.password())) {
            once.setReadOnly(true);
        } catch (SQLException e) {
            throw new Refusal(to.address() + " cannot be used: " + root(e));
        }
    }

    private static String root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage();
    }

    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private static <T> T with(HikariDataSource database, Work<T> work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            T result = work.on(connection);
            connection.commit();
            return result;
        }
    }

    /**
     * Copies and compares.
     *
     * @return the first of what differs in the end; nothing, when the copy is whole
     */
    List<String> run() throws SQLException {
        boolean finished = prepare();
        List<Table> tables = with(source, Table::in);
        if (!tables.equals(with(target, Table::in))) {
            throw new Refusal(to.address() + " has other tables than the source: use an empty database.");
        }
        if (!finished) {
            for (Table table : tables) {
                copy(table);
            }
        }
        List<String> differences = new ArrayList<>();
        for (Table table : tables) {
            compare(table, differences);
        }
        if (differences.isEmpty() && !finished) {
            execute("update " + Migrations.COPY + " set finished = true");
        }
        return differences;
    }

    /** Makes the target ready, or refuses it. True when a copy of this source was finished in it before. */
    private boolean prepare() throws SQLException {
        String name = with(source, Copy::identity);
        List<String> tables = with(
                target,
                connection -> texts(
                        connection, "select tablename from pg_tables where schemaname = current_schema() order by 1"));
        if (tables.contains(Migrations.COPY)) {
            List<String> before =
                    with(target, connection -> texts(connection, "select source || ' ' || finished from sto_copy"));
            if (!before.isEmpty()) {
                if (!before.get(0).startsWith(name + " ")) {
                    throw new Refusal(to.address() + " has the copy of another database: use an empty one.");
                }
                newest();
                return before.get(0).endsWith(" true");
            }
        }
        if (tables.isEmpty()) {
            try {
                Migrations.apply(target);
            } catch (SQLException | RuntimeException e) {
                throw new Refusal("No tables can be made in " + to.address() + ": " + root(e)
                        + ". The user must own the database, or have the right to create in its schema.");
            }
        } else if (!tables.contains("flyway_schema_history")) {
            throw new Refusal(to.address() + " has tables of somebody else, " + tables.get(0)
                    + " for one: use an empty database.");
        }
        newest();
        for (Table table : with(target, Table::in)) {
            String any = "select 'some' where exists (select 1 from " + table.name() + ")";
            if (!with(target, connection -> texts(connection, any)).isEmpty()) {
                throw new Refusal(to.address() + " has data already (in " + table.name()
                        + "), of a controller that used it:" + " nothing is copied over it. Use an empty database.");
            }
        }
        execute("create table if not exists " + Migrations.COPY
                + " (source varchar(100) not null primary key, finished boolean not null)");
        execute("insert into " + Migrations.COPY + " values ('" + name + "', false)");
        return false;
    }

    private void newest() {
        if (!Migrations.isNewest(target)) {
            throw new Refusal(
                    to.address() + " has the schema of another version of the controller: use an empty database.");
        }
    }

    /** When its schema was begun, to the microsecond: no two installations share it. */
    private static String identity(Connection connection) throws SQLException {
        return texts(
                        connection,
                        "select cast(\"installed_on\" as varchar(40)) from \"flyway_schema_history\" order by \"installed_rank\"")
                .get(0);
    }

    private static List<String> texts(Connection connection, String query) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    private void execute(String sql) throws SQLException {
        with(target, connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }

    private void copy(Table table) throws SQLException {
        // first out with what is in the way: a name that must be there once may have moved to another row
        String any = "select 'some' where exists (select 1 from " + table.name() + ")";
        if (!with(target, connection -> texts(connection, any)).isEmpty()) {
            try (Writing deletes = new Writing(table.delete(), table.keys())) {
                merge(table, new Merge.Difference() {
                    @Override
                    public void missing(Row row) {
                        // comes below
                    }

                    @Override
                    public void surplus(Row row) throws SQLException {
                        deletes.add(row);
                    }

                    @Override
                    public void changed(Row source, Row target) throws SQLException {
                        deletes.add(target);
                    }
                });
                deletes.flush();
            }
        }
        try (Writing inserts = new Writing(table.insert(), table.columns().size())) {
            merge(table, new Merge.Difference() {
                @Override
                public void missing(Row row) throws SQLException {
                    if (inserts.add(row)) {
                        progress.copied(table, inserts.done);
                    }
                }

                @Override
                public void surplus(Row row) {
                    throw changing(table);
                }

                @Override
                public void changed(Row source, Row target) {
                    throw changing(table);
                }
            });
            inserts.flush();
            progress.copied(table, inserts.done);
        }
    }

    private IllegalStateException changing(Table table) {
        return new IllegalStateException("Somebody else writes to " + table.name() + " in " + to.address());
    }

    private long merge(Table table, Merge.Difference found) throws SQLException {
        return with(source, from -> with(target, into -> Merge.read(table, from, into, found)));
    }

    private void compare(Table table, List<String> differences) throws SQLException {
        long rows = merge(table, new Merge.Difference() {
            @Override
            public void missing(Row row) {
                add(row, "is only in the source");
            }

            @Override
            public void surplus(Row row) {
                add(row, "is only in the target");
            }

            @Override
            public void changed(Row source, Row target) {
                // no values: some of them are secrets
                add(
                        source,
                        "differs in "
                                + source.differences(target).stream()
                                        .map(table.columns()::get)
                                        .toList());
            }

            private void add(Row row, String what) {
                if (differences.size() < SHOWN) {
                    differences.add(table.name() + " " + row.values().subList(0, table.keys()) + " " + what);
                }
            }
        });
        progress.compared(table, rows);
    }

    /** Rows to the target in batches, each a transaction. */
    private final class Writing implements AutoCloseable {
        private final Connection connection;
        private final PreparedStatement statement;
        private final int values;
        private int waiting;
        private long done;

        Writing(String sql, int values) throws SQLException {
            this.values = values;
            connection = target.getConnection();
            statement = connection.prepareStatement(sql);
        }

        /** True when a batch was committed. */
        boolean add(Row row) throws SQLException {
            row.bind(statement, values);
            statement.addBatch();
            if (++waiting < BATCH) {
                return false;
            }
            flush();
            return true;
        }

        void flush() throws SQLException {
            if (waiting > 0) {
                statement.executeBatch();
                connection.commit();
                done += waiting;
                waiting = 0;
            }
        }

        @Override
        public void close() throws SQLException {
            try (Connection returned = connection) {
                statement.close();
                returned.rollback();
            }
        }
    }

    private void endSource() {
        source.close();
        try (Connection never = DriverManager.getConnection(shutdown)) {
            throw new IllegalStateException("Derby did not end but gave " + never);
        } catch (SQLException e) {
            // Derby tells its orderly end by an exception, and so that there was none to end: it could not be opened
            if (!"08006".equals(e.getSQLState()) && !"XJ004".equals(e.getSQLState())) {
                throw new IllegalStateException("Derby did not end: " + e.getMessage(), e);
            }
        }
    }

    @Override
    public void close() {
        target.close();
        endSource();
    }
}
