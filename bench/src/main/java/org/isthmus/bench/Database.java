// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import org.isthmus.store.embedded.EmbeddedDatabase;

/** On which database is measured. */
sealed interface Database {
    enum Kind {
        DERBY,
        POSTGRESQL;

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Kind kind();

    /** Makes it empty; for a controller in this folder. */
    void empty();

    /** Opens what the controller in this folder has, while that one does not run. */
    EmbeddedDatabase open(Path folder);

    /** Many rows were written at once, after which a database tidies up by itself for minutes: it does so now. */
    void settle();

    /** The controller's settings of its store. */
    Map<String, String> settings();

    /** Derby, in the controller's folder: empty as often as that is. */
    record Derby() implements Database {
        @Override
        public Kind kind() {
            return Kind.DERBY;
        }

        @Override
        public void empty() {}

        @Override
        public EmbeddedDatabase open(Path folder) {
            return EmbeddedDatabase.open(folder.resolve("database/isthmus"));
        }

        @Override
        public void settle() {}

        @Override
        public Map<String, String> settings() {
            return Map.of();
        }
    }

    /**
     * PostgreSQL.
     *
     * @param url with user and password in it; everything in its schema {@code public} is deleted
     */
    record Postgresql(String url) implements Database {
        @Override
        public Kind kind() {
            return Kind.POSTGRESQL;
        }

        @Override
        public void empty() {
            run("drop schema if exists public cascade", "create schema public");
        }

        @Override
        public EmbeddedDatabase open(Path folder) {
            return EmbeddedDatabase.postgresql(url, Clock.systemUTC());
        }

        @Override
        public void settle() {
            run("vacuum (analyze)");
        }

        private void run(String... statements) {
            try (Connection connection = DriverManager.getConnection(url);
                    Statement run = connection.createStatement()) {
                for (String each : statements) {
                    run.execute(each);
                }
            } catch (SQLException e) {
                throw new IllegalStateException("PostgreSQL refused: " + e.getMessage(), e);
            }
        }

        @Override
        public Map<String, String> settings() {
            return Map.of("url", url);
        }
    }
}
