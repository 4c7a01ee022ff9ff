// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;

/** The program behind {@code ./isthmus bench}. */
public final class Bench {
    private final Path home;
    private final Path work;
    private final Path checkout;
    private final Effort effort;
    private final Set<Figure> wanted;
    private final List<Result> results = new ArrayList<>();
    private final Map<Figure, String> leftOut = new EnumMap<>(Figure.class);

    Bench(Path home, Path work, Path checkout, Effort effort, Set<Figure> wanted) {
        this.home = home;
        this.work = work;
        this.checkout = checkout;
        this.effort = effort;
        this.wanted = wanted;
    }

    /**
     * Measures and tells.
     *
     * @param arguments {@code HOME WORK CHECKOUT REVISION RESULT [--quick] [--derby] [--postgresql URL] [--only NAME,…]
     *     [--compare FILE]}: the unpacked assembly, a folder to work in, the sources with their scripts, what was built, the
     *     JSON file to write
     */
    public static void main(String[] arguments) throws Exception {
        Effort effort = Effort.WHOLE;
        Set<Figure> wanted = EnumSet.allOf(Figure.class);
        List<Database> databases = new ArrayList<>();
        Optional<Path> earlier = Optional.empty();
        for (int i = 5; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--quick" -> effort = Effort.QUICK;
                case "--derby" -> databases.add(new Database.Derby());
                case "--postgresql" -> databases.add(new Database.Postgresql(arguments[++i]));
                case "--only" -> wanted = figures(arguments[++i]);
                case "--compare" -> earlier = Optional.of(Path.of(arguments[++i]));
                default -> throw new IllegalArgumentException("No such option: " + arguments[i]);
            }
        }
        Instant at = Clock.systemUTC().instant();
        Bench bench = new Bench(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), effort, wanted);
        for (Database each : databases) {
            bench.measure(each);
        }
        Report report = new Report(at, arguments[3], bench.results, bench.leftOut);
        report.write(Path.of(arguments[4]));
        System.out.println();
        System.out.print(report.table());
        if (earlier.isPresent()) {
            System.out.println();
            System.out.print(report.compared(earlier.get()));
        }
    }

    private static Set<Figure> figures(String names) {
        Set<Figure> figures = EnumSet.noneOf(Figure.class);
        for (String name : names.split(",")) {
            figures.add(Figure.of(name)
                    .orElseThrow(() -> new IllegalArgumentException("No figure " + name + "; there are "
                            + EnumSet.allOf(Figure.class).stream()
                                    .map(Figure::key)
                                    .toList())));
        }
        return figures;
    }

    void measure(Database database) throws Exception {
        new Inside(work.resolve("inside"), database, effort, wanted, this::take).measure();
        new Served(home, work.resolve("served"), database, effort, wanted, this::take).measure();
        new Real(checkout, work.resolve("real"), database, effort, wanted, this::take)
                .measure()
                .ifPresent(why ->
                        Real.FIGURES.stream().filter(wanted::contains).forEach(figure -> leftOut.put(figure, why)));
    }

    List<Result> results() {
        return results;
    }

    /** What was wanted and cannot be measured on this machine, and why. */
    Map<Figure, String> leftOut() {
        return leftOut;
    }

    private void take(Result result) {
        results.add(result);
        System.out.printf(
                "    %-10s %-16s %10.2f %s (95 %%: %.2f), client %.0f µs, controller %.0f µs%n",
                result.database().key(),
                result.key(),
                result.median(),
                result.figure().unit().text(),
                result.p95(),
                result.clientMicros(),
                result.serverMicros());
        if (!result.parts().isEmpty()) {
            StringJoiner parts = new StringJoiner(", ", "               of which ", " ms");
            result.parts().forEach((part, ms) -> parts.add(String.format("%s %.1f", part, ms)));
            System.out.println(parts);
        }
    }
}
