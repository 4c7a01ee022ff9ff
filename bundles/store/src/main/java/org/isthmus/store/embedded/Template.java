// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.isthmus.store.internal.MadeDatabase;

/** A migrated, empty Derby database on disk: a copy of it takes 15 ms. Deleted when the process ends. */
final class Template {
    private static Path template;

    private Template() {}

    /** The attribute of a JDBC URL that makes the new database a copy. */
    static synchronized String creation() {
        if (template == null) {
            template = made();
        }
        return "createFrom=" + template;
    }

    private static Path made() {
        try {
            Path directory = Files.createTempDirectory("isthmus-template");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
            Path template = directory.resolve("template");
            MadeDatabase.unpack(template);
            return template;
        } catch (IOException e) {
            throw new UncheckedIOException("No empty database can be made", e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("A temporary directory is left: " + directory, e);
        }
    }
}
