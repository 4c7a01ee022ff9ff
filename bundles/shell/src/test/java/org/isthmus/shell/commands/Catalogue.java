// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.commands;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.isthmus.shell.command.SubmitCommand;

/** What is there: the commands of the shell, and the changes of the API. */
final class Catalogue {
    private Catalogue() {}

    /** All commands, by name. */
    static List<Class<? extends Action>> commands() {
        List<Class<? extends Action>> commands = new ArrayList<>();
        for (Class<?> type : classes(StatusCommand.class, "org/isthmus/shell/commands")) {
            if (type.isAnnotationPresent(Command.class)) {
                commands.add(type.asSubclass(Action.class));
            }
        }
        commands.sort(Comparator.comparing(Catalogue::name));
        return commands;
    }

    /** All records that wish for a change. */
    static List<Class<?>> changes() {
        return classes(org.isthmus.api.gate.Command.class, "org/isthmus/api").stream()
                .filter(type -> type.isRecord() && org.isthmus.api.gate.Command.class.isAssignableFrom(type))
                .toList();
    }

    static String name(Class<?> command) {
        return command.getAnnotation(Command.class).name();
    }

    static List<Argument> arguments(Class<?> command) {
        return fields(command)
                .filter(field -> field.isAnnotationPresent(Argument.class))
                .map(field -> field.getAnnotation(Argument.class))
                .sorted(Comparator.comparing(Argument::index))
                .toList();
    }

    static List<Option> options(Class<?> command) {
        return fields(command)
                .filter(field -> field.isAnnotationPresent(Option.class))
                .map(field -> field.getAnnotation(Option.class))
                .sorted(Comparator.comparing(Option::name))
                .toList();
    }

    static Stream<Field> fields(Class<?> command) {
        return Stream.<Class<?>>iterate(command, type -> type != Object.class, Class::getSuperclass)
                .flatMap(type -> Stream.of(type.getDeclaredFields()));
    }

    /** The change a command submits. */
    static Optional<Class<?>> submits(Class<?> command) {
        if (!SubmitCommand.class.isAssignableFrom(command)) {
            return Optional.empty();
        }
        for (Class<?> type = command; type != Object.class; type = type.getSuperclass()) {
            if (type.getGenericSuperclass() instanceof ParameterizedType parent
                    && parent.getActualTypeArguments()[0] instanceof Class<?> change
                    && org.isthmus.api.gate.Command.class.isAssignableFrom(change)) {
                return Optional.of(change);
            }
        }
        throw new AssertionError(command + " submits something, but what?");
    }

    /** The classes below a package, from wherever a class of that bundle came: a folder or a jar. */
    private static List<Class<?>> classes(Class<?> neighbour, String folder) {
        try {
            Path place = Path.of(neighbour
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (Files.isDirectory(place)) {
                return classes(place, folder, neighbour.getClassLoader());
            }
            try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + place.toUri()), java.util.Map.of())) {
                return classes(jar.getPath("/"), folder, neighbour.getClassLoader());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Class<?>> classes(Path root, String folder, ClassLoader loader) throws IOException {
        List<Class<?>> classes = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root.resolve(folder))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")
                            && !path.toString().endsWith("-info.class"))
                    .toList()) {
                String name = root.relativize(file).toString().replace('/', '.');
                classes.add(Class.forName(name.substring(0, name.length() - ".class".length()), false, loader));
            }
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
        return classes;
    }
}
