// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.show;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.image.Images;
import org.isthmus.api.location.Locations;
import org.isthmus.api.price.Item;
import org.isthmus.api.server.Servers;
import org.isthmus.model.Cidr;
import org.isthmus.model.Id;
import org.isthmus.model.Money;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;

/**
 * Makes a tree out of a view: a record is an object of its components, an empty Optional is absent, sets are sorted. A
 * secret is refused: who means to show one writes its text.
 */
public final class Shown {
    /** Kinds and choices are written in lower case; states and outcomes in upper case. */
    private static final Set<Class<?>> LOWER_CASE = Set.of(
            Locations.Kind.class,
            UserView.Kind.class,
            Servers.Strategy.class,
            Servers.GroupRule.class,
            Images.Format.class);

    /** What is one text, as its toString has it. */
    private static final Set<Class<?>> TEXTS =
            Set.of(String.class, Name.class, Ref.class, Cidr.class, Sha256.class, Instant.class, Duration.class);

    private Shown() {}

    public static JsonNode of(Object value) {
        if (value instanceof JsonNode node) {
            return node;
        }
        if (value instanceof Boolean flag) {
            return BooleanNode.valueOf(flag);
        }
        if (value instanceof Integer number) {
            return IntNode.valueOf(number);
        }
        if (value instanceof Long number) {
            return LongNode.valueOf(number);
        }
        if (value instanceof Enum<?> constant) {
            return TextNode.valueOf(spelling(constant));
        }
        if (value instanceof Id || TEXTS.contains(value.getClass())) {
            return TextNode.valueOf(value.toString());
        }
        if (value instanceof Money money) {
            return object().put("amount", money.plain()).put("currency", money.currency());
        }
        if (value instanceof Map<?, ?> map) {
            ObjectNode object = object();
            map.forEach((key, each) -> object.set(of(key).asText(), of(each)));
            return object;
        }
        if (value instanceof Collection<?> collection) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            if (collection instanceof Set<?>) {
                collection.stream()
                        .map(Shown::of)
                        .sorted((a, b) -> a.asText().compareTo(b.asText()))
                        .forEach(array::add);
            } else {
                collection.forEach(each -> array.add(of(each)));
            }
            return array;
        }
        if (value instanceof Record) {
            return record(value);
        }
        throw new IllegalStateException("Not a view: " + value.getClass());
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** How a constant is written, also by whoever types it. */
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

    private static ObjectNode record(Object view) {
        ObjectNode object = object();
        for (RecordComponent component : view.getClass().getRecordComponents()) {
            Object value;
            try {
                component.getAccessor().setAccessible(true);
                value = component.getAccessor().invoke(view);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("Cannot read " + component, e);
            }
            if (value instanceof Optional<?> optional) {
                optional.ifPresent(present -> object.set(member(component), of(present)));
            } else {
                object.set(member(component), of(value));
            }
        }
        return object;
    }

    /** {@code isProtected} is {@code protected}. */
    private static String member(RecordComponent component) {
        String name = component.getName();
        if (name.length() > 2 && name.startsWith("is") && Character.isUpperCase(name.charAt(2))) {
            return Character.toLowerCase(name.charAt(2)) + name.substring(3);
        }
        return name;
    }
}
