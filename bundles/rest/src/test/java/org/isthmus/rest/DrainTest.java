// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.isthmus.api.operation.OperationState;
import org.isthmus.api.server.Servers.StartServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A controller that is stopped leaves without a request lost. */
@Timeout(30)
final class DrainTest {
    private static final Duration NO_NOTICE = Duration.ZERO;

    @TempDir
    Path folder;

    private Client client;

    @BeforeEach
    void start() throws IOException {
        client = new Client(folder);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
    }

    @Test
    void itSaysThatItLeavesAndAnswersMeanwhileAndClosesEachConnectionAfterItsAnswer() {
        assertEquals(200, client.get("/readyz").status());
        assertEquals("", client.get("/healthz").header("Connection"));
        Thread leaving = new Thread(() -> client.server.leave(Duration.ofMinutes(1)), "leaving");
        leaving.start();
        try {
            Client.Got ready = client.get("/readyz");
            while (ready.status() == 200) {
                ready = client.get("/readyz");
            }

            assertEquals(503, ready.status());
            assertTrue(ready.text().contains("this controller is being stopped"), ready::text);
            Client.Got answer = client.get(Client.BASE + "/organizations");
            assertEquals(200, answer.status());
            assertEquals("close", answer.header("Connection"));
        } finally {
            leaving.interrupt();
        }
    }

    @Test
    void streamsAndWaitingEndWithAWholeAnswerAndThenNobodyComesIn() throws Exception {
        client.cloud.gate.takingTime.add(StartServer.class);
        client.cloud.operationState = OperationState.RUNNING;
        HttpClient http = HttpClient.newHttpClient();
        URI root = client.server.http();
        HttpResponse<InputStream> stream = http.send(
                HttpRequest.newBuilder(URI.create(root + Client.BASE + "/events"))
                        .header("Authorization", "Bearer " + FakeCloud.MEMBER)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        CompletableFuture<Client.Got> waiting = CompletableFuture.supplyAsync(
                () -> client.post(Client.BASE + "/organizations/demo/servers/web-1/start", "{}", "Prefer", "wait=60"));
        client.cloud.awaitSomebodyWaiting();

        client.server.leave(NO_NOTICE);

        assertEquals(202, waiting.get().status());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
            // a stream that was cut off would throw
            assertTrue(lines.lines().allMatch(line -> line.isEmpty() || line.startsWith(":")));
        }
        assertThrows(IOException.class, () -> new Socket(root.getHost(), root.getPort()).close());
    }
}
