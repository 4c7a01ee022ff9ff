// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.approval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.isthmus.api.gate.Command;
import org.isthmus.model.Cidr;
import org.isthmus.model.Id;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.junit.jupiter.api.Test;

final class CommandTextTest {
    private int counter;

    @Test
    void everyCommandThereIsComesBackAsItWas() throws Exception {
        List<Class<?>> commands = commands();
        assertTrue(commands.size() > 50, commands.size() + " commands");

        for (Class<?> type : commands) {
            Command<?> command = (Command<?>) sample(type, "");
            String text = CommandText.write(command, secret -> "sealed " + secret);

            Object back = CommandText.read(commandClass(type), text, kept -> kept.substring(7));

            assertEquals(told(command), told(back), type.getName());
        }
    }

    @Test
    void whatIsAbsentStaysAbsentAndWhatIsEmptyEmpty() {
        Optional<Optional<String>> taken = Optional.of(Optional.empty());
        Wish wish = new Wish(taken, Optional.empty(), List.of(), Map.of());

        Wish back = CommandText.read(Wish.class, CommandText.write(wish, text -> text), text -> text);

        assertEquals(wish, back);
    }

    @Test
    void oneOfSeveralKindsComesBackAsThatKind() {
        Choice choice = new Choice(List.of(new Some("a"), new Nothing(), new Some("b")));

        Choice back = CommandText.read(Choice.class, CommandText.write(choice, text -> text), text -> text);

        assertEquals(choice, back);
        assertEquals(Map.of("kinds.0", "a", "kinds.2", "b"), CommandText.shown(choice));
    }

    sealed interface Kind {}

    record Nothing() implements Kind {}

    record Some(String text) implements Kind {}

    record Choice(List<Kind> kinds) implements Command<String> {
        @Override
        public org.isthmus.api.Action action() {
            return org.isthmus.api.Action.SERVER_CHANGE;
        }

        @Override
        public org.isthmus.api.Ref organization() {
            return org.isthmus.api.Ref.PLATFORM;
        }

        @Override
        public org.isthmus.api.Subject about() {
            return new org.isthmus.api.Subject("server", "web");
        }
    }

    /** As a change that takes something away. */
    record Wish(
            Optional<Optional<String>> purpose,
            Optional<Optional<String>> absent,
            List<String> none,
            Map<String, String> tags)
            implements Command<String> {
        @Override
        public org.isthmus.api.Action action() {
            return org.isthmus.api.Action.SERVER_CHANGE;
        }

        @Override
        public org.isthmus.api.Ref organization() {
            return org.isthmus.api.Ref.PLATFORM;
        }

        @Override
        public org.isthmus.api.Subject about() {
            return new org.isthmus.api.Subject("server", "web");
        }
    }

    @Test
    void secretsAreNotInTheText() throws Exception {
        for (Class<?> type : commands()) {
            String text = CommandText.write((Command<?>) sample(type, ""), secret -> "sealed");
            assertFalse(text.contains("hidden"), type.getName());
        }
    }

    @SuppressWarnings("unchecked") // listed because they are commands
    private static Class<? extends Command<?>> commandClass(Class<?> type) {
        return (Class<? extends Command<?>>) type;
    }

    /** Secrets compare by identity: told by what is in them. */
    private static String told(Object value) {
        if (value instanceof Secret secret) {
            return "secret " + secret.reveal();
        }
        if (value instanceof Optional<?> optional) {
            return optional.map(one -> "some " + told(one)).orElse("none");
        }
        if (value instanceof Set<?> set) {
            return set.stream().map(CommandTextTest::told).sorted().toList().toString();
        }
        if (value instanceof Collection<?> all) {
            return all.stream().map(CommandTextTest::told).toList().toString();
        }
        if (!value.getClass().isRecord()) {
            return value.toString();
        }
        StringBuilder told = new StringBuilder(value.getClass().getSimpleName());
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            try {
                told.append(' ').append(told(component.getAccessor().invoke(value)));
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("A public record is read", e);
            }
        }
        return told.toString();
    }

    private static List<Class<?>> commands() throws IOException, URISyntaxException, ClassNotFoundException {
        URI place = Command.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI();
        Path root = Path.of(place);
        if (Files.isDirectory(root)) {
            return commands(root);
        }
        try (FileSystem jar = FileSystems.newFileSystem(root)) {
            return commands(jar.getPath("/"));
        }
    }

    private static List<Class<?>> commands(Path root) throws IOException, ClassNotFoundException {
        List<Class<?>> commands = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root.resolve("org"))) {
            for (Path file : files.toList()) {
                String name = root.relativize(file).toString();
                if (name.endsWith(".class") && !name.endsWith("-info.class")) {
                    Class<?> type = Class.forName(name.substring(0, name.length() - 6)
                            .replace('/', '.')
                            .replaceFirst("^[.]", ""));
                    if (type.isRecord() && Command.class.isAssignableFrom(type)) {
                        commands.add(type);
                    }
                }
            }
        }
        return commands;
    }

    private Object sample(Type type, String name) throws ReflectiveOperationException {
        if (type instanceof ParameterizedType of) {
            Object one = sample(of.getActualTypeArguments()[0], name);
            Class<?> raw = (Class<?>) of.getRawType();
            if (raw == Optional.class) {
                return Optional.of(one);
            }
            if (raw == Map.class) {
                return Map.of(one, sample(of.getActualTypeArguments()[1], name));
            }
            return raw == Set.class ? Set.of(one) : List.of(one);
        }
        Class<?> raw = (Class<?>) type;
        counter++;
        if (raw == Secret.class) {
            return new Secret("hidden-but-long-enough-" + counter);
        }
        if (raw == Cidr.class) {
            return Cidr.of("10.1.0.0/24");
        }
        if (raw == MacAddress.class) {
            return MacAddress.local(counter);
        }
        if (raw == Sha256.class) {
            return Sha256.of(new byte[] {(byte) counter});
        }
        if (Id.class.isAssignableFrom(raw)) {
            String prefix = (String) raw.getField("PREFIX").get(null);
            return raw.getConstructor(String.class).newInstance(prefix + "_01936d3e-0000-7000-8000-000000000001");
        }
        if (raw.isSealed()) {
            return sample(raw.getPermittedSubclasses()[0], name);
        }
        if (raw.isEnum()) {
            return raw.getEnumConstants()[0];
        }
        return raw.isRecord() ? made(raw) : plain(raw, name);
    }

    private Object made(Class<?> raw) throws ReflectiveOperationException {
        RecordComponent[] components = raw.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = sample(components[i].getGenericType(), components[i].getName());
        }
        return raw.getDeclaredConstructor(
                        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new))
                .newInstance(values);
    }

    private Object plain(Class<?> raw, String name) {
        return switch (raw.getSimpleName()) {
            case "String" -> text(name);
            case "int", "Integer" -> name.equals("concurrency") ? 4 : 100;
            case "long", "Long" -> 64L;
            case "boolean", "Boolean" -> true;
            case "BigDecimal" -> new BigDecimal("1.5");
            case "Duration" -> Duration.ofHours(1);
            case "Instant" -> Instant.EPOCH.plusSeconds(counter);
            default -> throw new AssertionError("No sample of " + raw);
        };
    }

    private static String text(String name) {
        return switch (name) {
            case "email" -> "ada@example.org";
            case "confirm" -> "0123456789abcdef0123456789abcdef";
            case "timezone" -> "Europe/Berlin";
            case "from" -> "08:00";
            case "to" -> "18:30";
            case "sshKeys" -> "ssh-ed25519 AAAA ada";
            case "currency" -> "USD";
            case "kind" -> "user";
            case "url", "bundle", "address" -> "file:/driver.jar";
            default -> "text";
        };
    }
}
