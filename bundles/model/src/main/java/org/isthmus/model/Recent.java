// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What was used last, up to a number of things; what was not used for longest is forgotten first. Threads may share it. */
public final class Recent<K, V> {
    private final Map<K, V> all;

    /** Of at most so many things. */
    public Recent(int most) {
        all = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        };
    }

    public synchronized Optional<V> get(K key) {
        return Optional.ofNullable(all.get(key));
    }

    public synchronized void put(K key, V value) {
        all.put(key, value);
    }
}
