// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every measurement works; how fast it is says nothing here. */
class BenchTest {
    @TempDir
    Path folder;

    private Path assembly() throws IOException, InterruptedException {
        Path home = Files.createDirectory(folder.resolve("home"));
        try (Stream<Path> files = Files.list(Path.of("../karaf-assembly/target"))) {
            Path archive = files.filter(file -> file.toString().endsWith(".tar.gz"))
                    .findFirst()
                    .orElseThrow();
            Process tar = new ProcessBuilder(
                            "tar", "-xzf", archive.toString(), "-C", home.toString(), "--strip-components=1")
                    .inheritIO()
                    .start();
            assertTrue(tar.waitFor(1, TimeUnit.MINUTES));
        }
        return home;
    }

    /** Both; normally one of them, as the seed has it. */
    static List<Database> databases() throws SQLException {
        Database derby = new Database.Derby();
        String given = System.getProperty("isthmus.postgresql", "");
        if (given.isEmpty()) {
            return List.of(derby);
        }
        try (Connection connection = DriverManager.getConnection(given);
                Statement statement = connection.createStatement()) {
            statement.execute("drop database if exists isthmus_bench with (force)");
            statement.execute("create database isthmus_bench");
        }
        Database postgresql = new Database.Postgresql(given.replaceFirst("(://[^/]+/)[^?]+", "$1isthmus_bench"));
        if (Boolean.getBoolean("isthmus.whole")) {
            return List.of(derby, postgresql);
        }
        return List.of(Long.getLong("isthmus.seed", 0) % 2 == 0 ? postgresql : derby);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void everyFigureIsMeasured(Database database) throws Exception {
        // starts are seen by every other figure; they alone would take as long as all of these
        Set<Figure> wanted = EnumSet.complementOf(EnumSet.of(Figure.COLD, Figure.WARM));
        wanted.removeAll(Real.FIGURES);
        if (!Boolean.getBoolean("isthmus.whole")) {
            // of a kind that differs by a number only, one
            wanted.removeAll(
                    EnumSet.of(Figure.CREATES, Figure.LIST_1000, Figure.LOGIN, Figure.AUDIT_1, Figure.AUDIT_8));
            wanted.removeAll(EnumSet.of(Figure.GET_1, Figure.GET_1_NEW));
        }
        Bench bench = new Bench(assembly(), folder.resolve("work"), Path.of(".."), Effort.SMOKE, wanted);

        bench.measure(database);

        assertEquals(
                wanted,
                bench.results().stream()
                        .map(Result::figure)
                        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Figure.class))));
        assertTrue(bench.results().stream().allMatch(result -> result.median() > 0));
    }

    @Test
    void aCreateOnARealHostIsMeasuredBesideTheSameWithoutUs() throws Exception {
        Bench bench = new Bench(
                folder.resolve("no assembly"), folder.resolve("work"), Path.of(".."), Effort.SMOKE, Real.FIGURES);

        bench.measure(new Database.Derby());

        Assumptions.assumeTrue(
                bench.leftOut().isEmpty(), () -> bench.leftOut().values().toString());
        assertTrue(value(bench, Figure.KVM) > 0);
        assertTrue(value(bench, Figure.KVM_RAW) > 0);
        assertEquals(
                value(bench, Figure.KVM) - value(bench, Figure.KVM_RAW),
                value(bench, Figure.KVM_SHARE),
                0.001,
                "one pair");
    }

    private static double value(Bench bench, Figure figure) {
        return bench.results().stream()
                .filter(result -> result.figure() == figure)
                .findFirst()
                .orElseThrow()
                .median();
    }

    @Test
    void aRunIsComparedWithAnEarlierOne() throws IOException {
        Path earlier = folder.resolve("earlier.json");
        report("one", List.of(reading(Figure.RSS, 400), reading(Figure.GET_8, 1000)))
                .write(earlier);

        String compared = report("two", List.of(reading(Figure.RSS, 200), reading(Figure.GET_8, 500)))
                .compared(earlier);

        assertTrue(compared.contains("| rss@10 | derby | 400 | 200 MB | 2.00 |"), compared);
        assertTrue(compared.contains("| get-8@10 | derby | 1,000 | 500 /s | 0.50 |"), compared);
    }

    @Test
    void theTableSaysWhatIsMet() {
        String table = report("one", List.of(reading(Figure.RSS, 600), reading(Figure.GET_8, 6000)))
                .table();

        assertTrue(
                table.contains("| resident memory, at 10 servers | ≤ 512 MB | 600 MB | 600 | – | – |  | **no** |"),
                table);
        assertTrue(table.contains("| ≥ 5,000 /s | 6,000 /s | 6,000 ms | – | – |  | yes |"), table);
    }

    @Test
    void whatCannotBeMeasuredHereIsLeftOutAndTheReportSaysWhy() throws IOException {
        Path file = folder.resolve("left-out.json");
        Report report = new Report(
                Instant.EPOCH, "one", List.of(reading(Figure.RSS, 400)), Map.of(Figure.KVM_SHARE, "No root."));

        report.write(file);

        assertTrue(report.table().contains("\nLeft out: our share of a create on KVM and OVN. No root.\n"));
        assertTrue(Files.readString(file).contains("\"kvm-share\" : \"No root.\""));
    }

    @Test
    void aTimeOfWhichEachRoundIsOneThingHasItsMedianAndPercentileOverAllRounds() {
        Result result = Result.each(
                Figure.KVM_SHARE,
                Database.Kind.DERBY,
                new long[] {5_000_000, 1_000_000, 3_000_000},
                Map.of("gate", 1.0));

        assertEquals(List.of(5.0, 1.0, 3.0), result.rounds());
        assertEquals(3, result.median());
        assertEquals(5, result.p95());
    }

    @Test
    void theFirstTimeIsNotAmongTheMediansOfParts() {
        Laps laps = new Laps();
        for (long nanos : new long[] {900_000_000, 2_000_000, 4_000_000}) {
            laps.round();
            laps.add("gate", nanos);
        }

        assertEquals(Map.of("gate", 3.0), laps.medians());
    }

    @Test
    void halfOfTheTimesAreBelowTheMedianAndTheRateIsOfTheWholeRound() {
        Samples round = new Samples(new long[] {5_000_000, 1_000_000, 3_000_000}, 1_000_000_000, 0, 0);

        assertEquals(
                3,
                Result.of(Figure.CREATE, Database.Kind.DERBY, Optional.empty(), List.of(round))
                        .median());
        assertEquals(
                5,
                Result.of(Figure.CREATE, Database.Kind.DERBY, Optional.empty(), List.of(round))
                        .p95());
        assertEquals(
                3,
                Result.of(Figure.GET_8, Database.Kind.DERBY, Optional.empty(), List.of(round))
                        .median());
    }

    private static Report report(String revision, List<Result> results) {
        return new Report(Instant.EPOCH, revision, results, Map.of());
    }

    private static Result reading(Figure figure, double value) {
        return Result.reading(figure, Database.Kind.DERBY, Optional.of(10), List.of(value));
    }
}
