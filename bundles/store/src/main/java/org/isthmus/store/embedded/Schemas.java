// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.embedded;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Migrated, empty schemas in one PostgreSQL, each lent to one test at a time. Emptying one takes milliseconds, migrating a
 * new one half a second; one whose tables a test has changed is not lent again. Dropped when the process ends.
 */
final class Schemas {
    private static final Map<String, Schemas> BY_URL = new HashMap<>();
    private static final String PREFIX = "t" + ProcessHandle.current().pid() + "_";

    private final String url;
    private final Deque<String> free = new ArrayDeque<>();
    private final Map<String, String> shapes = new HashMap<>();
    private int made;

    private Schemas(String url) {
        this.url = url;
        Runtime.getRuntime().addShutdownHook(new Thread(this::dropAll));
    }

    static synchronized Schemas in(String url) {
        return BY_URL.computeIfAbsent(url, Schemas::new);
    }

    /** One that is already migrated, if there is any. */
    synchronized String take() {
        if (!free.isEmpty()) {
            return free.pop();
        }
        String name = PREFIX + ++made;
        // of an earlier process with this number, that was killed
        with(statement -> {
            statement.execute("drop schema if exists " + name + " cascade");
            statement.execute("create schema " + name);
        });
        return name;
    }

    /** The URL of connections that work in it. In the URL: a "set search_path" of the pool is undone by the first rollback. */
    String url(String schema) {
        return url + (url.contains("?") ? "&" : "?") + "currentSchema=" + schema;
    }

    synchronized boolean migrated(String schema) {
        return shapes.containsKey(schema);
    }

    /** Call it after migrating a new one: as it is now, empty of rows, it is given to the next. */
    synchronized void migratedNow(String schema) {
        with(statement -> shapes.put(schema, shape(statement, schema)));
    }

    synchronized void giveBack(String schema) {
        with(statement -> {
            if (!shape(statement, schema).equals(shapes.get(schema))) {
                shapes.remove(schema);
                statement.execute("drop schema " + schema + " cascade");
                return;
            }
            StringBuilder emptying = new StringBuilder();
            for (String table : tables(statement, schema)) {
                emptying.append("delete from ")
                        .append(schema)
                        .append('.')
                        .append(table)
                        .append(';');
            }
            statement.execute(emptying.toString());
            free.push(schema);
        });
    }

    /** Names and widths of all tables and indexes. */
    private static String shape(Statement statement, String schema) throws SQLException {
        return String.join(
                " ",
                texts(
                        statement,
                        "select relname || ':' || relnatts from pg_class where relnamespace = '" + schema
                                + "'::regnamespace order by 1"));
    }

    private static List<String> tables(Statement statement, String schema) throws SQLException {
        return texts(
                statement,
                "select tablename from pg_tables where schemaname = '" + schema
                        + "' and tablename <> 'flyway_schema_history'");
    }

    private static List<String> texts(Statement statement, String query) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    private synchronized void dropAll() {
        with(statement -> {
            for (String schema : shapes.keySet()) {
                statement.execute("drop schema " + schema + " cascade");
            }
        });
    }

    private interface Work {
        void on(Statement statement) throws SQLException;
    }

    private void with(Work work) {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            work.on(statement);
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL refused a test's schema: " + e.getMessage(), e);
        }
    }
}
