// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.isthmus.driver.fake.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 10: settings are edited, a driver is replaced and the controller restarted while there is work. */
@Own
@ExtendWith(Journey.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LiveTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String DRIVER = "org.isthmus.driver-fake";

    private static Duration sessionLength(Platform platform) {
        Answer session = Platform.session(platform.anonymous(), "admin@platform", Platform.PASSWORD)
                .must(201);
        return Duration.between(Instant.now(), Instant.parse(session.get("expiresAt")));
    }

    @Test
    void anEditedSettingHoldsWithoutARestart(Controller controller, Platform platform) throws Exception {
        assertTrue(sessionLength(platform).compareTo(Duration.ofHours(11)) > 0);

        controller.configure("org.isthmus.identity", Map.of("session.length", "PT5M"));
        Waiting.untilTrue(
                "sessions last five minutes",
                SOON,
                () -> sessionLength(platform).compareTo(Duration.ofMinutes(6)) < 0);
        platform.operator().get("/organizations").must(200);
        controller.configure("org.isthmus.identity", Map.of("session.length", "PT12H"));
        Waiting.untilTrue(
                "sessions last long again", SOON, () -> sessionLength(platform).compareTo(Duration.ofHours(11)) > 0);

        Api secure = Api.of(URI.create("https://localhost:" + controller.httpsPort() + "/"), Tls.client(controller));
        controller.configure("org.isthmus.rest", Map.of("http.enabled", "false"));
        Waiting.untilTrue("plain HTTP is closed", SOON, () -> !answers(platform.anonymous()));
        // a changed listener opens all of them anew
        Waiting.untilTrue("HTTPS is open", SOON, () -> answers(secure));
        secure.with(platform.operator().token()).get("/organizations").must(200);
        controller.configure("org.isthmus.rest", Map.of("http.enabled", "true"));
        Waiting.untilTrue("plain HTTP is open again", SOON, () -> answers(platform.anonymous()));
    }

    @Test
    void limitsThatAreEditedHoldWithoutARestart(Controller controller, Platform platform) throws Exception {
        try {
            controller.configure(
                    "org.isthmus.rest",
                    Map.of("requests.per.second", "5", "strangers.per.second", "1", "connections.per.address", "8"));
            Waiting.untilTrue(
                    "a user is told of too many requests",
                    SOON,
                    () -> platform.operator()
                                    .get("/organizations")
                                    .must(200, 429)
                                    .status()
                            == 429);
            Waiting.untilTrue(
                    "so is somebody without a login",
                    SOON,
                    () -> Platform.session(platform.anonymous(), "nobody@platform", "nothing")
                                    .must(401, 429)
                                    .status()
                            == 429);
            List<Socket> open = new ArrayList<>();
            try {
                Waiting.untilTrue("one connection is too many", SOON, () -> !isAnswered(controller, open));
                assertTrue(open.size() <= 9, "nine at the most were let in and one was not: " + open.size());
            } finally {
                for (Socket each : open) {
                    each.close();
                }
            }
        } finally {
            controller.configure(
                    "org.isthmus.rest",
                    Map.of(
                            "requests.per.second",
                            "10000",
                            "strangers.per.second",
                            "200",
                            "connections.per.address",
                            "1024"));
        }
        Waiting.untilTrue("nothing is too much any more", SOON, () -> IntStream.range(0, 100)
                .allMatch(i -> answers(platform.anonymous())
                        && platform.operator().get("/organizations").status() == 200));
    }

    /** Opens one connection more, and leaves it open. */
    private static boolean isAnswered(Controller controller, List<Socket> open) {
        URI address = controller.http("/");
        try {
            Socket socket = new Socket(address.getHost(), address.getPort());
            open.add(socket);
            socket.getOutputStream()
                    .write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() >= 0;
        } catch (IOException hungUp) {
            return false;
        }
    }

    private static boolean answers(Api api) {
        try {
            return api.get("/healthz").status() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    @Test
    void anOperationWhoseDriverIsStoppedAndStartedWaitsAndFinishes(Controller controller, Platform platform)
            throws Exception {
        Place place = platform.place("swap-place", Api.json("pendingSteps", 1, "askAgainAfter", "PT1S"));
        Tenant tenant = platform.tenant("swap").furnished(place);
        Answer begun = tenant.post("/servers", Tenant.server("web-1")).must(202);

        Ssh shell = Ssh.operator(controller);
        shell.run("bundle:stop " + DRIVER);
        Answer second;
        try {
            Waiting.untilTrue(
                    "the driver is gone", SOON, () -> !drivers(platform).contains("fake"));
            JsonNode waiting =
                    tenant.admin().get("/operations/" + begun.id()).must(200).body();
            assertFalse(
                    Set.of("FAILED", "CANCELLED").contains(waiting.path("state").asText()), waiting::toString);
            second = tenant.post("/servers", Tenant.server("web-2")).must(202);
            platform.operator().get("/organizations").must(200);
            platform.anonymous().get("/healthz").must(200);
        } finally {
            shell.run("bundle:start " + DRIVER);
        }
        tenant.admin().succeeded(begun);
        tenant.admin().succeeded(second);
        assertEquals(2, tenant.all("/servers?state=RUNNING").size());
        assertEquals(2, place.ledger().living(Ledger.Thing.SERVER).size());
        assertEquals(Set.of(), place.ledger().doubled());
    }

    private static List<String> drivers(Platform platform) {
        return platform.operator().get("/drivers").items().stream()
                .map(driver -> driver.path("type").asText())
                .toList();
    }

    @Test
    void aRestartKeepsEverything(Controller controller, Platform platform) throws Exception {
        Place place = platform.place("lasting-place");
        Tenant tenant = platform.tenant("lasting").furnished(place);
        tenant.deploy("web-1");
        tenant.admin().succeeded(tenant.postAndWait("/servers/web-1/snapshots", Api.json("name", "first")));
        String before = tenant.everything();
        Set<String> audited = ids(tenant);
        byte[] certificate = Files.readAllBytes(Tls.certificateFile(controller));
        String checkpoint =
                tenant.admin().get("/audit/checkpoint").must(200, 403, 404).text();

        controller.stop();
        controller.start();

        place.awaitUp(Duration.ofSeconds(60));
        assertEquals(before, tenant.everything(), "also the session is still good");
        assertTrue(ids(tenant).containsAll(audited));
        assertTrue(java.util.Arrays.equals(certificate, Files.readAllBytes(Tls.certificateFile(controller))));
        assertFalse(checkpoint.isEmpty());
        Books.everyEntryIsInTheTreeWithItsHash(tenant);
        Books.openIntervalsAreWhatTheServersHave(tenant);
        platform.login("admin@platform", Platform.PASSWORD)
                .get("/organizations")
                .must(200);
        tenant.deploy("web-2");
        assertEquals(Set.of(), place.ledger().doubled());
    }

    private static Set<String> ids(Tenant tenant) {
        return Set.copyOf(
                tenant.audit().stream().map(entry -> entry.path("id").asText()).toList());
    }
}
