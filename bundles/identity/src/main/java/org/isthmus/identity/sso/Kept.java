// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What was read from outside, for a while; a failure too, so that nobody is asked again at once. One reads, others wait. */
final class Kept<T> {
    private static final int MOST = 1_000;

    private final Clock clock;
    private final Duration goodFor;
    private final Duration afterFailure;
    private final Map<String, Place<T>> places = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Place<T>> eldest) {
            return size() > MOST;
        }
    };

    private static final class Place<T> {
        private T value;
        private Untrusted failure;
        private Instant until = Instant.MIN;
        private Instant renewedAt = Instant.MIN;
    }

    Kept(Clock clock, Duration goodFor, Duration afterFailure) {
        this.clock = clock;
        this.goodFor = goodFor;
        this.afterFailure = afterFailure;
    }

    T get(String key, Supplier<T> reading) {
        Place<T> place = place(key);
        synchronized (place) {
            if (!clock.instant().isBefore(place.until)) {
                read(place, reading);
            }
            if (place.failure != null) {
                throw place.failure;
            }
            return place.value;
        }
    }

    /** Reads it anew, unless it was within the pause; what was there stays when it cannot be read. */
    T renewed(String key, Duration pause, Supplier<T> reading) {
        Place<T> place = place(key);
        synchronized (place) {
            if (place.failure == null && !clock.instant().isBefore(place.renewedAt.plus(pause))) {
                place.renewedAt = clock.instant();
                T before = place.value;
                read(place, reading);
                if (place.failure != null && before != null) {
                    place.value = before;
                    place.failure = null;
                }
            }
            if (place.failure != null) {
                throw place.failure;
            }
            return place.value;
        }
    }

    private Place<T> place(String key) {
        synchronized (places) {
            return places.computeIfAbsent(key, any -> new Place<>());
        }
    }

    private void read(Place<T> place, Supplier<T> reading) {
        Instant now = clock.instant();
        try {
            place.value = reading.get();
            place.failure = null;
            place.until = now.plus(goodFor);
        } catch (Untrusted e) {
            place.value = null;
            place.failure = e;
            place.until = now.plus(afterFailure);
        }
    }
}
