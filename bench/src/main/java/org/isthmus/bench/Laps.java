// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How long the parts took of something that is done several times. Thread-safe. */
final class Laps {
    private final List<Map<String, Long>> rounds = new ArrayList<>();

    /** What comes now is of the next time. */
    synchronized void round() {
        rounds.add(new LinkedHashMap<>());
    }

    /** One more stretch of a part. */
    synchronized void add(String part, long nanos) {
        if (!rounds.isEmpty()) {
            rounds.get(rounds.size() - 1).merge(part, nanos, Long::sum);
        }
    }

    /** Whether this part has come in this round. */
    synchronized boolean has(String part) {
        return rounds.get(rounds.size() - 1).containsKey(part);
    }

    /** Of all that was added in this round so far. */
    synchronized long sum() {
        return rounds.get(rounds.size() - 1).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** The median of each part in ms, in the order in which they came, without the first time. */
    synchronized Map<String, Double> medians() {
        List<Map<String, Long>> counted = rounds.subList(1, rounds.size());
        Set<String> parts = new LinkedHashSet<>();
        counted.forEach(round -> parts.addAll(round.keySet()));
        Map<String, Double> medians = new LinkedHashMap<>();
        for (String part : parts) {
            medians.put(
                    part,
                    Samples.median(counted.stream()
                            .map(round -> round.getOrDefault(part, 0L) / 1e6)
                            .toList()));
        }
        return medians;
    }
}
