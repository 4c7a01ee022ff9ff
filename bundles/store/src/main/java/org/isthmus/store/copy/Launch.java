// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Starts {@link CopyDatabase} on the class path this was started with, and on the jars inside its jars: bundles carry the
 * databases and Flyway that way, which only OSGi's class loaders read.
 */
public final class Launch {
    private Launch() {}

    public static void main(String[] arguments) throws Exception {
        Path inner = Files.createTempDirectory("isthmus-copy-database");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(inner)));
        List<URL> jars = new ArrayList<>();
        for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path jar = Path.of(each);
            jars.add(jar.toUri().toURL());
            unpack(jar, inner, jars);
        }
        ClassLoader all = new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        Thread.currentThread().setContextClassLoader(all);
        try {
            all.loadClass(CopyDatabase.class.getName())
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) arguments);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static void unpack(Path jar, Path into, List<URL> jars) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
                if (entry.getName().endsWith(".jar")) {
                    Path unpacked = into.resolve(jars.size() + ".jar");
                    try (InputStream content = file.getInputStream(entry)) {
                        Files.copy(content, unpacked);
                    }
                    jars.add(unpacked.toUri().toURL());
                }
            }
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            // the machine's own cleaning of its temporary files is left to do it
            return;
        }
    }
}
