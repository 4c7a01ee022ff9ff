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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Client client;

    @BeforeEach
    void start() throws IOException {
        client = new Client(folder);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        threads.shutdownNow();
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

    private static final String LOGIN = "{\"username\":\"ada@demo\",\"password\":\"right\"}";

    /** The head of a POST, and as much of its body as is given. */
    private Socket posting(String path, String token, int length, String body) throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), client.server.http().getPort());
        String bearer = token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n";
        String request = "POST " + Client.BASE + path + " HTTP/1.1\r\nHost: x\r\n" + bearer
                + "Content-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n" + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** The head of the answer. */
    private static String answer(Socket socket) {
        try {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            StringBuilder head = new StringBuilder();
            for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
                head.append(line).append('\n');
            }
            return head.toString();
        } catch (IOException e) {
            return "broken: " + e.getMessage();
        }
    }

    /** Begins so many that never go on; the first answer that any of them gets. */
    private String firstAnswer(List<Socket> slow, int many, String path, String token, int length) throws Exception {
        List<CompletableFuture<String>> answers = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            Socket socket = posting(path, token, length, "{");
            slow.add(socket);
            answers.add(CompletableFuture.supplyAsync(() -> answer(socket), threads));
        }
        return (String) CompletableFuture.anyOf(answers.toArray(new CompletableFuture<?>[0]))
                .get(4, TimeUnit.SECONDS);
    }

    private static void closeAll(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void loginsThatNeverEndAreFewAndKeepNobodyOutWhoSendsTheirsInOneGo() throws Exception {
        List<Socket> slow = new ArrayList<>();

        String refused = firstAnswer(slow, 17, "/sessions", "", 100);

        assertTrue(refused.startsWith("HTTP/1.1 429"), refused);
        assertTrue(refused.contains("Connection: close"), refused);
        try (Socket quick = posting("/sessions", "", LOGIN.length(), LOGIN)) {
            assertTrue(answer(quick).startsWith("HTTP/1.1 201"));
        }
        closeAll(slow);
    }

    @Test
    void aLoginIsGivenUpAfterFiveSecondsAlsoWhenNothingMoreComes() throws Exception {
        try (Socket silent = posting("/sessions", "", 100, "{")) {
            String answer = answer(silent);

            assertTrue(answer.startsWith("HTTP/1.1 408"), answer);
            assertTrue(answer.contains("Connection: close"), answer);
        }
    }

    @Test
    void aLoginIsNoLongerThanALoginMayBe() {
        Client.Got got = client.post(
                Client.BASE + "/sessions", "{\"username\":\"" + "a".repeat(8192) + "\"}", "Authorization", "");

        assertEquals("too-large", got.type());
    }

    @Test
    void bodiesThatNeverEndHoldOnlyTheirOwnersPlaces() throws Exception {
        List<Socket> slow = new ArrayList<>();
        String body = "{\"name\":\"research\"}";

        String refused = firstAnswer(slow, 9, "/organizations/demo/departments", FakeCloud.MEMBER, 100);

        assertTrue(refused.startsWith("HTTP/1.1 429"), refused);
        assertTrue(refused.contains("Connection: close"), refused);
        try (Socket quick = posting("/organizations/demo/departments", FakeCloud.MEMBER, body.length(), body)) {
            assertTrue(answer(quick).startsWith("HTTP/1.1 201"));
        }
        closeAll(slow);
    }

    @Test
    void refusedBodiesThatNeverEndHoldOnlyTheirOwnersPlaces() throws Exception {
        List<Socket> slow = new ArrayList<>();

        // too large: refused without a look at it, but the client would not hear that before it has sent some
        String refused = firstAnswer(slow, 9, "/organizations/demo/departments", FakeCloud.MEMBER, 2_000_000);

        assertTrue(refused.startsWith("HTTP/1.1 413"), refused);
        assertTrue(refused.contains("Connection: close"), refused);
        closeAll(slow);
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
    void aConsoleTooManyIsRefusedBeforeItTakesTheLineFromAnybody() throws Exception {
        List<WebSocket> open = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            open.add(http.newWebSocketBuilder()
                    .buildAsync(console("good%20ticket"), new Screen("x"))
                    .get(10, TimeUnit.SECONDS));
        }

        CompletionException failure = org.junit.jupiter.api.Assertions.assertThrows(
                CompletionException.class, () -> http.newWebSocketBuilder()
                        .buildAsync(console("good%20ticket"), new Screen("x"))
                        .join());

        assertEquals(
                429,
                ((WebSocketHandshakeException) failure.getCause()).getResponse().statusCode());
        assertEquals(8, client.cloud.consolesOpened.get());
        open.forEach(WebSocket::abort);
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
