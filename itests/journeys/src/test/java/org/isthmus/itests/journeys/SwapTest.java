// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.isthmus.driver.fake.Ledger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Story 12: drivers, identity and the audit log are updated, stopped and started, uninstalled and installed again while
 * requests and operations are under way. None fails, none is lost or doubled, nobody waits long, nothing is left behind.
 *
 * <p>Normally each is swapped once in each of the three manners, after a first time that warms up; with {@code isthmus.whole} 34
 * times, which is a hundred swaps of each; {@code isthmus.swaps} says another number.
 */
final class SwapTest {
    static final boolean WHOLE = Boolean.getBoolean("isthmus.whole");
    private static final long SEED = Long.getLong("isthmus.seed", 20_261_123L);
    static final int TIMES = Integer.getInteger("isthmus.swaps", WHOLE ? 34 : 1);
    private static final List<String> SWAPPED = List.of("driver-fake", "driver-kvm", "driver-ovn", "audit", "identity");
    private static final String DRIVER = "org/isthmus/driver/fake";
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    private static final int LEAST_RATE = 200;
    /** Pools grow with what is asked of them, to a bound. */
    private static final int MORE_THREADS = 20;

    /** On each database; normally on one of them, as the seed has it. */
    static List<Database> databases() {
        if (!Postgresql.given()) {
            return List.of(Database.DERBY);
        }
        List<Database> all = List.of(Database.values());
        return WHOLE ? all : List.of(all.get((int) Math.floorMod(SEED, 2L)));
    }

    enum Database {
        DERBY,
        POSTGRESQL
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatIsSwappedUnderLoadFailsNoRequestAndLeavesNothingBehind(Database kind) throws Exception {
        try (Postgresql database = kind == Database.POSTGRESQL ? Postgresql.fresh("isthmus_swap") : null;
                Controller controller = Controller.fresh("SwapTest-" + kind)) {
            if (database != null) {
                controller.configure("org.isthmus.store", database.settings());
            }
            controller.start();
            try {
                swapped(controller, Platform.firstStart(controller));
            } catch (Exception | AssertionError e) {
                System.err.println(controller.logTail());
                throw e;
            }
        }
    }

    private static void swapped(Controller controller, Platform platform) throws Exception {
        Place place = platform.place("busy-place", Api.json("pendingSteps", 1, "askAgainAfter", "PT0.1S"));
        Tenant tenant = platform.tenant(
                        "busy", Optional.of(Api.json("deploymentsPerDay", 10_000, "deletionGrace", "PT0S")))
                .furnished(place);
        tenant.deploy("web-0");
        spare(platform);
        Ssh shell = Ssh.operator(controller);
        for (String bundle : SWAPPED) {
            swap(shell, bundle, 1);
        }
        Jvm jvm = new Jvm(controller);
        Jvm.Seen before = jvm.look();

        Load load = new Load();
        long rate;
        try (load) {
            clients(load, platform, tenant);
            for (String bundle : SWAPPED) {
                long from = System.nanoTime();
                swap(shell, bundle, TIMES);
                System.out.println(bundle + " swapped " + 3 * TIMES + " times: " + load.since(from));
            }
            for (int i = 0; i < TIMES; i++) {
                Ssh.Said said = shell.run(
                        "isthmus:driver-update fake " + variant("9.0." + i).toUri());
                assertEquals(0, said.exit(), said::all);
                assertTrue(said.out().contains("Endpoint 1 of "), said::all);
            }
            long from = System.nanoTime();
            goesBackByItself(shell, platform);
            System.out.println("A version that is down went away again: " + load.since(from));
            rate = load.rate();
        }
        System.out.println(rate + " requests a second");
        assertEquals(List.of(), load.failures());

        Books.everyAttemptHasOneOutcome(tenant);
        Books.intervalsAreHalfOpenAndNeverOverlap(tenant);
        Books.openIntervalsAreWhatTheServersHave(tenant);
        for (JsonNode operation : tenant.all("/operations")) {
            assertEquals("SUCCEEDED", operation.path("state").asText(), operation::toString);
        }
        assertEquals(Set.of(), place.ledger().doubled());
        assertEquals(
                tenant.all("/servers").size(),
                place.ledger().living(Ledger.Thing.SERVER).size());
        Jvm.Seen after = jvm.look();
        System.out.println("before " + before + ", after " + after);
        assertNoThreadsMore(before, after);
        assertTrue(after.loaders() <= before.loaders() + 1, before + " became " + after);
        if (WHOLE) {
            assertQuick(load, rate);
        }
    }

    static void assertNoThreadsMore(Jvm.Seen before, Jvm.Seen after) {
        assertTrue(after.threads() <= before.threads() + MORE_THREADS, before + " became " + after);
    }

    /** Only of the whole loop: a sample shares its machine with whatever else is tested, and would tell of that. */
    static void assertQuick(Load load, long rate) {
        assertTrue(rate >= LEAST_RATE, rate + " requests a second");
        assertTrue(load.slowest(0).millis() <= LONGEST_WAIT.toMillis(), load.slowest(0)::toString);
    }

    private static void goesBackByItself(Ssh shell, Platform platform) throws IOException {
        String before = platform.operator().get("/drivers/fake").must(200).get("version");
        Path ill = variant("9.1.0");
        alwaysDown(ill);

        Ssh.Said said = shell.run("isthmus:driver-update fake " + ill.toUri());

        assertEquals(1, said.exit(), said::all);
        assertTrue(said.out().contains("Started: version 9.1.0."), said::all);
        assertTrue(said.out().contains("every endpoint is open with the old version"), said::all);
        assertTrue(
                Pattern.compile(
                                "Driver fake was not updated: Rolled back\\. .*: It is DOWN \\(Simulator with .*\\), where the"
                                        + " present one is UP\\.")
                        .matcher(said.all())
                        .find(),
                said::all);
        assertEquals(before, platform.operator().get("/drivers/fake").must(200).get("version"));
    }

    /** A place for endpoints that come and go. */
    private static void spare(Platform platform) {
        platform.operator()
                .post("/locations", Api.json("name", "spare-place", "kind", "cloud"))
                .must(201);
    }

    static void swap(Ssh shell, String bundle, int times) throws IOException {
        String name = "org.isthmus." + bundle;
        String url = jar(bundle).toUri().toString();
        for (int i = 0; i < times; i++) {
            for (String line : List.of(
                    "bundle:update " + name + " " + url,
                    "bundle:stop " + name + "; bundle:start " + name,
                    "bundle:uninstall " + name + "; bundle:install -s " + url)) {
                Ssh.Said said = shell.run(line);
                assertEquals(0, said.exit(), () -> line + ": " + said.all());
            }
        }
    }

    static Path jar(String bundle) throws IOException {
        try (Stream<Path> files = Files.walk(Assembly.home().resolve("system/org/isthmus/" + bundle))) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The simulator in another version. */
    private static Path variant(String version) throws IOException {
        Path made = Assembly.work().resolve("driver-fake-" + version + ".jar");
        Files.copy(jar("driver-fake"), made, StandardCopyOption.REPLACE_EXISTING);
        try (FileSystem file = FileSystems.newFileSystem(made)) {
            Path manifest = file.getPath("META-INF/MANIFEST.MF");
            Files.writeString(
                    manifest,
                    Files.readString(manifest).replaceFirst("(?m)^Bundle-Version: .*$", "Bundle-Version: " + version));
            Files.writeString(file.getPath(DRIVER, "version.properties"), "version=" + version + "\n");
        }
        return made;
    }

    /** Has the simulator say that it is down where it would say that it is up: the name of a method in its class. */
    private static void alwaysDown(Path jar) throws IOException {
        try (FileSystem file = FileSystems.newFileSystem(jar)) {
            Path driver = file.getPath(DRIVER, "FakeDriver.class");
            String code = Files.readString(driver, StandardCharsets.ISO_8859_1);
            String ill = code.replace("\1\0\2up", "\1\0\4down");
            assertNotEquals(code, ill);
            Files.writeString(driver, ill, StandardCharsets.ISO_8859_1);
        }
    }

    /** Four who read, 66 times a second each. */
    static void readers(Load load, Tenant tenant) {
        List<String> reads =
                List.of("", "/servers", "/networks", "/users", "/servers/web-0", "/operations", "/limits", "/usage");
        for (int i = 0; i < 4; i++) {
            load.client("reader-" + i, Duration.ofMillis(15), (to, round) -> {
                String path = tenant.path(reads.get(round % reads.size()));
                to.send("GET " + path, () -> tenant.admin().get(path), 200);
            });
        }
    }

    private static void clients(Load load, Platform platform, Tenant tenant) {
        readers(load, tenant);
        load.client("operator", Duration.ofMillis(300), (to, round) -> {
            to.send("GET drivers", () -> platform.operator().get("/drivers"), 200);
            to.send("GET endpoints", () -> platform.operator().get("/locations/busy-place/endpoints"), 200);
            to.send(
                    "POST endpoints",
                    () -> platform.operator()
                            .post(
                                    "/locations/spare-place/endpoints",
                                    Api.json("name", "sim-" + round, "driver", "fake", "settings", Api.json())),
                    201);
            to.send(
                    "DELETE endpoints",
                    () -> platform.operator().delete("/locations/spare-place/endpoints/sim-" + round),
                    204,
                    200);
        });
        String later = Instant.now().plus(Duration.ofDays(30)).toString();
        load.client("token", Duration.ofMillis(200), (to, round) -> {
            Answer made = to.send(
                    "POST tokens",
                    () -> tenant.post("/tokens", Api.json("name", "token-" + round, "expiresAt", later)),
                    201);
            String secret = made.get("secret");
            to.send("GET by token", () -> tenant.admin().with(secret).get(tenant.path("/servers")), 200);
            to.send("DELETE tokens", () -> tenant.delete("/tokens/token-" + round), 204, 200);
        });
        load.client("login", Duration.ofSeconds(3), (to, round) -> {
            // what a password takes to check is no wait for a swap
            Answer session =
                    to.sendSlow(() -> Platform.session(platform.anonymous(), "ann@busy", Platform.PASSWORD), 201);
            to.send(
                    "DELETE sessions",
                    () -> platform.anonymous().with(session.get("token")).delete("/sessions/current"),
                    204,
                    200);
        });
        load.client(
                "console",
                Duration.ofMillis(100),
                (to, round) ->
                        to.send("POST console", () -> tenant.post("/servers/web-0/console", Api.json()), 200, 201));
        load.client("auditor", Duration.ofMillis(250), (to, round) -> {
            to.send("GET entries", () -> tenant.get("/audit/entries?limit=20"), 200);
            to.send("GET checkpoint", () -> tenant.admin().get("/audit/checkpoint"), 200);
        });
        load.client("deployer", Duration.ofMillis(100), (to, round) -> {
            Answer begun =
                    to.send("POST servers", () -> tenant.post("/servers", Tenant.server("web-" + (round + 1))), 202);
            tenant.admin().succeeded(begun);
            Answer gone = to.send("DELETE servers", () -> tenant.delete("/servers/web-" + (round + 1)), 202);
            tenant.admin().succeeded(gone);
        });
    }
}
