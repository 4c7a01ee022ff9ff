// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.karaf;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** The simulator's bundle in another version. */
final class Variant {
    private Variant() {}

    /** The same driver, which calls itself by another version; without a class when there is one to leave out. */
    static Path of(String version, String leftOut) throws IOException {
        Path made = Files.createTempFile("driver-fake-" + version, ".jar");
        Files.copy(installed("driver-fake"), made, StandardCopyOption.REPLACE_EXISTING);
        try (FileSystem jar = FileSystems.newFileSystem(made)) {
            Path manifest = jar.getPath("META-INF/MANIFEST.MF");
            Files.writeString(
                    manifest,
                    Files.readString(manifest).replaceFirst("(?m)^Bundle-Version: .*$", "Bundle-Version: " + version));
            Path driver = jar.getPath("org/isthmus/driver/fake");
            Files.writeString(driver.resolve("version.properties"), "version=" + version + "\n");
            if (!leftOut.isEmpty()) {
                Files.delete(driver.resolve(leftOut + ".class"));
            }
        }
        return made;
    }

    /** A bundle's file as it came with the installation. */
    static Path installed(String name) throws IOException {
        Path folder = Path.of(System.getProperty("karaf.home"), "system/org/isthmus/" + name);
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
