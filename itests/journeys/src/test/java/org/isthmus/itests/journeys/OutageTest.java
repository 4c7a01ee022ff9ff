// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Story 13: what the controller needs is away, full or hangs. It refuses cleanly meanwhile, loses nothing, and goes on by itself.
 * {@code -Disthmus.whole=true} lets a database be away, and its disk full, for the whole minute.
 */
final class OutageTest {
    private static final boolean WHOLE = Boolean.getBoolean("isthmus.whole");
    private static final Duration AWAY = Duration.ofSeconds(WHOLE ? 60 : 12);
    private static final Duration FULL = Duration.ofSeconds(WHOLE ? 60 : 2);
    private static final Duration BACK = Duration.ofSeconds(30);
    /** What a request waits for a connection by default, what a frozen one is given, and a little for a busy machine. */
    private static final Duration REFUSED_WITHIN = Duration.ofSeconds(15);

    private static String run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new AssertionError(Arrays.toString(command) + ": " + said);
            }
            return said.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    private static void needsRoot() {
        assumeTrue(run("id", "-u").equals("0"), "A PostgreSQL or a filesystem of one's own needs root");
    }

    /** A PostgreSQL of this test's own, which it may freeze and kill. */
    private static String postgresql(String command) {
        return run("../databases/postgresql.sh", command, "journeys_outage");
    }

    /** Things asked for with idempotency keys: asked for again, they give the same. */
    private static final class Wishes {
        private final Tenant tenant;
        private final List<Api.Request> requests = new ArrayList<>();
        private final List<CompletableFuture<Answer>> under = new ArrayList<>();

        Wishes(Tenant tenant) {
            this.tenant = tenant;
        }

        void deploy(String prefix, int number) {
            for (int i = 0; i < number; i++) {
                String name = prefix + "-" + i;
                Api.Request request = tenant.admin()
                        .request("POST", tenant.path("/servers"))
                        .header("Idempotency-Key", name)
                        .body(Tenant.server(name));
                requests.add(request);
                under.add(request.sendAsync());
            }
        }

        /** Every answer was an operation or a clean refusal; and what was answered holds when asked again. */
        void holdWhenAskedAgain() {
            for (int i = 0; i < requests.size(); i++) {
                Answer first = under.get(i).join().must(202, 503);
                Answer again = requests.get(i).send().must(202);
                if (first.status() == 202) {
                    assertEquals(first.id(), again.id());
                }
            }
        }
    }

    private static Tenant tenant(Platform platform, Place place, String name) {
        return platform.tenant(name, Optional.of(Api.json("deploymentsPerDay", 10_000, "deletionGrace", "PT0S")))
                .furnished(place);
    }

    private static Place slowPlace(Platform platform, String name) {
        return platform.place(
                name,
                Api.json(
                        "faults",
                        List.of(
                                Map.of("on", "create", "delay", "PT0.3S"),
                                Map.of("on", "ensurePort", "delay", "PT0.2S"))));
    }

    /** Refused as it should be, and soon enough; what needs no database answers. */
    private static void refusesCleanly(Tenant tenant, Duration during) {
        long end = System.nanoTime() + during.toNanos();
        do {
            long began = System.nanoTime();
            Answer refused = tenant.get("/servers").refused(503, "unavailable");
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            assertTrue(took.compareTo(REFUSED_WITHIN) < 0, () -> "refused after " + took);
            assertTrue(refused.header("Retry-After").isPresent(), refused::text);
            alive(tenant.platform());
            Answer ready = tenant.platform().anonymous().get("/readyz").must(503);
            assertTrue(ready.text().contains("database"), ready::text);
        } while (System.nanoTime() < end);
    }

    private static void alive(Platform platform) {
        long began = System.nanoTime();
        platform.anonymous().get("/healthz").must(200);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertTrue(took.compareTo(Duration.ofSeconds(2)) < 0, () -> "/healthz took " + took);
    }

    private static void goesOn(Platform platform, Tenant tenant) {
        Waiting.untilTrue(
                "somebody can log in and read again",
                BACK,
                () -> Platform.session(platform.anonymous(), "ann@" + tenant.name(), Platform.PASSWORD)
                                        .status()
                                == 201
                        && tenant.get("/servers").status() == 200);
        Waiting.untilTrue("what was under way has gone on to its end", BACK, () -> Stream.of("PENDING", "RUNNING")
                .allMatch(state -> tenant.all("/operations?state=" + state).isEmpty()));
    }

    @Test
    void aDatabaseThatFreezesOrDiesIsWaitedForAndNothingIsLostOrDoubled() throws Exception {
        needsRoot();
        assumeTrue(Files.exists(Path.of("/usr/bin/pg_lsclusters")), "PostgreSQL is not installed");
        run("../databases/postgresql.sh", "drop", "journeys_outage");
        String[] url = run("../databases/postgresql.sh", "start", "journeys_outage", "fsync=off")
                .split("[?&]");
        try (Controller controller = Controller.fresh("OutageTest-database")) {
            controller.configure("org.isthmus.store", Map.of("url", url[0], "user", "isthmus", "password", "isthmus"));
            controller.start();
            Platform platform = Platform.firstStart(controller);
            Place place = slowPlace(platform, "away-place");
            Tenant tenant = tenant(platform, place, "away");
            Listener listener = new Listener(tenant);
            for (String how : List.of("pause resume", "halt boot")) {
                String[] commands = how.split(" ");
                Wishes wishes = new Wishes(tenant);
                wishes.deploy(commands[0] + "-before", 6);
                Waiting.untilTrue(
                        "something is being made",
                        BACK,
                        () -> tenant.all("/operations?state=RUNNING").size() > 2);

                postgresql(commands[0]);
                wishes.deploy(commands[0] + "-during", 3);
                refusesCleanly(tenant, AWAY);
                postgresql(commands[1]);

                goesOn(platform, tenant);
                wishes.holdWhenAskedAgain();
                CrashTest.agree(tenant, place, how);
            }
            connectionsAreCutInTheMiddle(tenant, place);
            everythingWasHeard(tenant, listener);
        } finally {
            postgresql("drop");
        }
    }

    /** As a failover or an administrator does: whoever was committing does not know what became of it. */
    private static void connectionsAreCutInTheMiddle(Tenant tenant, Place place) {
        Wishes wishes = new Wishes(tenant);
        wishes.deploy("cut", 12);
        for (int i = 0; i < 6; i++) {
            String port = postgresql("url").replaceAll(".*:(\\d+)/.*", "$1");
            run(
                    "runuser",
                    "-u",
                    "postgres",
                    "--",
                    "psql",
                    "--quiet",
                    "--port",
                    port,
                    "--command",
                    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'isthmus'");
            Waiting.pass(Duration.ofMillis(150));
        }
        Waiting.untilTrue(
                "the pool has connections again",
                BACK,
                () -> tenant.get("/servers").status() == 200);
        wishes.holdWhenAskedAgain();
        CrashTest.agree(tenant, place, "connections cut");
    }

    private static void everythingWasHeard(Tenant tenant, Listener listener) throws Exception {
        try (listener) {
            tenant.deploy("the-end");
            String end = tenant.get("/servers/the-end").id();
            listener.heardAllUntil(
                    event -> event.subject().equals(end) && event.type().equals("server.deployed"), BACK);
        }
    }

    /** Takes every byte of a disk that is free or becomes free. */
    private static final class Filler {
        private final Path file;
        private final Thread thread = new Thread(this::fill, "filler");
        private volatile boolean over;

        Filler(Path disk) {
            file = disk.resolve("something-else");
            thread.setDaemon(true);
            thread.start();
        }

        private void fill() {
            byte[] bytes = new byte[4096];
            try (OutputStream out = Files.newOutputStream(file)) {
                while (!over) {
                    try {
                        out.write(bytes);
                    } catch (IOException full) {
                        Waiting.pass(Duration.ofMillis(1));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void goAway() throws Exception {
            over = true;
            thread.join();
            Files.delete(file);
        }
    }

    /** PostgreSQL goes on reading, and writes what fits into the pages it has. */
    @Test
    void aFullDiskOfPostgresqlIsRefusedAndWhenThereIsSpaceAgainEverythingGoesOn() throws Exception {
        needsRoot();
        assumeTrue(Files.exists(Path.of("/usr/bin/pg_lsclusters")), "PostgreSQL is not installed");
        run("../databases/postgresql.sh", "drop", "journeys_full");
        Path disk = Path.of("/var/lib/postgresql/disk-journeys_full");
        try (Controller controller = Controller.fresh("OutageTest-full-postgresql")) {
            String[] url = run("env", "DISK=160m", "../databases/postgresql.sh", "start", "journeys_full", "fsync=off")
                    .split("[?&]");
            controller.configure("org.isthmus.store", Map.of("url", url[0], "user", "isthmus", "password", "isthmus"));
            controller.start();
            Platform platform = Platform.firstStart(controller);
            Place place = slowPlace(platform, "full-postgresql-place");
            Tenant tenant = tenant(platform, place, "full-postgresql");
            Wishes wishes = new Wishes(tenant);
            wishes.deploy("before", 3);

            List<Answer> departments = new ArrayList<>();
            Filler filler = new Filler(disk);
            try {
                Waiting.untilTrue("the database finds no space", Duration.ofMinutes(2), () -> {
                    Answer asked = tenant.post("/departments", Api.json("name", "d-" + departments.size()))
                            .must(201, 503);
                    departments.add(asked);
                    tenant.get("/departments").must(200);
                    return asked.status() == 503;
                });
                Answer refused = departments.get(departments.size() - 1);
                refused.refused(503, "unavailable");
                assertTrue(refused.header("Retry-After").isPresent(), refused::text);
                wishes.deploy("full", 2);
                alive(platform);
            } finally {
                filler.goAway();
            }
            goesOn(platform, tenant);
            departments.stream()
                    .filter(each -> each.status() == 201)
                    .forEach(each -> tenant.get("/departments/" + each.id()).must(200));
            wishes.holdWhenAskedAgain();
            CrashTest.agree(tenant, place, "PostgreSQL's disk was full");
        } finally {
            run("../databases/postgresql.sh", "drop", "journeys_full");
        }
    }

    @Test
    void aFullDiskIsRefusedAndWhenThereIsSpaceAgainEverythingGoesOn() throws Exception {
        needsRoot();
        Controller controller = Controller.fresh("OutageTest-disk");
        Path disk = Files.createDirectories(controller.file("database"));
        run("mount", "-t", "tmpfs", "-o", "size=64m", "isthmus-outage-test", disk.toString());
        try (controller) {
            controller.start();
            Platform platform = Platform.firstStart(controller);
            Place place = slowPlace(platform, "full-disk-place");
            Tenant tenant = tenant(platform, place, "full-disk");
            Listener listener = new Listener(tenant);
            Wishes wishes = new Wishes(tenant);
            wishes.deploy("before", 3);

            List<Answer> departments = new ArrayList<>();
            Filler filler = new Filler(disk);
            try {
                Waiting.untilTrue("the database finds no space and is away", Duration.ofSeconds(90), () -> {
                    String name = "d-" + departments.size();
                    departments.add(
                            tenant.post("/departments", Api.json("name", name)).must(201, 503));
                    return tenant.get("/servers").must(200, 503).status() == 503;
                });
                wishes.deploy("full", 2);
                refusesCleanly(tenant, FULL);
                Waiting.untilTrue("the operator is told", BACK, () -> controller
                        .log()
                        .contains("Space for the database runs out"));
            } finally {
                filler.goAway();
            }
            goesOn(platform, tenant);
            departments.stream()
                    .filter(each -> each.status() == 201)
                    .forEach(each -> tenant.get("/departments/" + each.id()).must(200));
            wishes.holdWhenAskedAgain();
            CrashTest.agree(tenant, place, "the disk was full");
            everythingWasHeard(tenant, listener);
        } finally {
            run("umount", "--lazy", disk.toString());
        }
    }
}
