// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.isthmus.store.embedded.EmbeddedDatabase;

/**
 * The directory of a controller with all that it keeps. Its database is Derby inside it; or one of PostgreSQL, when
 * {@link EmbeddedDatabase#POSTGRESQL} is set: then a file in the directory has the address, for other processes too.
 */
final class Place {
    static final boolean ON_POSTGRESQL = System.getProperty(EmbeddedDatabase.POSTGRESQL) != null;

    private static final String ADDRESS = "postgresql";
    private static final String PREFIX = "crash_" + ProcessHandle.current().pid() + "_";
    private static final AtomicInteger COUNTER = new AtomicInteger();

    private Place() {}

    static void create(Path directory) throws IOException {
        Files.createDirectories(directory);
        if (ON_POSTGRESQL) {
            make(directory, "");
        }
    }

    static EmbeddedDatabase open(Path directory, Clock clock) {
        Path address = directory.resolve(ADDRESS);
        return Files.exists(address)
                ? EmbeddedDatabase.postgresql(read(address), clock)
                : EmbeddedDatabase.open(directory.resolve("database"), clock);
    }

    /** Nobody has it open. */
    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                Files.copy(each, to.resolve(from.relativize(each)));
            }
        }
        // Derby's own lock of the directory it was copied from
        Files.deleteIfExists(to.resolve("database").resolve("db.lck"));
        if (ON_POSTGRESQL) {
            make(to, " template " + name(from));
        }
    }

    static void remove(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        if (ON_POSTGRESQL) {
            execute("drop database " + name(directory) + " with (force)");
        }
        try (Stream<Path> all = Files.walk(directory)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void make(Path directory, String how) throws IOException {
        String name = PREFIX + COUNTER.incrementAndGet();
        execute("drop database if exists " + name); // of an earlier process with this number, that was killed
        execute("create database " + name + how);
        String maintenance = System.getProperty(EmbeddedDatabase.POSTGRESQL);
        Files.writeString(directory.resolve(ADDRESS), maintenance.replaceFirst("(//[^/]*/)[^?]*", "$1" + name));
    }

    private static String name(Path directory) {
        return read(directory.resolve(ADDRESS)).replaceFirst(".*//[^/]*/([^?]*).*", "$1");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void execute(String sql) {
        try (Connection connection = DriverManager.getConnection(System.getProperty(EmbeddedDatabase.POSTGRESQL));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql + ": " + e.getMessage(), e);
        }
    }
}
