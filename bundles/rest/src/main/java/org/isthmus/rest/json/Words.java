// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.json;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.image.Images;
import org.isthmus.api.location.Locations;
import org.isthmus.api.price.Item;
import org.isthmus.api.server.Servers;
import org.isthmus.api.ssh.SshCertificates;
import org.isthmus.model.Cidr;
import org.isthmus.model.Id;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;

/** The types that are one JSON string, and how each is spelled. */
public final class Words {
    /** Longest free text in a request; the limits of the single fields are tighter. */
    static final int MAX_TEXT = 256 * 1024;

    private static final String UUID_FORM = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

    /** Kinds and choices are written in lower case; states, powers and outcomes in upper case. */
    private static final Set<Class<?>> LOWER_CASE = Set.of(
            Locations.Kind.class,
            UserView.Kind.class,
            Servers.Strategy.class,
            Servers.GroupRule.class,
            SshCertificates.Forwarding.class,
            Images.Format.class);

    private static final Map<Class<?>, Word<?>> FIXED = Map.ofEntries(
            word(String.class, Words::text, text -> text, Map.of("maxLength", MAX_TEXT)),
            word(
                    Name.class,
                    Name::new,
                    Name::value,
                    Map.of("pattern", "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", "example", "web-1")),
            word(Ref.class, Ref::new, Ref::text, Map.of("maxLength", 200, "description", "an id or a name")),
            word(Cidr.class, Cidr::of, Cidr::toString, Map.of("format", "cidr", "example", "10.1.0.0/24")),
            word(Ipv4.class, Ipv4::of, Ipv4::toString, Map.of("format", "ipv4", "example", "10.1.0.7")),
            word(Sha256.class, Sha256::new, Sha256::hex, Map.of("pattern", "^[0-9a-f]{64}$")),
            word(MacAddress.class, MacAddress::new, MacAddress::value, Map.of("format", "mac")),
            word(
                    Secret.class,
                    text -> new Secret(Words.text(text)),
                    Words::neverShown,
                    Map.of("format", "password", "maxLength", MAX_TEXT, "writeOnly", true)),
            word(
                    Instant.class,
                    Words::instant,
                    DateTimeFormatter.ISO_INSTANT::format,
                    Map.of("format", "date-time", "example", "2026-11-23T08:00:00Z")),
            word(
                    Duration.class,
                    Words::duration,
                    Duration::toString,
                    Map.of("format", "duration", "example", "PT24H")));

    /** Asked for with every value that is shown: the types of the views, a few dozen. */
    private static final Map<Class<?>, Optional<Word<?>>> KNOWN = new ConcurrentHashMap<>();

    private Words() {}

    /**
     * One type.
     *
     * @param read throws IllegalArgumentException saying how it is written
     * @param schema members of its JSON schema beside {@code type: string}
     */
    public record Word<T>(
            Class<T> type, Function<String, T> read, Function<T, String> show, Map<String, Object> schema) {
        String shown(Object value) {
            return show.apply(type.cast(value));
        }
    }

    /** The word for a type, when it is one. */
    public static Optional<Word<?>> of(Class<?> type) {
        return KNOWN.computeIfAbsent(type, Words::made);
    }

    private static Optional<Word<?>> made(Class<?> type) {
        Word<?> fixed = FIXED.get(type);
        if (fixed != null) {
            return Optional.of(fixed);
        }
        if (type.isEnum()) {
            return Optional.of(enumeration(type));
        }
        if (Id.class.isAssignableFrom(type) && type.isRecord()) {
            return Optional.of(id(type.asSubclass(Id.class)));
        }
        return Optional.empty();
    }

    /** How an enum constant is written. */
    public static String spelling(Enum<?> constant) {
        if (constant instanceof Action action) {
            return action.key();
        }
        if (constant instanceof Item item) {
            return item.key();
        }
        if (LOWER_CASE.contains(constant.getDeclaringClass())) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
        return constant.name();
    }

    /** How a component of a record is called in JSON: {@code isProtected} is {@code protected}. */
    public static String member(RecordComponent component) {
        String name = component.getName();
        if (name.length() > 2 && name.startsWith("is") && Character.isUpperCase(name.charAt(2))) {
            return Character.toLowerCase(name.charAt(2)) + name.substring(3);
        }
        return name;
    }

    static List<String> spellings(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> spelling((Enum<?>) constant))
                .toList();
    }

    private static <T> Map.Entry<Class<?>, Word<?>> word(
            Class<T> type, Function<String, T> read, Function<T, String> show, Map<String, Object> schema) {
        return Map.entry(type, new Word<>(type, read, show, schema));
    }

    private static Word<?> enumeration(Class<?> type) {
        return new Word<>(
                Object.class,
                text -> constant(type, text),
                value -> spelling((Enum<?>) value),
                Map.of("enum", spellings(type)));
    }

    private static Object constant(Class<?> type, String text) {
        for (Object constant : type.getEnumConstants()) {
            if (spelling((Enum<?>) constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("One of " + String.join(", ", spellings(type)) + ".");
    }

    private static <I extends Id> Word<I> id(Class<I> type) {
        String prefix = prefix(type);
        return new Word<>(
                type, text -> newId(type, text), Id::value, Map.of("pattern", "^" + prefix + "_" + UUID_FORM + "$"));
    }

    /** The prefix of a kind of id. */
    static String prefix(Class<? extends Id> type) {
        try {
            return (String) type.getField("PREFIX").get(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " has no PREFIX", e);
        }
    }

    /** An id of a kind from its text. */
    public static <I extends Id> I newId(Class<I> type, String text) {
        try {
            return type.getConstructor(String.class).newInstance(text);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " is not made of one text", e);
        }
    }

    private static String text(String text) {
        if (text.length() > MAX_TEXT) {
            throw new IllegalArgumentException("At most " + MAX_TEXT + " characters.");
        }
        return text;
    }

    private static String neverShown(Secret secret) {
        throw new IllegalStateException("A secret is only shown where a view says so with its text");
    }

    /** RFC 3339 with any offset; kept to the microsecond, as the database does. */
    private static Instant instant(String text) {
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
            if (instant.isBefore(Instant.EPOCH) || instant.isAfter(Instant.parse("9999-12-31T23:59:59Z"))) {
                throw new IllegalArgumentException("A time is between 1970 and 9999.");
            }
            return instant;
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("A time is written like 2026-11-23T08:00:00Z (RFC 3339).", e);
        }
    }

    private static Duration duration(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("A duration is written like PT24H (ISO 8601).", e);
        }
    }
}
