// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.approval;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.isthmus.api.gate.Command;
import org.isthmus.core.Json;
import org.isthmus.model.Secret;

/**
 * A command as a text and back: its components by their path. Commands are records of records, collections, plain values, and one of
 * several records by its name;
 * a test shows that every command there is comes back as it was. Secrets are sealed.
 */
final class CommandText {
    private static final int MOST_SHOWN = 500;
    /** The member of a value that is nothing but a text. */
    private static final Pattern PLAIN = Pattern.compile("(.+)[.](?:text|value|hex)$");

    private CommandText() {}

    static String write(Command<?> command, UnaryOperator<String> seal) {
        Map<String, String> texts = new TreeMap<>();
        put(texts, "", command.getClass(), command, seal);
        return Json.write(texts);
    }

    static <C extends Command<?>> C read(Class<C> type, String text, UnaryOperator<String> open) {
        return type.cast(get(Json.read(text), "", type, open));
    }

    /** For people: what the wish says, by names; no secrets. */
    static Map<String, String> shown(Command<?> command) {
        Map<String, String> texts = new TreeMap<>();
        put(texts, "", command.getClass(), command, secret -> "(secret)");
        Map<String, String> shown = new TreeMap<>();
        texts.forEach((path, text) -> {
            // counts and marks are for reading it back
            if (!path.endsWith("?") && !path.endsWith("#") && !path.endsWith("!")) {
                String name =
                        path.substring(1).replace("?=", "").replace("!=", "").replace('#', '.');
                shown.put(
                        PLAIN.matcher(name).replaceAll("$1"),
                        text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "…" : text);
            }
        });
        return shown;
    }

    private static void put(
            Map<String, String> texts, String path, Type type, Object value, UnaryOperator<String> seal) {
        Class<?> raw = raw(type);
        if (raw == Optional.class) {
            ((Optional<?>) value).ifPresent(one -> {
                texts.put(path + "?", "");
                put(texts, path + "?=", argument(type, 0), one, seal);
            });
        } else if (Collection.class.isAssignableFrom(raw)) {
            texts.put(path + "#", String.valueOf(((Collection<?>) value).size()));
            int i = 0;
            for (Object each : (Collection<?>) value) {
                put(texts, path + "#" + i++, argument(type, 0), each, seal);
            }
        } else if (raw == Map.class) {
            texts.put(path + "#", String.valueOf(((Map<?, ?>) value).size()));
            int i = 0;
            for (Map.Entry<?, ?> each : ((Map<?, ?>) value).entrySet()) {
                put(texts, path + "#" + i + "k", argument(type, 0), each.getKey(), seal);
                put(texts, path + "#" + i++ + "v", argument(type, 1), each.getValue(), seal);
            }
        } else if (raw.isSealed()) {
            texts.put(path + "!", value.getClass().getSimpleName());
            put(texts, path + "!=", value.getClass(), value, seal);
        } else if (raw == Secret.class) {
            texts.put(path, seal.apply(((Secret) value).reveal()));
        } else if (raw.isRecord()) {
            for (RecordComponent component : raw.getRecordComponents()) {
                put(texts, path + "." + component.getName(), component.getGenericType(), read(component, value), seal);
            }
        } else if (raw.isEnum()) {
            texts.put(path, ((Enum<?>) value).name());
        } else {
            texts.put(path, plain(value));
        }
    }

    private static String plain(Object value) {
        return value instanceof BigDecimal number ? number.toPlainString() : value.toString();
    }

    private static Object get(Map<String, String> texts, String path, Type type, UnaryOperator<String> open) {
        Class<?> raw = raw(type);
        if (raw == Optional.class) {
            return texts.containsKey(path + "?")
                    ? Optional.of(get(texts, path + "?=", argument(type, 0), open))
                    : Optional.empty();
        }
        if (Collection.class.isAssignableFrom(raw)) {
            Collection<Object> all =
                    java.util.Set.class.isAssignableFrom(raw) ? new LinkedHashSet<>() : new ArrayList<>();
            int size = Integer.parseInt(texts.get(path + "#"));
            for (int i = 0; i < size; i++) {
                all.add(get(texts, path + "#" + i, argument(type, 0), open));
            }
            return all;
        }
        if (raw == Map.class) {
            Map<Object, Object> all = new LinkedHashMap<>();
            int size = Integer.parseInt(texts.get(path + "#"));
            for (int i = 0; i < size; i++) {
                all.put(
                        get(texts, path + "#" + i + "k", argument(type, 0), open),
                        get(texts, path + "#" + i + "v", argument(type, 1), open));
            }
            return all;
        }
        if (raw.isSealed()) {
            String kind = texts.get(path + "!");
            Class<?> one = Arrays.stream(raw.getPermittedSubclasses())
                    .filter(each -> each.getSimpleName().equals(kind))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("There is no " + kind + " of " + raw.getName()));
            return get(texts, path + "!=", one, open);
        }
        if (raw == Secret.class) {
            return new Secret(open.apply(texts.get(path)));
        }
        return raw.isRecord() ? record(texts, path, raw, open) : value(raw, texts.get(path));
    }

    private static Object record(Map<String, String> texts, String path, Class<?> raw, UnaryOperator<String> open) {
        RecordComponent[] components = raw.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = get(texts, path + "." + components[i].getName(), components[i].getGenericType(), open);
        }
        try {
            Constructor<?> canonical = raw.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            return canonical.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw new IllegalStateException(raw + " cannot be made", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(raw + " has no public constructor", e);
        }
    }

    private static Object read(RecordComponent component, Object value) {
        try {
            return component.getAccessor().invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the constants of an enum known by its class only
    private static Object value(Class<?> raw, String text) {
        if (raw.isEnum()) {
            return Enum.valueOf((Class<? extends Enum>) raw, text);
        }
        return switch (raw.getName()) {
            case "java.lang.String" -> text;
            case "int", "java.lang.Integer" -> Integer.valueOf(text);
            case "long", "java.lang.Long" -> Long.valueOf(text);
            case "boolean", "java.lang.Boolean" -> Boolean.valueOf(text);
            case "java.math.BigDecimal" -> new BigDecimal(text);
            case "java.time.Instant" -> Instant.parse(text);
            case "java.time.Duration" -> Duration.parse(text);
            default -> throw new IllegalStateException("A command with a " + raw + " cannot wait for a second person");
        };
    }

    private static Class<?> raw(Type type) {
        return type instanceof ParameterizedType of ? (Class<?>) of.getRawType() : (Class<?>) type;
    }

    private static Type argument(Type type, int index) {
        List<Type> arguments = List.of(((ParameterizedType) type).getActualTypeArguments());
        return arguments.get(index);
    }
}
