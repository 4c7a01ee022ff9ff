// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stays open: events and consoles. */
@Timeout(30)
final class StreamsTest {
    private static final String SERVER = Client.BASE + "/organizations/demo/servers/web-1";

    @TempDir
    Path folder;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Client client;

    @BeforeEach
    void start() throws IOException {
        client = new Client(folder);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
    }

    private HttpResponse<InputStream> events(String query, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(client.server.http() + Client.BASE + "/events" + query))
                .header("Authorization", "Bearer " + FakeCloud.MEMBER);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    private static String line(BufferedReader lines, String beginning) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith(beginning)) {
            line = lines.readLine();
        }
        return String.valueOf(line);
    }

    private static BufferedReader lines(HttpResponse<InputStream> response) {
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    @Test
    void eventsComeInOrderAndAsTheyHappen() throws Exception {
        client.cloud.happened("server.requested");
        client.cloud.happened("server.started");

        HttpResponse<InputStream> response = events("?after=1");
        assertEquals(200, response.statusCode());
        assertEquals(
                "text/event-stream",
                response.headers().firstValue("Content-Type").orElse(""));
        try (BufferedReader lines = lines(response)) {
            assertEquals("id: 2", line(lines, "id:"));
            assertEquals("event: server.started", line(lines, "event:"));
            assertTrue(line(lines, "data:").contains("\"sequence\":2"));

            client.cloud.happened("server.stopped");
            assertEquals("id: 3", line(lines, "id:"));
            assertEquals(": still here", line(lines, ":"));
        }
    }

    @Test
    void aClientThatComesBackGoesOnWhereItWas() throws Exception {
        client.cloud.happened("a.one");
        client.cloud.happened("a.two");
        client.cloud.happened("a.three");

        try (BufferedReader lines = lines(events("?after=0", "Last-Event-ID", "2"))) {
            assertEquals("id: 3", line(lines, "id:"));
        }
    }

    @Test
    void withoutAPlaceToBeginOnlyNewEventsCome() throws Exception {
        client.cloud.happened("a.old");

        try (BufferedReader lines = lines(events(""))) {
            assertEquals(": after 1", line(lines, ": after"));
            client.cloud.happened("a.new");
            assertEquals("id: 2", line(lines, "id:"));
        }
    }

    @Test
    void aRevokedTokenEndsTheStream() throws Exception {
        try (BufferedReader lines = lines(events(""))) {
            line(lines, ": after");
            client.cloud.revoked.add(FakeCloud.MEMBER);

            assertEquals("null", line(lines, "there is no such line"));
        }
    }

    @Test
    void moreStreamsThanAUserMayHaveAreRefused() throws Exception {
        List<HttpResponse<InputStream>> open = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            open.add(events(""));
        }

        HttpResponse<InputStream> ninth = events("");
        assertEquals(429, ninth.statusCode());
        assertEquals("30", ninth.headers().firstValue("Retry-After").orElse(""));
        for (HttpResponse<InputStream> each : open) {
            each.body().close();
        }
    }

    @Test
    void aStreamWhoseClientIsGoneGivesItsPlaceToAnother() throws Exception {
        List<HttpResponse<InputStream>> open = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            open.add(events(""));
        }
        for (HttpResponse<InputStream> each : open) {
            each.body().close();
        }

        HttpResponse<InputStream> next = events("");
        while (next.statusCode() == 429) {
            next = events("");
        }

        assertEquals(200, next.statusCode());
        // nothing tells that a client is gone but writing to it
        assertTrue(client.cloud.lastPatience.compareTo(Duration.ofSeconds(1)) <= 0);
        next.body().close();
    }

    @Test
    void loginsThatNeverEndKeepNobodyOut() throws Exception {
        List<Socket> slow = new ArrayList<>();
        String begun = "POST " + Client.BASE + "/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 100\r\n\r\n{";
        for (int i = 0; i < 16; i++) {
            Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), client.server.http().getPort());
            socket.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
            slow.add(socket);
        }
        Client.Got refused = login();
        while (refused.status() == 201) {
            refused = login();
        }

        assertEquals(429, refused.status(), refused.text());
        assertEquals(200, client.get(Client.BASE + "/organizations").status());
        for (Socket socket : slow) {
            socket.close();
        }
        Client.Got welcome = login();
        while (welcome.status() == 429) {
            welcome = login();
        }
        assertEquals(201, welcome.status(), welcome.text());
    }

    private Client.Got login() {
        return client.post(
                Client.BASE + "/sessions", "{\"username\":\"ada@demo\",\"password\":\"right\"}", "Authorization", "");
    }

    /** Collects what a console prints. */
    private static final class Screen implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<String> wanted = new CompletableFuture<>();
        private final CompletableFuture<Integer> ended = new CompletableFuture<>();
        private final String until;

        Screen(String until) {
            this.until = until;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            text.append(StandardCharsets.UTF_8.decode(data));
            if (text.toString().contains(until)) {
                wanted.complete(text.toString());
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            ended.complete(status);
            return null;
        }
    }

    @Test
    void aConsoleIsAWebSocketThatCarriesBytesBothWays() throws Exception {
        Screen screen = new Screen("root\n");
        WebSocket socket = http.newWebSocketBuilder()
                .buildAsync(console("good%20ticket"), screen)
                .get(10, TimeUnit.SECONDS);

        socket.sendBinary(ByteBuffer.wrap("root\n".getBytes(StandardCharsets.UTF_8)), true)
                .get(10, TimeUnit.SECONDS);

        assertEquals("hello root\n", screen.wanted.get(10, TimeUnit.SECONDS));
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(10, TimeUnit.SECONDS);
    }

    @Test
    void aConsoleEndsForWhoMayNotUseItAnyMore() throws Exception {
        Screen screen = new Screen("hello");
        http.newWebSocketBuilder().buildAsync(console("good%20ticket"), screen).get(10, TimeUnit.SECONDS);
        screen.wanted.get(10, TimeUnit.SECONDS);

        client.cloud.revoked.add("console");

        assertEquals(1008, screen.ended.get(10, TimeUnit.SECONDS));
    }

    @Test
    void aConsoleWithoutAGoodTicketIsRefused() {
        for (String ticket : List.of("used", "")) {
            CompletionException failure = org.junit.jupiter.api.Assertions.assertThrows(
                    CompletionException.class, () -> http.newWebSocketBuilder()
                            .buildAsync(console(ticket), new Screen("x"))
                            .join());

            assertEquals(
                    409,
                    ((WebSocketHandshakeException) failure.getCause())
                            .getResponse()
                            .statusCode());
        }
    }

    @Test
    void aConsoleAddressIsGivenOutWithItsTicket() {
        Client.Got got = client.send("POST", SERVER + "/console", java.util.Optional.empty());

        assertEquals(201, got.status(), got.text());
        assertEquals(
                client.server.http().toString().replace("http", "ws") + SERVER + "/console?ticket=s3cret-shown-once",
                got.json().get("url").asText());
        assertEquals(426, client.get(SERVER + "/console?ticket=x").status());
        assertEquals("login: ", client.get(SERVER + "/console/log").text());
    }

    private URI console(String ticket) {
        return URI.create(client.server.http().toString().replace("http", "ws") + SERVER + "/console?ticket=" + ticket);
    }
}
