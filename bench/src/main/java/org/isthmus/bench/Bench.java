// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The program behind {@code ./isthmus bench}. */
public final class Bench {
    private final Path home;
    private final Path work;
    private final Effort effort;
    private final Set<Figure> wanted;
    private final List<Result> results = new ArrayList<>();

    Bench(Path home, Path work, Effort effort, Set<Figure> wanted) {
        this.home = home;
        this.work = work;
        this.effort = effort;
        this.wanted = wanted;
    }

    /**
     * Measures and tells.
     *
     * @param arguments {@code HOME WORK REVISION RESULT [--quick] [--derby] [--postgresql URL] [--only NAME,…]
     *     [--compare FILE]}: the unpacked assembly, a folder to work in, what was built, the JSON file to write
     */
    public static void main(String[] arguments) throws Exception {
        Effort effort = Effort.WHOLE;
        Set<Figure> wanted = EnumSet.allOf(Figure.class);
        List<Database> databases = new ArrayList<>();
        Optional<Path> earlier = Optional.empty();
        for (int i = 4; i < arguments.length; i++) {
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
        Bench bench = new Bench(Path.of(arguments[0]), Path.of(arguments[1]), effort, wanted);
        for (Database each : databases) {
            bench.measure(each);
        }
        Report report = new Report(at, arguments[2], bench.results);
        report.write(Path.of(arguments[3]));
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
    }

    List<Result> results() {
        return results;
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
    }
}
