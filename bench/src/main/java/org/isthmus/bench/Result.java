// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;

/**
 * What a figure came to.
 *
 * @param servers how many servers there were, where that is varied
 * @param rounds the value of each round
 * @param p95 in the figure's unit for a time; for a rate the time, in ms, within which 95 % of the things were done
 * @param parts what it consists of, in ms, where that is known; medians, which need not add up
 */
record Result(
        Figure figure,
        Database.Kind database,
        Optional<Integer> servers,
        List<Double> rounds,
        double median,
        double p95,
        double clientMicros,
        double serverMicros,
        Map<String, Double> parts) {
    Result {
        rounds = List.copyOf(rounds);
        parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
    }

    /** A single reading, such as of memory. */
    static Result reading(Figure figure, Database.Kind database, Optional<Integer> servers, List<Double> rounds) {
        double most = rounds.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        return new Result(figure, database, servers, rounds, Samples.median(rounds), most, 0, 0, Map.of());
    }

    /** Rounds of a time or a rate. */
    static Result of(Figure figure, Database.Kind database, Optional<Integer> servers, List<Samples> rounds) {
        ToDoubleFunction<Samples> value =
                switch (figure.unit()) {
                    case PER_SECOND -> Samples::perSecond;
                    case MS -> round -> round.nanosAt(0.5) / 1e6;
                    case MICROS -> round -> round.nanosAt(0.99) / 1e3;
                    case S, MB -> throw new IllegalArgumentException(figure + " is a reading");
                };
        double in = figure.unit() == Figure.Unit.MICROS ? 1e3 : 1e6;
        List<Double> values =
                rounds.stream().map(round -> value.applyAsDouble(round)).toList();
        return new Result(
                figure,
                database,
                servers,
                values,
                Samples.median(values),
                Samples.median(
                        rounds.stream().map(round -> round.nanosAt(0.95) / in).toList()),
                Samples.median(rounds.stream().map(Samples::clientMicros).toList()),
                Samples.median(rounds.stream().map(Samples::serverMicros).toList()),
                Map.of());
    }

    /** A time of which every round is one thing. */
    static Result each(Figure figure, Database.Kind database, long[] nanos, Map<String, Double> parts) {
        Samples all = new Samples(nanos, LongStream.of(nanos).sum(), 0, 0);
        return new Result(
                figure,
                database,
                Optional.empty(),
                LongStream.of(nanos).mapToObj(each -> each / 1e6).toList(),
                all.nanosAt(0.5) / 1e6,
                all.nanosAt(0.95) / 1e6,
                0,
                0,
                parts);
    }

    /** What earlier and later runs of the same are found by. */
    String key() {
        return figure.key() + servers.map(count -> "@" + count).orElse("");
    }

    Optional<Boolean> met() {
        return figure.target(database).isPresent()
                ? Optional.of(figure.meets(median, figure.target(database).getAsDouble()))
                : Optional.empty();
    }

    ObjectNode json(ObjectNode into) {
        into.put("figure", figure.key());
        servers.ifPresent(count -> into.put("servers", count));
        into.put("database", database.key());
        into.put("unit", figure.unit().text());
        figure.target(database).ifPresent(target -> into.put("target", target));
        into.put("median", rounded(median));
        into.put("p95", rounded(p95));
        rounds.forEach(into.putArray("rounds")::add);
        into.put("clientCpuMicros", rounded(clientMicros));
        into.put("serverCpuMicros", rounded(serverMicros));
        if (!parts.isEmpty()) {
            ObjectNode each = into.putObject("parts");
            parts.forEach((part, ms) -> each.put(part, rounded(ms)));
        }
        return into;
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
