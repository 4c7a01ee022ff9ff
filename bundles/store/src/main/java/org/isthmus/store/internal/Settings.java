// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import com.zaxxer.hikari.HikariConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.sql.DataSource;
import org.osgi.service.jdbc.DataSourceFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration, checked.
 *
 * @param driver the value of {@code osgi.jdbc.driver.name} that the database's driver has
 * @param properties what that driver's factory is asked with, a password perhaps among them: never printed
 */
public record Settings(String driver, Properties properties, int connections, Duration patience) {
    private static final Logger LOG = LoggerFactory.getLogger(Settings.class);
    private static final String DERBY = "derby";
    private static final String DIRECTORY = "directory:";
    /** SQLStates by which Derby tells that a database ended in good order, and that there was none to end. */
    private static final String DERBY_ENDED = "08006";

    private static final String DERBY_NOT_BEGUN = "XJ004";
    private static final String POSTGRESQL = "jdbc:postgresql:";
    /** A connection on which PostgreSQL is silent for this much longer than a request waits is given up. */
    private static final Duration SILENCE = Duration.ofSeconds(3);
    /** For a migration, which may rewrite a large table. */
    private static final Duration LONG_SILENCE = Duration.ofMinutes(15);

    private static final Duration SHORTEST = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    /**
     * Reads the configuration.
     *
     * @param base of the installation: where Derby's folder is
     * @throws IllegalArgumentException with everything that is wrong with it
     */
    static Settings of(Config config, Path base) {
        List<String> wrong = new ArrayList<>();
        if (!config.url().isEmpty() && !config.url().startsWith(POSTGRESQL)) {
            wrong.add("url begins with " + POSTGRESQL + ", or is empty for embedded Derby");
        }
        if (config.connections() < 2 || config.connections() > 100) {
            wrong.add("connections is 2 to 100");
        }
        Duration patience = patience(config.connection_timeout(), wrong);
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(
                    "etc/org.isthmus.store.cfg: " + String.join("; ", wrong) + ". The database is not opened.");
        }
        boolean postgresql = !config.url().isEmpty();
        Properties asked = new Properties();
        if (postgresql) {
            asked.setProperty(DataSourceFactory.JDBC_URL, config.url());
            put(asked, DataSourceFactory.JDBC_USER, config.user());
            put(asked, DataSourceFactory.JDBC_PASSWORD, config.password());
        } else {
            asked.setProperty(
                    DataSourceFactory.JDBC_DATABASE_NAME,
                    DIRECTORY + base.resolve("database").resolve("isthmus"));
        }
        return new Settings(postgresql ? "PostgreSQL JDBC Driver" : "derby", asked, config.connections(), patience);
    }

    private static void put(Properties properties, String name, String value) {
        if (!value.isEmpty()) {
            properties.setProperty(name, value);
        }
    }

    private static Duration patience(String text, List<String> wrong) {
        try {
            Duration patience = Duration.parse(text);
            if (patience.compareTo(SHORTEST) >= 0 && patience.compareTo(LONGEST) <= 0) {
                return patience;
            }
        } catch (DateTimeParseException e) {
            // said below
        }
        wrong.add("connection.timeout is an ISO 8601 duration from PT0.25S to PT1M");
        return LONGEST;
    }

    /**
     * Before the first connection: where embedded Derby has no database yet, it gets one. Not by Derby, which would also make
     * one, empty, where a disk went away under a running controller.
     */
    void prepare() throws IOException {
        if (derby()) {
            String directory = properties.getProperty(DataSourceFactory.JDBC_DATABASE_NAME);
            MadeDatabase.putWhereNoneIs(Path.of(directory.substring(DIRECTORY.length())));
        }
    }

    /**
     * Single connections, without a time limit to speak of: Derby may have to recover what a kill left before it gives the
     * first, and a migration takes its time.
     */
    DataSource unhurried(DataSourceFactory factory) throws SQLException {
        return source(factory, "", LONG_SILENCE);
    }

    /** Connections for the pool. */
    DataSource source(DataSourceFactory factory) throws SQLException {
        DataSource source = source(factory, "", patience.plus(SILENCE));
        return derby() ? new DerbySource(source, () -> end(factory)) : source;
    }

    private DataSource source(DataSourceFactory factory, String ofDerby, Duration silence) throws SQLException {
        Properties given = new Properties();
        given.putAll(properties); // factories take properties out of what they are given
        given.computeIfPresent(DataSourceFactory.JDBC_URL, (name, url) -> limited((String) url, silence));
        given.computeIfPresent(DataSourceFactory.JDBC_DATABASE_NAME, (name, directory) -> directory + ofDerby);
        return factory.createDataSource(given);
    }

    /**
     * Ends what the first connection began. Derby's engine boots by itself and has to be told to end: else it keeps the
     * database locked, and the next engine in this process, after the driver's bundle was refreshed, cannot open it.
     */
    void end(DataSourceFactory factory) {
        if (!derby()) {
            return;
        }
        try (Connection never = source(factory, ";shutdown=true", patience).getConnection()) {
            LOG.warn("Derby was told to end and gave {}", never);
        } catch (SQLException e) {
            if (!DERBY_ENDED.equals(e.getSQLState()) && !DERBY_NOT_BEGUN.equals(e.getSQLState())) {
                LOG.warn("Derby did not end: {}", e.getMessage());
            }
        }
    }

    /**
     * A server that hangs closes no connection: without a limit whoever waits for its answer waits for ever. What the operator
     * wrote stands.
     */
    private String limited(String url, Duration silence) {
        String with = option(url, "connectTimeout", Math.max(1, patience.toSeconds()));
        return option(option(with, "socketTimeout", silence.toSeconds()), "tcpKeepAlive", true);
    }

    private static String option(String url, String name, Object value) {
        return url.contains(name + "=") ? url : url + (url.contains("?") ? "&" : "?") + name + "=" + value;
    }

    private boolean derby() {
        return driver.equals(DERBY);
    }

    /** The pool over such a source. */
    HikariConfig pool(DataSource source) {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("isthmus");
        pool.setDataSource(source);
        pool.setAutoCommit(false);
        pool.setMaximumPoolSize(connections);
        pool.setConnectionTimeout(patience.toMillis());
        pool.setValidationTimeout(Math.max(SHORTEST.toMillis(), patience.toMillis() / 2));
        pool.setInitializationFailTimeout(-1); // the database answered just before; one that goes away comes back
        if (!derby()) {
            ofPostgresql(pool);
        }
        return pool;
    }

    /** What every connection to PostgreSQL has. */
    public static void ofPostgresql(HikariConfig pool) {
        pool.setConnectionInitSql("set lock_timeout = '3s'");
        // commits that statement: a new connection must not come with a transaction begun
        pool.setIsolateInternalQueries(true);
    }

    @Override
    public String toString() {
        return "Settings[" + driver + ", " + connections + " connections]";
    }
}
