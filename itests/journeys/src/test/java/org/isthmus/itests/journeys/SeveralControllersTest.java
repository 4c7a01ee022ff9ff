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
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private static final String DATABASE = "isthmus_several";
    private static final Duration LEASE = Duration.ofSeconds(15);
    /** Of the last operation after the kill: its lease, and ten seconds. */
    private static final Duration TAKEN_OVER = LEASE.plusSeconds(10);

    private static final int IN_FLIGHT = 12;
    /** Longer than two questions of the balancer and their answers may take, were it not told that a slow one will do. */
    private static final Duration BUSY = Duration.ofMillis(2500);

    private static String postgresql;
    private static Controller one;
    private static Controller two;
    private static Balancer balancer;
    private static Platform platform;

    @BeforeAll
    static void start() throws Exception {
        postgresql = System.getProperty("isthmus.postgresql", "");
        assumeTrue(!postgresql.isEmpty(), "several controllers need PostgreSQL: -Disthmus.postgresql=URL names one");
        assumeTrue(Balancer.installed(), "HAProxy is not installed");
        sql("drop database if exists " + DATABASE + " with (force)");
        sql("create database " + DATABASE);
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
        controller.configure("org.isthmus.store", Map.of("url", url()));
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

    private static String url() {
        return postgresql.replaceFirst("(://[^/]+/)[^?]+", "$1" + DATABASE);
    }

    private static void sql(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection(postgresql);
                Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }

    @AfterAll
    static void stop() throws SQLException {
        if (balancer != null) {
            balancer.close();
            one.close();
            two.close();
            sql("drop database if exists " + DATABASE + " with (force)");
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
        try (Connection connection = DriverManager.getConnection(url());
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
        // the last wish is one's, and takes three seconds: however slow all else is, one dies in the middle of
        // something.
        // Most creates had their effect by then, and their answers died with one
        Place place = place(
                "kill-place",
                Map.of("on", "create", "delay", "PT3S", "afterEffect", true, "times", IN_FLIGHT),
                Map.of("on", "ensurePort", "delay", "PT0.3S"));
        Tenant tenant = tenant("kill", place);
        List<Api.Request> wishes = new ArrayList<>();
        for (int i = 0; i < IN_FLIGHT; i++) {
            String name = "k-" + i;
            Controller through = i % 2 == 0 ? two : one;
            wishes.add(Api.of(through.http("/"), Api.plainHttp())
                    .with(tenant.admin().token())
                    .request("POST", tenant.path("/servers"))
                    .header("Idempotency-Key", name)
                    .body(Tenant.server(name)));
        }

        wishes.forEach(wish -> wish.send().must(202));
        one.kill();
        long killed = System.nanoTime();
        // slow is not dead: the balancer sends requests to the only one there is
        two.stall(BUSY);

        // the connections of before died with one
        Api anew = Api.of(balancer.root(), Api.plainHttp()).with(tenant.admin().token());
        String operations = tenant.path("/operations");
        assertTrue(
                anew.all(operations).stream().anyMatch(operation -> !operation.hasNonNull("finishedAt")),
                "some were under way");
        Waiting.untilTrue(
                "the other does the work",
                TAKEN_OVER.minusNanos(System.nanoTime() - killed),
                () -> anew.all(operations).stream().allMatch(operation -> operation.hasNonNull("finishedAt")));
        System.out.printf("All was done %.1f s after the kill%n", (System.nanoTime() - killed) / 1e9);
        CrashTest.agree(tenant, place, "after a kill");
        assertEquals(IN_FLIGHT, tenant.all("/servers").size());
        one.start();
        balancer.awaitServing(2);
    }
}
