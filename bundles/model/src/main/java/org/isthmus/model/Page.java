// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One page of a list, by keyset: {@code next} is the opaque cursor of the page after it, absent on the last. A page stays
 * right while rows come and go.
 */
public record Page<T>(List<T> items, Optional<String> next) {
    public Page {
        items = List.copyOf(items);
    }

    public static <T> Page<T> last(List<T> items) {
        return new Page<>(items, Optional.empty());
    }

    /** The page out of {@code limit + 1} rows read: the extra one only tells that there is more. */
    public static <T> Page<T> of(List<T> read, int limit, Function<T, String> cursor) {
        if (read.size() <= limit) {
            return last(read);
        }
        List<T> items = read.subList(0, limit);
        return new Page<>(items, Optional.of(cursor.apply(items.get(limit - 1))));
    }

    public <R> Page<R> map(Function<? super T, ? extends R> each) {
        return new Page<>(items.stream().<R>map(each).toList(), next);
    }

    /** What is asked for: at most {@code limit} (1 to 1000) things after the cursor. */
    public record Request(int limit, Optional<String> cursor) {
        public static final int DEFAULT_LIMIT = 100;
        public static final int MAX_LIMIT = 1000;

        public Request {
            if (limit < 1 || limit > MAX_LIMIT) {
                throw new IllegalArgumentException("limit is 1 to " + MAX_LIMIT + ".");
            }
        }

        public static Request first() {
            return new Request(DEFAULT_LIMIT, Optional.empty());
        }

        public static Request all() {
            return new Request(MAX_LIMIT, Optional.empty());
        }
    }
}
