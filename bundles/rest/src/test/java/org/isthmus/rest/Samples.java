// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Command;
import org.isthmus.api.lease.Schedule;
import org.isthmus.model.Cidr;
import org.isthmus.model.Id;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;

/** Makes a view of any type, every field filled. */
final class Samples {
    static final String UUID = "0193aaaa-bbbb-7ccc-8ddd-eeeeffff0000";
    static final Instant NOW = Instant.parse("2026-11-23T08:00:00.123456Z");
    static final long VERSION = 100;

    private Samples() {}

    static <T> T of(Class<T> type) {
        return type.cast(value(type));
    }

    /** A sample of what a command shows. */
    static Object result(Class<?> command) {
        for (Type declared : command.getGenericInterfaces()) {
            if (declared instanceof ParameterizedType generic
                    && Command.class.isAssignableFrom((Class<?>) generic.getRawType())) {
                return value(generic.getActualTypeArguments()[0]);
            }
        }
        throw new IllegalArgumentException(command + " is no command");
    }

    private static Object value(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type first = generic.getActualTypeArguments()[0];
            Class<?> raw = (Class<?>) generic.getRawType();
            if (raw == Optional.class) {
                return Optional.of(value(first));
            }
            if (raw == List.class) {
                return List.of(value(first));
            }
            if (raw == Set.class) {
                return Set.of(value(first));
            }
            return Map.of(value(first), value(generic.getActualTypeArguments()[1]));
        }
        return plain((Class<?>) type);
    }

    private static Object plain(Class<?> type) {
        if (type == String.class) {
            return "text";
        }
        if (type == int.class || type == Integer.class) {
            return 100;
        }
        if (type == long.class || type == Long.class) {
            return VERSION;
        }
        if (type == boolean.class || type == Boolean.class) {
            return true;
        }
        if (type == Instant.class) {
            return NOW;
        }
        if (type == Duration.class) {
            return Duration.ofHours(24);
        }
        if (type == Name.class) {
            return new Name("web-1");
        }
        if (type == Ref.class) {
            return new Ref("web-1");
        }
        if (type == Cidr.class) {
            return Cidr.of("10.1.0.0/24");
        }
        if (type == MacAddress.class) {
            return new MacAddress("02:00:0a:01:00:07");
        }
        if (type == Money.class) {
            return new Money(new BigDecimal("0.040000"), "USD");
        }
        if (type == Secret.class) {
            return new Secret("s3cret-shown-once");
        }
        if (type == Sha256.class) {
            return new Sha256("ab".repeat(32));
        }
        if (type == Schedule.class) {
            return new Schedule("Europe/Berlin", Set.of(DayOfWeek.MONDAY), "08:00", "18:30");
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        return record(type);
    }

    private static Object record(Class<?> type) {
        try {
            if (Id.class.isAssignableFrom(type)) {
                return type.getConstructor(String.class)
                        .newInstance(type.getField("PREFIX").get(null) + "_" + UUID);
            }
            RecordComponent[] components = type.getRecordComponents();
            Class<?>[] types = new Class<?>[components.length];
            Object[] values = new Object[components.length];
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                values[i] = value(components[i].getGenericType());
            }
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("No sample of " + type, e);
        }
    }
}
