// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The distribution, unpacked once for a run of this module. */
final class Assembly {
    private static final Path WORK = Path.of("target").toAbsolutePath();
    private static Path home;

    private Assembly() {}

    /** Where everything that a run writes goes. */
    static Path work() {
        return WORK;
    }

    /** The unpacked assembly: read-only for everybody. */
    static synchronized Path home() {
        if (home == null) {
            Path archive = archive();
            Path folder = WORK.resolve("assembly");
            delete(folder);
            try {
                Files.createDirectories(folder);
                Process tar = new ProcessBuilder(
                                "tar", "-xzf", archive.toString(), "-C", folder.toString(), "--strip-components=1")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (!tar.waitFor(2, TimeUnit.MINUTES) || tar.exitValue() != 0) {
                    throw new IllegalStateException("Cannot unpack " + archive);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while unpacking", e);
            }
            home = folder;
        }
        return home;
    }

    /** {@code -Disthmus.assembly=} names another archive than the one built beside. */
    private static Path archive() {
        String named = System.getProperty("isthmus.assembly");
        if (named != null) {
            return Path.of(named);
        }
        Path target = Path.of("../../karaf-assembly/target");
        try (Stream<Path> files = Files.isDirectory(target) ? Files.list(target) : Stream.empty()) {
            return files.filter(file -> file.getFileName().toString().matches("karaf-assembly-.*\\.tar\\.gz"))
                    .max(Comparator.comparing(Path::toString))
                    .orElseThrow(() -> new IllegalStateException(
                            "There is no assembly: build it with mvn -pl karaf-assembly -am install, or name one with"
                                    + " -Disthmus.assembly=FILE."));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void copy(Path from, Path to) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Path target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(each, target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
