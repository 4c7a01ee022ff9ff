// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.isthmus.driver.fake.Ledger;
import org.junit.jupiter.api.Test;

/** Story 14: a cloud outgrows its Derby. Its database is copied to PostgreSQL, and the controller goes on there. */
final class MoveToPostgresqlTest {
    private static final Duration UP = Duration.ofSeconds(60);

    /** What {@code bin/copy-database} said, and its exit code. */
    private record Said(int exit, String text) {}

    private static Said copy(Controller controller, Path settings) throws IOException, InterruptedException {
        Path home = Assembly.home();
        ProcessBuilder builder =
                new ProcessBuilder(home.resolve("bin/copy-database").toString(), settings.toString());
        builder.environment()
                .putAll(Map.of(
                        "KARAF_HOME",
                        home.toString(),
                        "KARAF_BASE",
                        controller.file("").toString(),
                        "KARAF_ETC",
                        controller.file("etc").toString(),
                        "JAVA_HOME",
                        System.getProperty("java.home")));
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(1, TimeUnit.MINUTES), text);
        return new Said(process.exitValue(), text);
    }

    private static Path settings(Controller controller, Postgresql database) throws IOException {
        Path file = controller.file("data/tmp/postgresql.cfg");
        List<String> lines = Files.readAllLines(controller.file("etc/org.isthmus.store.cfg"));
        lines.removeIf(line -> line.matches("\\s*(url|user|password)\\s*=.*"));
        database.settings().forEach((key, value) -> lines.add(key + " = " + value));
        return Files.write(file, lines);
    }

    private static Set<String> ids(Tenant tenant) {
        return tenant.audit().stream().map(entry -> entry.path("id").asText()).collect(Collectors.toSet());
    }

    @Test
    void theControllerGoesOnThereWithAllItHadAndWhatWasUnderWay() throws Exception {
        try (Postgresql database = Postgresql.fresh("isthmus_moved");
                Controller controller = Controller.fresh("MoveToPostgresqlTest")) {
            controller.start();
            Platform platform = Platform.firstStart(controller);
            Place place = platform.place("moving-place", Api.json("pendingSteps", 1, "askAgainAfter", "PT3S"));
            Tenant tenant = platform.tenant("moving").furnished(place);
            Tenant busy = platform.tenant("busy").furnished(place);
            tenant.deploy("web-1");
            tenant.admin().succeeded(tenant.postAndWait("/servers/web-1/snapshots", Api.json("name", "first")));
            Path settings = settings(controller, database);

            Said early = copy(controller, settings);
            assertEquals(2, early.exit(), early::text);
            assertTrue(early.text().contains("stop"), early::text);

            String before = tenant.everything();
            Set<String> audited = ids(tenant);
            Answer begun = busy.post("/servers", Tenant.server("web-2")).must(202);
            controller.stop();
            for (String which : List.of("the copy", "once more")) {
                Said copied = copy(controller, settings);
                assertEquals(0, copied.exit(), () -> which + ": " + copied.text());
            }
            Files.move(settings, controller.file("etc/org.isthmus.store.cfg"), StandardCopyOption.REPLACE_EXISTING);
            Assembly.delete(controller.file("database"));
            controller.start();
            place.awaitUp(UP);

            assertEquals(before, tenant.everything(), "also the session is still good");
            assertTrue(ids(tenant).containsAll(audited));
            Books.everyEntryIsInTheTreeWithItsHash(tenant);
            busy.admin().succeeded(begun);
            tenant.deploy("web-3");
            assertEquals(3, place.ledger().living(Ledger.Thing.SERVER).size());
            assertEquals(Set.of(), place.ledger().doubled());
            for (Tenant each : List.of(tenant, busy)) {
                Books.everyAttemptHasOneOutcome(each);
                Books.openIntervalsAreWhatTheServersHave(each);
            }
            platform.login("admin@platform", Platform.PASSWORD)
                    .get("/organizations")
                    .must(200);
        }
    }
}
