// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests by route and status, and the time they took. */
public final class Counters {
    /** One line of the count. */
    public record Key(String route, int status) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byRoute = route.compareTo(other.route);
            return byRoute != 0 ? byRoute : Integer.compare(status, other.status);
        }
    }

    private final Map<Key, LongAdder> requests = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> nanos = new ConcurrentHashMap<>();

    void count(String route, int status, long took) {
        requests.computeIfAbsent(new Key(route, status), key -> new LongAdder()).increment();
        nanos.computeIfAbsent(route, key -> new LongAdder()).add(took);
    }

    /** Requests so far. */
    public Map<Key, Long> requests() {
        Map<Key, Long> sums = new TreeMap<>();
        requests.forEach((key, sum) -> sums.put(key, sum.sum()));
        return sums;
    }

    /** Nanoseconds spent so far, by route. */
    public Map<String, Long> nanos() {
        Map<String, Long> sums = new TreeMap<>();
        nanos.forEach((route, sum) -> sums.put(route, sum.sum()));
        return sums;
    }
}
