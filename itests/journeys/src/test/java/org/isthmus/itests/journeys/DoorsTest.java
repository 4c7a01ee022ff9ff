// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 9: where one comes in, and what is shown at the door. */
@ExtendWith(Journey.class)
final class DoorsTest {
    /** A loopback address too, but not the one that plain HTTP is bound to. */
    private static final String ANOTHER_ADDRESS = "127.0.0.2";

    private static URI https(Controller controller, String path) {
        return URI.create("https://localhost:" + controller.httpsPort() + path);
    }

    private static void connect(String address, int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), 5000);
        }
    }

    @Test
    void httpsWorksWithTheCertificateMadeAtTheFirstStart(Controller controller, Platform platform) throws Exception {
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(controller.file("etc/tls/keystore.p12"))));
        Tls.certificate(controller).checkValidity();

        Api secure = Api.of(https(controller, "/"), Tls.client(controller));
        Answer session =
                Platform.session(secure, "admin@platform", Platform.PASSWORD).must(201);
        assertFalse(secure.with(session.get("token")).all("/organizations").isEmpty());
        assertEquals(
                platform.operator().get("/openapi.json").text(),
                secure.get("/openapi.json").text());

        HttpClient suspicious = HttpClient.newHttpClient();
        HttpRequest request =
                HttpRequest.newBuilder(https(controller, "/healthz")).build();
        assertThrows(SSLHandshakeException.class, () -> suspicious.send(request, BodyHandlers.discarding()));
    }

    @Test
    void plainHttpIsOnTheLoopbackAddressOnlyAndHttpsOnAll(Controller controller) throws Exception {
        connect("127.0.0.1", controller.httpPort());
        connect(ANOTHER_ADDRESS, controller.httpsPort());

        assertThrows(ConnectException.class, () -> connect(ANOTHER_ADDRESS, controller.httpPort()));
    }

    @Test
    void readinessNamesThePartsAndLivenessIsForEverybody(Platform platform) {
        platform.place("ready-place");
        assertTrue(platform.anonymous()
                .get("/healthz")
                .must(200)
                .body()
                .path("alive")
                .asBoolean());
        Answer ready = platform.anonymous().get("/readyz").must(200);

        Map<String, Boolean> parts = new TreeMap<>();
        ready.body()
                .path("parts")
                .forEach(part ->
                        parts.put(part.path("name").asText(), part.path("up").asBoolean()));
        assertTrue(ready.body().path("ready").asBoolean());
        for (String part : List.of("database", "audit", "driver fake", "driver kvm", "driver ovn")) {
            assertEquals(true, parts.get(part), () -> part + ": " + parts);
        }
    }

    @Test
    void theNumbersAreForOperatorsOnly(Platform platform) {
        Tenant tenant = platform.tenant("curious");
        platform.anonymous().get("/metrics").refused(401, "not-logged-in");
        tenant.admin().get("/metrics").must(403, 404);

        Answer metrics = platform.operator().get("/metrics").must(200);
        assertTrue(metrics.header("Content-Type").orElse("").startsWith("text/plain"));
        List<String> lines = metrics.text().lines().toList();
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("isthmus_")), metrics::text);
        for (String line : lines) {
            assertTrue(
                    line.startsWith("#") || line.matches("[a-z_][a-z0-9_]*(\\{[^}]*})? [-+0-9.eENaInf]+"),
                    () -> "not Prometheus: " + line);
        }
        assertFalse(metrics.text().contains("curious"), "numbers name no organization");
    }

    @Test
    void whatIsNoPartOfTheApiIsAProblemAndNotAPage(Platform platform) {
        for (String path : List.of("/readyz/more", "/healthz/x", "/metrics/")) {
            platform.operator().get(path).must(404, 401);
        }
        platform.anonymous().get("/nothing").must(404, 401);
        Answer head =
                platform.operator().request("HEAD", "/organizations").send().must(200);
        assertEquals("", head.text());
        Answer options =
                platform.operator().request("OPTIONS", "/organizations").send().must(204);
        assertEquals("GET, HEAD, OPTIONS, POST", options.header("Allow").orElse(""));
    }

    @Test
    void noAddressServesAnythingElse(Controller controller) throws Exception {
        HttpClient client = Api.plainHttp();
        for (String path :
                List.of("/", "/cxf", "/cxf/", "/services", "/system/console", "/api", "/api/v1/", "/WEB-INF/web.xml")) {
            Answer answer = Wire.send(
                    controller,
                    path,
                    ("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                            .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertEquals(404, answer.status(), path);
        }
        JsonNode live = Api.of(controller.http("/"), client).get("/healthz").body();
        assertTrue(live.path("alive").asBoolean());
    }

    @Test
    void theStartMissesNoFolder(Controller controller) {
        List<String> start = controller
                .log()
                .lines()
                .takeWhile(line -> !line.contains("Listening for https"))
                .toList();

        assertFalse(start.isEmpty());
        assertEquals(
                List.of(),
                start.stream()
                        .filter(line -> line.contains("fileinstall") && line.matches(".*(WARN|ERROR).*"))
                        .toList());
    }
}
