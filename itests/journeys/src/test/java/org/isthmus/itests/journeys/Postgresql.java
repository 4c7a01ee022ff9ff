// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/** A database of a story's own in the PostgreSQL that the run was given: {@code -Disthmus.postgresql=URL}. */
final class Postgresql implements AutoCloseable {
    private static final String GIVEN = System.getProperty("isthmus.postgresql", "");

    private final String name;

    private Postgresql(String name) {
        this.name = name;
    }

    static boolean given() {
        return !GIVEN.isEmpty();
    }

    /** An empty one; the test is skipped where there is no PostgreSQL. */
    static Postgresql fresh(String name) throws SQLException {
        assumeTrue(given(), "this needs PostgreSQL: -Disthmus.postgresql=URL names one");
        Postgresql database = new Postgresql(name);
        database.drop();
        sql("create database " + name);
        return database;
    }

    /** Its address, with user and password. */
    String url() {
        return GIVEN.replaceFirst("(://[^/]+/)[^?]+", "$1" + name);
    }

    /** The three lines of {@code org.isthmus.store.cfg}. */
    Map<String, String> settings() {
        URI whole = URI.create(url().substring("jdbc:".length()));
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("url", url().replaceFirst("\\?.*", ""));
        for (String part : whole.getQuery().split("&")) {
            settings.put(part.replaceFirst("=.*", ""), part.replaceFirst("[^=]*=", ""));
        }
        return settings;
    }

    private static void sql(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection(GIVEN);
                Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }

    private void drop() throws SQLException {
        sql("drop database if exists " + name + " with (force)");
    }

    @Override
    public void close() throws SQLException {
        drop();
    }
}
