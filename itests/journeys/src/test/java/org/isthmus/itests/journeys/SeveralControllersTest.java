// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Story 13: two controllers on one PostgreSQL, behind a balancer. Each in turn is stopped and started under load, and no
 * client notices; one is killed, and the other does its work.
 */
final class SeveralControllersTest {
    private static final Duration LEASE = Duration.ofSeconds(15);
    /** Of the last operation after the kill: its lease, and ten seconds. */
    private static final Duration TAKEN_OVER = LEASE.plusSeconds(10);

    private static final boolean WHOLE = Boolean.getBoolean("isthmus.whole");
    private static final long SEED = Long.getLong("isthmus.seed", 20_261_123L);
    private static final int KILLS = 10;
    private static final int IN_FLIGHT = 12;
    private static final int LATEST_KILL_MILLIS = 2500;
    /** Longer than two questions of the balancer and their answers may take, were it not told that a slow one will do. */
    private static final Duration BUSY = Duration.ofMillis(2500);

    private static Postgresql database;
    private static Controller one;
    private static Controller two;
    private static Balancer balancer;
    private static Platform platform;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Balancer.installed(), "HAProxy is not installed");
        database = Postgresql.fresh("isthmus_several");
        Path shared = Assembly.work().resolve("controllers/several-shared");
        Assembly.delete(shared);
        Files.createDirectories(shared);
        one = controller("several-one", shared);
        two = controller("several-two", shared);
        balancer = new Balancer(List.of(one, two));

        // a new database, and two that want to be the first
        CompletableFuture<Controller> first = CompletableFuture.supplyAsync(one::start);
        two.start();
        first.get();
        balancer.awaitServing(2);
        platform = Platform.firstStart(
                Files.exists(Platform.passwordFile(one)) ? one : two, Api.of(balancer.root(), Api.plainHttp()));
    }

    private static Controller controller(String name, Path shared) {
        Controller controller = Controller.fresh(name);
        controller.configure("org.isthmus.store", Map.of("url", database.url()));
        controller.configure("org.isthmus.core", Map.of("node", name, "worker.lease", LEASE.toString()));
        controller.configure(
                "org.isthmus.core.domain",
                Map.of("images", shared.resolve("images").toString(), "key.file", shared + "/secrets.key"));
        controller.configure(
                "org.isthmus.audit",
                Map.of("key.file", shared + "/audit-key.p12", "password.file", shared + "/audit-key.password"));
        controller.configure("org.isthmus.rest", Map.of("shutdown.notice", "PT3S"));
        return controller;
    }

    @AfterAll
    static void stop() throws SQLException {
        if (balancer != null) {
            balancer.close();
            one.close();
            two.close();
        }
        if (database != null) {
            database.close();
        }
    }

    /** All that is not done, and who has it: of a failure elsewhere nobody sees more than its message. */
    private static String state() {
        List<String> lines = new ArrayList<>();
        lines.add(one
                + (one.running() ? " runs, " : " does not run, ")
                + two
                + (two.running() ? " runs; " : " does not run; ")
                + balancer);
        String undone = "select subject_id, state, step, undoing, attempts, lease_holder, fence,"
                + " lease_until / 1e6 - extract(epoch from now()), due_at / 1e6 - extract(epoch from now()), reason"
                + " from opr_operation where finished_at is null or state <> 'SUCCEEDED' order by id";
        try (Connection connection = DriverManager.getConnection(database.url());
                Statement run = connection.createStatement();
                ResultSet row = run.executeQuery(undone)) {
            while (row.next()) {
                lines.add("%s %s at %s%s, attempt %d, lease of %s (%d) for %.1f s, due in %.1f s: %s"
                        .formatted(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getBoolean(4) ? " backwards" : "",
                                row.getInt(5),
                                row.getString(6),
                                row.getLong(7),
                                row.getDouble(8),
                                row.getDouble(9),
                                row.getString(10)));
            }
        } catch (SQLException e) {
            lines.add("the database: " + e);
        }
        return String.join("\n", lines);
    }

    @RegisterExtension
    static final TestExecutionExceptionHandler TELLING = (context, thrown) -> {
        String state = state();
        System.err.println(one.logTail() + two.logTail());
        throw new AssertionError(thrown + "\n" + state, thrown);
    };

    private static Place place(String name, Object... faults) {
        return platform.place(
                name,
                Api.json(
                        "hosts",
                        List.of(Map.of("name", "h1", "cpus", 4096, "memoryMiB", 1 << 24, "diskGiB", 1 << 20)),
                        "faults",
                        List.of(faults)));
    }

    private static Tenant tenant(String name, Place place) {
        Tenant tenant =
                platform.tenant(name, Optional.of(Api.json("deploymentsPerDay", 100_000, "deletionGrace", "PT0S")));
        tenant.image("tiny");
        tenant.network("private", place, "10.2.0.0/16");
        return tenant;
    }

    @Test
    void eachInTurnIsStoppedAndStartedUnderLoadAndNoClientNotices() {
        assertTrue(
                Files.exists(Platform.passwordFile(one)) != Files.exists(Platform.passwordFile(two)),
                "the first start was one");
        Place place = place(
                "roll-place",
                Map.of("on", "create", "delay", "PT0.01S"),
                Map.of("on", "ensurePort", "delay", "PT0.01S"));
        Tenant tenant = tenant("roll", place);

        try (Traffic traffic = new Traffic(balancer.root(), tenant)) {
            for (Controller each : List.of(one, two)) {
                int before = traffic.answered();
                each.stop();
                each.start();
                balancer.awaitServing(2);
                assertTrue(traffic.answered() > before, "it was under load");
                assertEquals(List.of(), traffic.failures(), () -> "while " + each + " restarted: " + traffic);
            }
            System.out.println("Rolling restart: " + traffic);
            traffic.end();
            assertEquals(List.of(), traffic.failures());
            CrashTest.agree(tenant, place, "after a rolling restart");
            assertEquals(traffic.created(), tenant.all("/servers").size(), "none lost, none doubled");
        }
    }

    @Test
    void ofOneThatIsKilledTheOtherDoesTheWorkSoonAndOnce() {
        // at the latest: all is begun, most creates have had their effect, and their answers die with it
        List<Integer> moments = new ArrayList<>(List.of(LATEST_KILL_MILLIS));
        Random random = new Random(SEED);
        for (int i = 1; i < KILLS; i++) {
            moments.add(random.nextInt(LATEST_KILL_MILLIS));
        }
        Collections.shuffle(moments, random);
        for (int i = 0; i < (WHOLE ? KILLS : 1); i++) {
            Controller dies = i % 2 == 0 ? one : two;
            killed("kill-" + i, dies, dies == one ? two : one, moments.get(i));
        }
    }

    private static void killed(String name, Controller dies, Controller lives, int moment) {
        Place place = place(
                name + "-place",
                Map.of("on", "create", "delay", "PT3S", "afterEffect", true, "times", IN_FLIGHT),
                Map.of("on", "ensurePort", "delay", "PT0.3S"));
        Tenant tenant = tenant(name, place);
        List<CompletableFuture<Answer>> first = new ArrayList<>();
        for (int i = 0; i < IN_FLIGHT; i++) {
            Controller through = i % 2 == 0 ? lives : dies;
            first.add(
                    wish(Api.of(through.http("/"), Api.plainHttp()), tenant, i).sendAsync());
        }

        Waiting.pass(Duration.ofMillis(moment));
        dies.kill();
        long killed = System.nanoTime();
        // slow is not dead: the balancer sends requests to the only one there is
        lives.stall(BUSY);

        // the connections of before died with it
        Api anew = Api.of(balancer.root(), Api.plainHttp()).with(tenant.admin().token());
        String operations = tenant.path("/operations");
        for (int i = 0; i < IN_FLIGHT; i++) {
            Answer again = wish(anew, tenant, i).send().must(202);
            CrashTest.answer(first.get(i))
                    .ifPresent(before -> assertEquals(before.must(202).id(), again.id()));
        }
        assertTrue(
                anew.all(operations).stream().anyMatch(operation -> !operation.hasNonNull("finishedAt")),
                "some were under way");
        Waiting.untilTrue(
                "the other does the work",
                TAKEN_OVER.minusNanos(System.nanoTime() - killed),
                () -> anew.all(operations).stream().allMatch(operation -> operation.hasNonNull("finishedAt")));
        System.out.printf(
                "%s was killed after %d ms; all was done %.1f s later%n",
                dies, moment, (System.nanoTime() - killed) / 1e9);
        CrashTest.agree(tenant, place, "after a kill at " + moment + " ms");
        assertEquals(IN_FLIGHT, tenant.all("/servers").size());
        dies.start();
        balancer.awaitServing(2);
    }

    private static Api.Request wish(Api through, Tenant tenant, int number) {
        String name = "k-" + number;
        return through.with(tenant.admin().token())
                .request("POST", tenant.path("/servers"))
                .header("Idempotency-Key", name)
                .body(Tenant.server(name));
    }
}
