// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;

/**
 * Makes a record out of JSON and gathers everything that is wrong with it, each with its JSON pointer.
 *
 * <p>A component that is no {@link Optional} must be there. {@code Optional<X>} may be absent, and {@code null} means absent.
 * {@code Optional<Optional<X>>} tells apart: absent (keep), {@code null} (remove) and a value, as a merge patch (RFC 7396)
 * does. Members that no component takes are refused by name.
 */
public final class Binder {
    /** Shorter names are found in the middle of other words. */
    private static final int LOOSE = 4;

    private final FieldErrors errors = new FieldErrors();
    private final boolean patch;

    private Binder(boolean patch) {
        this.patch = patch;
    }

    /** The record, or MALFORMED with all field errors. */
    public static <T> T bind(JsonNode node, Class<T> type) {
        return new Binder(false).whole(node, type);
    }

    /** The record of a merge patch, in which {@code null} removes: refused where there must be a value. */
    public static <T> T patch(JsonNode node, Class<T> type) {
        return new Binder(true).whole(node, type);
    }

    private <T> T whole(JsonNode node, Class<T> type) {
        Object value = record(node, type, "");
        errors.throwIfAny();
        return type.cast(value);
    }

    /**
     * Does what makes a command of a bound record; what a command's constructor refuses becomes MALFORMED, pointing at the
     * field its message names.
     */
    public static <R> R making(Class<?> body, java.util.function.Supplier<R> work) {
        try {
            return work.get();
        } catch (ProblemException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at(pointer(body, e.getMessage()), e.getMessage());
        }
    }

    /** The field that the message names first: as it is called, or as people write it ("An ssh key …" is sshKeys). */
    private static String pointer(Class<?> body, String message) {
        List<String> words = Arrays.asList(message.split("[^A-Za-z0-9]+"));
        String letters = message.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
        int best = Integer.MAX_VALUE;
        String pointer = "";
        for (RecordComponent component : body.getRecordComponents()) {
            String member = Words.member(component);
            int at = words.indexOf(member);
            if (at < 0 && member.length() >= LOOSE) {
                String singular = member.toLowerCase(Locale.ROOT).replaceAll("s$", "");
                int found = letters.indexOf(singular);
                at = found < 0 ? -1 : found + message.length();
            }
            if (at >= 0 && at < best) {
                best = at;
                pointer = "/" + member;
            }
        }
        return pointer;
    }

    /** The value for a type, or null when an error was noted. */
    private Object value(JsonNode node, Type type, Optional<Field> field, String pointer) {
        if (type instanceof ParameterizedType generic) {
            Type first = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == Optional.class) {
                // an Optional further down: null removes
                return node.isNull() ? Optional.empty() : optional(value(node, first, field, pointer));
            }
            if (generic.getRawType() == Map.class) {
                return map(node, generic.getActualTypeArguments()[1], field, pointer);
            }
            return elements(node, generic, first, field, pointer);
        }
        Class<?> raw = (Class<?>) type;
        if (raw == JsonNode.class) {
            return node;
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return node.isBoolean() ? node.booleanValue() : wrong(pointer, "true or false", node);
        }
        if (raw == int.class || raw == Integer.class || raw == long.class || raw == Long.class) {
            return number(node, raw, field, pointer);
        }
        if (raw.isRecord() && Words.of(raw).isEmpty()) {
            return record(node, raw, pointer);
        }
        return word(node, Words.of(raw).orElseThrow(), field, pointer);
    }

    private static Object optional(Object value) {
        return value == null ? null : Optional.of(value);
    }

    private Object record(JsonNode node, Class<?> type, String pointer) {
        if (!node.isObject()) {
            return wrong(pointer, "an object", node);
        }
        RecordComponent[] components = type.getRecordComponents();
        Set<String> known = new LinkedHashSet<>();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        boolean whole = true;
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            String member = Words.member(component);
            known.add(member);
            types[i] = component.getType();
            values[i] = component(node.get(member), component, FieldErrors.down(pointer, member));
            whole &= values[i] != null;
        }
        node.fieldNames().forEachRemaining(member -> {
            if (!known.contains(member)) {
                String there = known.isEmpty() ? "none" : String.join(", ", known);
                errors.add(
                        FieldErrors.down(pointer, cut(member)),
                        "There is no such field here; there are: " + there + ".");
            }
        });
        return whole ? make(type, types, values, pointer) : null;
    }

    private Object component(JsonNode node, RecordComponent component, String pointer) {
        Optional<Field> field = Optional.ofNullable(component.getAnnotation(Field.class));
        boolean optional = component.getType() == Optional.class;
        boolean removable = optional
                && ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0]
                        instanceof ParameterizedType inner
                && inner.getRawType() == Optional.class;
        if (node == null || (node.isNull() && !removable)) {
            if (optional && node != null && patch) {
                errors.add(pointer, "null would remove this, and it cannot be removed; leave it out to keep it.");
                return null;
            }
            if (optional) {
                return Optional.empty();
            }
            errors.add(pointer, "This field is needed.");
            return null;
        }
        if (removable) {
            Type inner = ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
            return optional(value(node, inner, field, pointer));
        }
        return value(node, component.getGenericType(), field, pointer);
    }

    private Object make(Class<?> type, Class<?>[] types, Object[] values, String pointer) {
        try {
            java.lang.reflect.Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof ProblemException problem) {
                throw problem;
            }
            if (e.getCause() instanceof IllegalArgumentException wrong) {
                errors.add(pointer + pointer(type, wrong.getMessage()), wrong.getMessage());
                return null;
            }
            throw new IllegalStateException("Cannot make a " + type, e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot make a " + type, e);
        }
    }

    private Object number(JsonNode node, Class<?> type, Optional<Field> field, String pointer) {
        if (!node.isIntegralNumber()) {
            return wrong(pointer, "a whole number", node);
        }
        boolean small = type == int.class || type == Integer.class;
        long min = Math.max(field.map(Field::min).orElse(Long.MIN_VALUE), small ? Integer.MIN_VALUE : Long.MIN_VALUE);
        long max = Math.min(field.map(Field::max).orElse(Long.MAX_VALUE), small ? Integer.MAX_VALUE : Long.MAX_VALUE);
        if (!node.canConvertToLong() || node.longValue() < min || node.longValue() > max) {
            errors.add(pointer, "This is " + min + " to " + max + ".");
            return null;
        }
        return small ? (Object) (int) node.longValue() : (Object) node.longValue();
    }

    private Object word(JsonNode node, Words.Word<?> word, Optional<Field> field, String pointer) {
        if (!node.isTextual()) {
            return wrong(pointer, "a string", node);
        }
        String text = node.textValue();
        if (!wellFormed(text)) {
            errors.add(pointer, "Half of a surrogate pair is no character.");
            return null;
        }
        int most = field.map(Field::most).orElse(Integer.MAX_VALUE);
        if (text.length() > most) {
            errors.add(pointer, "At most " + most + " characters.");
            return null;
        }
        String pattern = field.map(Field::pattern).orElse("");
        if (!pattern.isEmpty() && !text.matches(pattern)) {
            errors.add(pointer, "This must match " + pattern + ".");
            return null;
        }
        try {
            return word.read().apply(text);
        } catch (IllegalArgumentException e) {
            errors.add(pointer, e.getMessage());
            return null;
        }
    }

    private Object map(JsonNode node, Type values, Optional<Field> field, String pointer) {
        if (!node.isObject()) {
            return wrong(pointer, "an object", node);
        }
        int most = field.map(Field::most).orElse(Integer.MAX_VALUE);
        if (node.size() > most) {
            errors.add(pointer, "At most " + most + " members.");
            return null;
        }
        Map<String, Object> map = new LinkedHashMap<>();
        boolean[] whole = {true};
        node.properties().forEach(member -> {
            Object value =
                    value(member.getValue(), values, Optional.empty(), FieldErrors.down(pointer, member.getKey()));
            whole[0] &= value != null && wellFormed(member.getKey());
            map.put(member.getKey(), value);
        });
        return whole[0] ? map : null;
    }

    private Object elements(JsonNode node, ParameterizedType type, Type each, Optional<Field> field, String pointer) {
        if (!node.isArray()) {
            return wrong(pointer, "a list", node);
        }
        int most = field.map(Field::most).orElse(Integer.MAX_VALUE);
        int least = field.map(Field::least).orElse(0);
        if (node.size() > most || node.size() < least) {
            errors.add(pointer, least == 0 ? "At most " + most + " elements." : least + " to " + most + " elements.");
            return null;
        }
        List<Object> list = new ArrayList<>();
        boolean whole = true;
        for (int i = 0; i < node.size(); i++) {
            Object value = value(node.get(i), each, Optional.empty(), pointer + "/" + i);
            whole &= value != null;
            list.add(value);
        }
        if (!whole) {
            return null;
        }
        return type.getRawType() == Set.class ? new LinkedHashSet<>(list) : list;
    }

    private Object wrong(String pointer, String wanted, JsonNode node) {
        errors.add(pointer, "This is " + wanted + ", not " + what(node) + ".");
        return null;
    }

    private static String what(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case BOOLEAN -> "true or false";
            case NULL -> "null";
            case NUMBER -> node.isIntegralNumber() ? "a number" : "a number with a fraction";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case BINARY, MISSING, POJO -> "that";
        };
    }

    /** Lone surrogates cannot be written as UTF-8, so they would come back as something else. */
    private static boolean wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }

    private static String cut(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }
}
