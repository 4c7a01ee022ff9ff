// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes and upgrades the schema: the files {@code V<number>__<owner>.sql} beside this class's bundle, the same for both
 * databases. Run before anything else gets a connection; several controllers may start at once on PostgreSQL (Flyway
 * locks).
 */
public final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    private static final String LOCATION = "classpath:org/isthmus/store/migration";

    /** How long a statement waits for a lock, and after how long Derby looks for a deadlock: seconds. */
    private static final Map<String, String> DERBY =
            Map.of("derby.locks.waitTimeout", "3", "derby.locks.deadlockTimeout", "2");

    /**
     * Which migrations were carried out, so that a start need not look at each: a property that Derby keeps; on PostgreSQL the
     * comment of their history's table, which goes where the table goes.
     */
    private static final String CARRIED_OUT = "isthmus.migrations";

    private static final String HISTORY = "flyway_schema_history";

    /** The mark of {@code copy-database} in the database it copies to: from which one, and whether all of it is there. */
    public static final String COPY = "sto_copy";

    /** Tables that are no data. */
    public static final Set<String> OWN_TABLES = Set.of(HISTORY, COPY);

    private Migrations() {}

    /** Brings the database to the newest schema; on Derby, also sets what it keeps in itself and ends the leases of before. */
    public static void apply(DataSource database) throws SQLException {
        String product;
        try (Connection connection = database.getConnection()) {
            product = connection.getMetaData().getDatabaseProductName();
        }
        boolean derby = product.contains("Derby");
        if (!derby) {
            refuseHalfACopy(database);
        }
        Optional<String> these = MadeDatabase.migrations();
        boolean looked = these.isEmpty() || !these.equals(carriedOut(database, derby));
        if (looked) {
            int steps = flyway(database, derby, Flyway::migrate).migrationsExecuted;
            if (steps > 0) {
                LOG.info("The database ({}) was brought to the newest schema in {} steps", product, steps);
            }
        }
        if (derby) {
            setDerbyProperties(database, these);
            endLeases(database);
        } else {
            orderByBytes(database);
            if (looked && these.isPresent()) {
                note(database, these.get());
            }
        }
    }

    /** True when it has the schema that {@link #apply} would bring it to; nothing is changed. */
    public static boolean isNewest(DataSource database) {
        try (Connection connection = database.getConnection()) {
            boolean derby = connection.getMetaData().getDatabaseProductName().contains("Derby");
            return flyway(database, derby, flyway -> {
                MigrationInfoService info = flyway.info();
                return info.pending().length == 0
                        && Stream.of(info.applied()).allMatch(each -> each.getState() == MigrationState.SUCCESS);
            });
        } catch (SQLException e) {
            throw new IllegalStateException("The database does not tell its schema: " + e.getMessage(), e);
        }
    }

    private static <T> T flyway(DataSource database, boolean derby, Function<Flyway, T> work) {
        Map<String, String> types =
                derby ? Map.of("bytes", "blob", "text", "clob") : Map.of("bytes", "bytea", "text", "text");
        ClassLoader own = Migrations.class.getClassLoader();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(own); // Flyway finds its databases by the context's ServiceLoader
        try {
            return work.apply(Flyway.configure(own)
                    .dataSource(database)
                    .locations(LOCATION)
                    .placeholders(types)
                    .validateMigrationNaming(true)
                    .loggers("slf4j")
                    .load());
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static void refuseHalfACopy(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            boolean half = false;
            if (isThere(statement)) {
                try (ResultSet unfinished = statement.executeQuery("select 1 from " + COPY + " where not finished")) {
                    half = unfinished.next();
                }
            }
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
            if (half) {
                throw new IllegalStateException("A copy of another database into this one is not finished: run"
                        + " bin/copy-database again, it goes on.");
            }
        }
    }

    private static boolean isThere(Statement statement) throws SQLException {
        try (ResultSet table = statement.executeQuery("select to_regclass('" + COPY + "') is not null")) {
            return table.next() && table.getBoolean(1);
        }
    }

    /**
     * Text is in order of its bytes, whatever order this PostgreSQL has for people: as on Derby. A page of a list then goes on
     * where the last one ended, and the order is the same after a change of the machine's locales.
     */
    private static void orderByBytes(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            List<String> changes = new ArrayList<>();
            try (ResultSet tables = statement.executeQuery(
                    """
                    select format('alter table %I %s', t.relname, string_agg(
                        format('alter column %I type %s collate "C"', c.attname, format_type(c.atttypid, c.atttypmod)),
                        ', ' order by c.attnum))
                      from pg_class t join pg_attribute c on c.attrelid = t.oid
                     where t.relnamespace = current_schema()::regnamespace and t.relkind = 'r'
                       and t.relname <> 'flyway_schema_history' and not c.attisdropped
                       and c.attcollation not in (0, '"C"'::regcollation)
                     group by t.relname order by t.relname
                    """)) {
                while (tables.next()) {
                    changes.add(tables.getString(1));
                }
            }
            for (String change : changes) {
                statement.execute(change);
            }
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        }
    }

    /** One process at a time has an embedded database: whoever opens it need not wait for what a killed one held. */
    private static void endLeases(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement end = connection.createStatement()) {
            end.executeUpdate("update sto_lease set held_until = 0, fence = fence + 1");
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        }
    }

    /** Which migrations the database knows to have been carried out last. */
    private static Optional<String> carriedOut(DataSource database, boolean derby) throws SQLException {
        String question = derby
                ? "values syscs_util.syscs_get_database_property('" + CARRIED_OUT + "')"
                : "select obj_description(to_regclass('" + HISTORY + "'), 'pg_class')";
        try (Connection connection = database.getConnection();
                Statement ask = connection.createStatement();
                ResultSet answer = ask.executeQuery(question)) {
            Optional<String> known = answer.next() ? Optional.ofNullable(answer.getString(1)) : Optional.empty();
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
            return known;
        }
    }

    /** Notes on PostgreSQL what was carried out; one controller after the other. */
    private static void note(DataSource database, String migrations) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            boolean before = connection.getAutoCommit();
            connection.setAutoCommit(false);
            statement.execute("select pg_advisory_xact_lock(hashtext('" + CARRIED_OUT + "'))");
            statement.execute("comment on table " + HISTORY + " is " + statement.enquoteLiteral(migrations));
            connection.commit();
            connection.setAutoCommit(before);
        }
    }

    private static void setDerbyProperties(DataSource database, Optional<String> migrations) throws SQLException {
        Map<String, String> properties = new TreeMap<>(DERBY);
        migrations.ifPresent(these -> properties.put(CARRIED_OUT, these));
        try (Connection connection = database.getConnection();
                CallableStatement set = connection.prepareCall("call syscs_util.syscs_set_database_property(?, ?)")) {
            for (Map.Entry<String, String> property : properties.entrySet()) {
                set.setString(1, property.getKey());
                set.setString(2, property.getValue());
                set.execute();
            }
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        }
    }
}
