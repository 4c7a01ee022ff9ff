// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.isthmus.api.ProblemType;
import org.isthmus.rest.http.RestProblem;

/** Every enum of problem types there is, found on the class path and not by a list that could be forgotten. */
final class ProblemTypes {
    private ProblemTypes() {}

    /** The enums, those of no single domain first. */
    static List<Class<?>> enums() {
        List<Class<?>> enums = new ArrayList<>();
        enums.addAll(in(ProblemType.class));
        enums.addAll(in(RestProblem.class));
        enums.sort(Comparator.comparing((Class<?> type) -> !type.getSimpleName().equals("Problem"))
                .thenComparing(Class::getName));
        return enums;
    }

    static List<ProblemType> all() {
        List<ProblemType> all = new ArrayList<>();
        enums().forEach(type -> all.addAll(of(type)));
        return all;
    }

    static List<ProblemType> of(Class<?> type) {
        return Stream.of(type.getEnumConstants()).map(ProblemType.class::cast).toList();
    }

    /** In the jar or folder that a class comes from. */
    private static List<Class<?>> in(Class<?> neighbour) {
        try {
            Path source = Path.of(neighbour
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (Files.isDirectory(source)) {
                return below(source);
            }
            try (FileSystem jar = FileSystems.newFileSystem(source)) {
                return below(jar.getPath("/"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new AssertionError("A class path entry is an address", e);
        }
    }

    private static List<Class<?>> below(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            List<Class<?>> found = new ArrayList<>();
            for (Path file : files.toList()) {
                String name = root.relativize(file).toString();
                if (name.endsWith("Problem.class")) {
                    Class<?> type = loaded(
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'));
                    if (type.isEnum() && ProblemType.class.isAssignableFrom(type)) {
                        found.add(type);
                    }
                }
            }
            return found;
        }
    }

    private static Class<?> loaded(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError("It lies on the class path", e);
        }
    }
}
