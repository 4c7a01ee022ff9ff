// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.embedded;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.persistence.EntityManagerFactory;
import javax.sql.DataSource;
import org.apache.openjpa.persistence.PersistenceProviderImpl;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.internal.JoiningDataSource;
import org.isthmus.store.internal.LeaseTable;
import org.isthmus.store.internal.Migrations;
import org.isthmus.store.internal.Pause;
import org.isthmus.store.internal.Settings;
import org.isthmus.store.internal.ThreadTx;

/**
 * A migrated database with everything that the store's OSGi services give. Thread-safe. Close it: that ends the pool, and
 * Derby, and drops what was only in memory.
 */
public final class EmbeddedDatabase implements AutoCloseable {
    /**
     * System property: a JDBC URL of PostgreSQL with user and password in it. When set, {@link #inMemory} gives an
     * empty schema there instead, so that whole suites run on PostgreSQL without a change.
     */
    public static final String POSTGRESQL = "isthmus.test.postgresql";

    /** Derby is told to write its messages there: what matters reaches us as exceptions. */
    public static final OutputStream DERBY_MESSAGES = OutputStream.nullOutputStream();

    private static final int CONNECTIONS = 20;
    private static final AtomicInteger COUNTER = new AtomicInteger();

    private final HikariDataSource pool;
    private final ThreadTx tx;
    private final JoiningDataSource joining;
    private final Leases leases;
    private final Runnable afterClose;
    private final Map<String, EntityManagerFactory> units = new LinkedHashMap<>();

    private EmbeddedDatabase(HikariConfig config, boolean migrated, Clock clock, Runnable afterClose) {
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(1);
        config.setAutoCommit(false);
        config.setConnectionTimeout(10_000);
        this.afterClose = afterClose;
        this.pool = new HikariDataSource(config);
        try {
            if (!migrated) {
                Migrations.apply(pool);
            }
        } catch (SQLException | RuntimeException e) {
            pool.close();
            throw new IllegalStateException("The database cannot be migrated: " + e.getMessage(), e);
        }
        this.tx = new ThreadTx(pool, Pause.JITTERED);
        this.joining = new JoiningDataSource(tx);
        this.leases = new LeaseTable(tx, clock);
    }

    /** Opens or makes a Derby database in this directory, durable; one process at a time can have it. */
    public static EmbeddedDatabase open(Path directory) {
        return open(directory, Clock.systemUTC());
    }

    /** The same, with the clock that leases go by. */
    public static EmbeddedDatabase open(Path directory, Clock clock) {
        prepareDerby();
        String url = "jdbc:derby:directory:" + directory.toAbsolutePath();
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url + ";create=true");
        return new EmbeddedDatabase(config, false, clock, () -> endDerby(url + ";shutdown=true"));
    }

    /** A new, empty database that nobody else has and that is gone when closed. The name only helps to tell them apart. */
    public static EmbeddedDatabase inMemory(String name) {
        return inMemory(name, Clock.systemUTC());
    }

    /** The same, with the clock that leases go by. */
    public static EmbeddedDatabase inMemory(String name, Clock clock) {
        return Optional.ofNullable(System.getProperty(POSTGRESQL))
                .map(url -> schema(url, clock))
                .orElseGet(() -> memory(name.replaceAll("[^A-Za-z0-9]", "_") + "_" + COUNTER.incrementAndGet(), clock));
    }

    /** The database behind a JDBC URL of PostgreSQL that has user and password in it, in its current schema. */
    public static EmbeddedDatabase postgresql(String url, Clock clock) {
        return new EmbeddedDatabase(postgresqlConfig(url), false, clock, () -> {});
    }

    private static EmbeddedDatabase memory(String name, Clock clock) {
        prepareDerby();
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:derby:memory:" + name + ";" + Template.creation());
        // Derby takes half a second to drop a database, and nobody waits for this one
        return new EmbeddedDatabase(
                config,
                true,
                clock,
                () -> CompletableFuture.runAsync(() -> endDerby("jdbc:derby:memory:" + name + ";drop=true")));
    }

    /** Before Derby's first class is loaded: no derby.log in the working directory, and the log's buffer of the assembly. */
    private static void prepareDerby() {
        if (System.getProperty("derby.storage.logBufferSize") == null) {
            System.setProperty("derby.storage.logBufferSize", "1048576");
        }
        if (System.getProperty("derby.stream.error.file") == null) {
            System.setProperty("derby.stream.error.field", EmbeddedDatabase.class.getName() + ".DERBY_MESSAGES");
        }
    }

    static void endDerby(String url) {
        try (Connection never = DriverManager.getConnection(url)) {
            throw new IllegalStateException("Derby did not end but gave " + never);
        } catch (SQLException e) {
            // 08006: Derby tells its orderly end by an exception
            if (!"08006".equals(e.getSQLState())) {
                throw new IllegalStateException("Derby did not end: " + e.getMessage(), e);
            }
        }
    }

    private static EmbeddedDatabase schema(String url, Clock clock) {
        Schemas schemas = Schemas.in(url);
        String name = schemas.take();
        boolean migrated = schemas.migrated(name);
        EmbeddedDatabase made = new EmbeddedDatabase(
                postgresqlConfig(schemas.url(name)), migrated, clock, () -> schemas.giveBack(name));
        if (!migrated) {
            schemas.migratedNow(name);
        }
        return made;
    }

    private static HikariConfig postgresqlConfig(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        Settings.ofPostgresql(config);
        return config;
    }

    public Tx tx() {
        return tx;
    }

    public Leases leases() {
        return leases;
    }

    /** What the OSGi service {@code tx} is: inside a transaction its connection, outside a read-only one. */
    public DataSource dataSource() {
        return joining;
    }

    /** The pool itself, for what needs a connection outside every transaction. */
    public DataSource pool() {
        return pool;
    }

    /** Connections that are in use just now: 0 when nobody works. */
    public int connectionsInUse() {
        return pool.getHikariPoolMXBean().getActiveConnections();
    }

    /** The persistence unit of this name from the class path's {@code META-INF/persistence.xml}, on this database. */
    public synchronized EntityManagerFactory entityManagerFactory(String unit) {
        return units.computeIfAbsent(unit, name -> {
            EntityManagerFactory made = new PersistenceProviderImpl()
                    .createEntityManagerFactory(name, Map.of("openjpa.ConnectionFactory", joining));
            if (made == null) {
                throw new IllegalArgumentException(
                        "No META-INF/persistence.xml on the class path has a persistence unit " + name + ".");
            }
            return made;
        });
    }

    @Override
    public synchronized void close() {
        units.values().forEach(EntityManagerFactory::close);
        units.clear();
        if (!pool.isClosed()) {
            pool.close();
            afterClose.run();
        }
    }
}
