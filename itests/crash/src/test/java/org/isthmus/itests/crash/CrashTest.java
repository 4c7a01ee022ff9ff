// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.isthmus.api.Caller;
import org.isthmus.core.operation.OperationsPart;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The test worth fifty others: a process of its own is killed before and after every step of every operation, and before
 * and after every effect of the driver; opened again, everything ends, one thing is there, and all accounts agree.
 *
 * <p>Normally a sample of the moments, and on PostgreSQL of the scenarios too, chosen by {@code isthmus.seed}; all of them
 * with {@code isthmus.whole}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CrashTest {
    private static final Instant START = Instant.parse("2026-11-23T08:00:00Z");
    /** Later than any lease, earlier than any deadline. */
    private static final Duration AWAY = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(CrashTest.class);
    /** Kills of each scenario, when not whole. */
    private static final int SAMPLE = 1;

    /** On the second database a third of the scenarios, when not whole. */
    private static final int SCENARIOS = Place.ON_POSTGRESQL ? 7 : Scenario.values().length;

    private Path folder;
    private Path furnished;

    @BeforeAll
    void furnish(@TempDir Path given) throws IOException {
        folder = given;
        furnished = folder.resolve("furnished");
        Place.create(furnished);
        try (Controller house = new Controller(furnished, START, OperationsPart.unprobed())) {
            Scenario.furnish(house);
            new Accounts(house, "furnished").mustAgree(Scenario.CREATE_NETWORK);
        }
    }

    @AfterAll
    void clear() {
        Place.remove(furnished);
    }

    @ParameterizedTest(name = "{0}, killed at any moment, ends as if nothing had happened")
    @MethodSource("scenarios")
    void killed(Scenario scenario) throws Exception {
        Path start = folder.resolve(scenario + "-start");
        Place.copy(furnished, start);
        try (Controller house = new Controller(start, START.plus(Duration.ofMinutes(10)), OperationsPart.unprobed())) {
            scenario.before(house, house.ann());
        }
        Instant begun = START.plus(Duration.ofMinutes(20));
        int moments = moments(scenario, start, begun);
        assertTrue(moments >= 3, scenario + " has only " + moments + " moments");
        List<Callable<Void>> kills = new ArrayList<>();
        for (int moment : chosen(scenario, moments)) {
            kills.add(() -> {
                killedAt(scenario, moment, moments, start, begun);
                return null;
            });
        }
        // each has a process and a cloud of its own
        ExecutorService several =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            for (Future<Void> each : several.invokeAll(kills)) {
                each.get();
            }
        } finally {
            several.shutdownNow();
        }
        LOG.warn("{}: killed at {} of {} moments", scenario, kills.size(), moments);
        Place.remove(start);
    }

    private void killedAt(Scenario scenario, int moment, int moments, Path start, Instant begun) throws Exception {
        Path run = folder.resolve(scenario + "-" + moment);
        Place.copy(start, run);
        assertEquals(Points.KILLED, kill(scenario, run, moment, begun), scenario + " at " + moment);
        Instant again =
                begun.plus(scenario == Scenario.PURGE ? Duration.ofHours(25).plus(AWAY) : AWAY);
        try (Controller house = new Controller(run, again, OperationsPart.unprobed())) {
            house.settle();
            new Accounts(house, scenario + " killed at moment " + moment + " of " + moments).mustAgree(scenario);
        }
        Place.remove(run);
    }

    /** How many moments it has, counted by letting it run through. */
    private int moments(Scenario scenario, Path start, Instant begun) throws IOException {
        Path whole = folder.resolve(scenario + "-whole");
        Place.copy(start, whole);
        Points points = new Points(0);
        try (Controller house = new Controller(whole, begun, points)) {
            house.fake.script().watch(points);
            Caller ann = house.ann();
            points.begin();
            house.finish(ann, scenario.begin(house, ann));
            new Accounts(house, scenario + " not killed").mustAgree(scenario);
        }
        Place.remove(whole);
        return points.passed();
    }

    static List<Scenario> scenarios() {
        List<Scenario> all = new ArrayList<>(List.of(Scenario.values()));
        if (Boolean.getBoolean("isthmus.whole")) {
            return all;
        }
        Collections.shuffle(all, new Random(Long.getLong("isthmus.seed", 1L)));
        return all.subList(0, SCENARIOS);
    }

    private static Set<Integer> chosen(Scenario scenario, int moments) {
        Set<Integer> chosen = new TreeSet<>();
        if (Boolean.getBoolean("isthmus.whole")) {
            for (int moment = 1; moment <= moments; moment++) {
                chosen.add(moment);
            }
            return chosen;
        }
        Random random = new Random(
                Long.getLong("isthmus.seed", 1L) * 31 + scenario.name().hashCode());
        while (chosen.size() < Math.min(SAMPLE, moments)) {
            chosen.add(1 + random.nextInt(moments));
        }
        return chosen;
    }

    private int kill(Scenario scenario, Path run, int moment, Instant begun) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                KilledRun.class.getName(),
                run.toString(),
                scenario.name(),
                String.valueOf(moment),
                begun.toString()));
        File output = folder.resolve(run.getFileName() + ".log").toFile();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IllegalStateException(scenario + " hangs: " + Files.readString(output.toPath()));
        }
        int code = process.exitValue();
        if (code != Points.KILLED) {
            throw new IllegalStateException(
                    scenario + " at " + moment + " exited with " + code + ": " + Files.readString(output.toPath()));
        }
        return code;
    }
}
