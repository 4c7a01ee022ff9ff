// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The checkout as the tests see it: two folders up. */
final class Checkout {
    static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

    private Checkout() {}

    static JavaClasses classes(String bundle) {
        Path classes = ROOT.resolve("bundles").resolve(bundle).resolve("target/classes");
        if (!Files.isDirectory(classes)) {
            throw new IllegalStateException("Not built yet: " + bundle + "; run ./isthmus verify");
        }
        return new ClassFileImporter().importPath(classes);
    }

    static List<String> bundles() {
        return list(ROOT.resolve("bundles")).stream()
                .filter(folder -> Files.exists(folder.resolve("pom.xml")))
                .map(folder -> folder.getFileName().toString())
                .toList();
    }

    static List<Path> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Files below a folder of the checkout with this ending, what was built left out. */
    static List<Path> files(String folder, String ending) {
        Path start = ROOT.resolve(folder);
        if (!Files.isDirectory(start)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(start)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(ending))
                    .filter(file -> !ROOT.relativize(file).toString().contains("target/"))
                    .filter(file -> !ROOT.relativize(file).toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
