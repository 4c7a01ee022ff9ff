// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
    private static final String NAME = "isthmus-copy-database";
    private static final String IN_USE = "in-use";

    private Launch() {}

    /** A folder for one run, and what shows that the run lives. */
    record Folder(Path path, FileChannel inUse) {
        /** One in this directory; those of runs that were killed are deleted. */
        static Folder in(Path directory) throws IOException {
            List<Path> others;
            try (Stream<Path> all = Files.list(directory)) {
                others = all.filter(each -> each.getFileName().toString().startsWith(NAME))
                        .toList();
            }
            others.stream().filter(Folder::isLeftOver).forEach(Launch::delete);
            Path mine = Files.createTempDirectory(directory, NAME);
            FileChannel inUse =
                    FileChannel.open(mine.resolve(IN_USE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            // given back by the end of the process, whatever ends it
            inUse.lock();
            return new Folder(mine, inUse);
        }

        private static boolean isLeftOver(Path folder) {
            try (FileChannel channel = FileChannel.open(folder.resolve(IN_USE), StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock()) {
                return lock != null;
            } catch (IOException | OverlappingFileLockException e) {
                // just being made, or not ours
                return false;
            }
        }

        void delete() {
            Launch.delete(path);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Folder folder = Folder.in(Path.of(System.getProperty("java.io.tmpdir")));
        Runtime.getRuntime().addShutdownHook(new Thread(folder::delete));
        Path inner = folder.path();
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
