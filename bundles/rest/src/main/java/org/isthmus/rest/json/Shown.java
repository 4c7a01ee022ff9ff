// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.isthmus.model.Money;

/**
 * Makes JSON out of views. A record is an object of its components; an empty Optional is absent; money is an amount as text
 * and a currency; sets and maps are sorted, so that the same view is always the same text.
 */
public final class Shown {
    /** Here and not at the classes, which outlive this bundle. */
    private static final Map<Class<?>, List<Member>> MEMBERS = new ConcurrentHashMap<>();

    private record Member(String name, Method accessor, boolean flat) {
        static Member of(RecordComponent component) {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            return new Member(Words.member(component), accessor, component.isAnnotationPresent(Flat.class));
        }

        Object of(Object record) {
            try {
                return accessor.invoke(record);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("Cannot read " + accessor, e);
            }
        }
    }

    private Shown() {}

    private static List<Member> members(Class<?> type) {
        return MEMBERS.computeIfAbsent(type, each -> Arrays.stream(each.getRecordComponents())
                .map(Member::of)
                .toList());
    }

    /** A view that is a record. */
    public static ObjectNode object(Object record) {
        return (ObjectNode) of(record);
    }

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
        if (value instanceof Money money) {
            return Json.object().put("amount", money.plain()).put("currency", money.currency());
        }
        if (value instanceof Map<?, ?> map) {
            return map(map);
        }
        if (value instanceof Collection<?> collection) {
            return list(collection);
        }
        Optional<Words.Word<?>> word = Words.of(declared(value));
        if (word.isPresent()) {
            return TextNode.valueOf(word.get().shown(value));
        }
        if (value instanceof Record) {
            return record(value);
        }
        throw new IllegalStateException("Not a view: " + value.getClass());
    }

    private static Class<?> declared(Object value) {
        return value instanceof Enum<?> constant ? constant.getDeclaringClass() : value.getClass();
    }

    private static ObjectNode record(Object record) {
        ObjectNode object = Json.object();
        for (Member member : members(record.getClass())) {
            Object value = member.of(record);
            if (member.flat()) {
                object.setAll(record(value));
            } else if (value instanceof Optional<?> optional) {
                optional.ifPresent(present -> object.set(member.name(), of(present)));
            } else {
                object.set(member.name(), of(value));
            }
        }
        return object;
    }

    private static ArrayNode list(Collection<?> collection) {
        ArrayNode array = Json.array();
        if (collection instanceof Set<?>) {
            collection.stream()
                    .map(Shown::of)
                    .sorted((a, b) -> a.asText().compareTo(b.asText()))
                    .forEach(array::add);
        } else {
            collection.forEach(element -> array.add(of(element)));
        }
        return array;
    }

    private static ObjectNode map(Map<?, ?> map) {
        Map<String, JsonNode> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put(of(key).textValue(), of(value)));
        ObjectNode object = Json.object();
        object.setAll(sorted);
        return object;
    }
}
