// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a provider's machine may do to whoever asks it. */
final class HttpWireTest {
    private final AtomicInteger secrets = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpWire wire = new HttpWire(true);
    private final HttpWire hurried = new HttpWire(true, Duration.ofMillis(700));
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/json", on -> answer(on, 200, "{\"a\":1}"));
        server.createContext("/secret", on -> {
            secrets.incrementAndGet();
            answer(on, 200, "{}");
        });
        server.createContext("/redirect", on -> {
            on.getResponseHeaders().add("Location", at("/secret").toString());
            answer(on, 302, "");
        });
        server.createContext("/large", on -> answer(on, 200, "x".repeat(Wire.MOST_BYTES + 1)));
        server.createContext("/endless", on -> {
            on.sendResponseHeaders(200, 0);
            try (OutputStream out = on.getResponseBody()) {
                while (over.getCount() > 0) {
                    out.write(new byte[8192]);
                }
            }
        });
        server.createContext("/slow", on -> {
            on.sendResponseHeaders(200, 10);
            on.getResponseBody().write('1');
            on.getResponseBody().flush();
            awaitEnd();
        });
        server.createContext("/silent", on -> awaitEnd());
        server.start();
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void anAnswerIsRead() {
        Wire.Fetched answer = wire.get(at("/json"), Map.of());

        assertEquals(200, answer.status());
        assertEquals(Map.of("a", 1), answer.json(Refusal.ANSWER));
    }

    @Test
    void aRedirectIsNotFollowed() {
        assertEquals(Refusal.REDIRECTED, refusal("/redirect"));
        assertEquals(0, secrets.get());
    }

    @Test
    void anAnswerThatIsTooLargeIsNotReadToItsEnd() {
        assertEquals(Refusal.OVERSIZE, refusal("/large"));
        assertEquals(Refusal.OVERSIZE, refusal("/endless"));
    }

    @Test
    void anAnswerThatDoesNotEndHoldsNobody() {
        assertEquals(Refusal.UNREACHABLE, refusal(hurried, "/slow"));
        assertEquals(Refusal.UNREACHABLE, refusal(hurried, "/silent"));
    }

    @Test
    void onlyTheOperatorLetsThisVeryMachineBeAsked() {
        HttpWire shipped = new HttpWire(false);

        assertEquals(
                Refusal.ADDRESS,
                assertThrows(Untrusted.class, () -> shipped.get(at("/secret"), Map.of()))
                        .refusal());
        for (String address : new String[] {
            "https://127.0.0.1/",
            "https://localhost/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://0.0.0.0/",
            "https://[::ffff:127.0.0.1]/",
            "https://2130706433/"
        }) {
            assertEquals(
                    Refusal.ADDRESS,
                    assertThrows(Untrusted.class, () -> shipped.get(URI.create(address), Map.of()), address)
                            .refusal(),
                    address);
        }
        assertEquals(0, secrets.get());
    }

    @Test
    void plainHttpIsForThisMachineAloneAndOtherSchemesForNobody() {
        for (String address : new String[] {
            "http://192.0.2.1/",
            "http://169.254.169.254/",
            "file:///etc/passwd",
            "jar:file:///x!/y",
            "ftp://192.0.2.1/",
            "https://user@192.0.2.1/",
            "https:///x"
        }) {
            assertEquals(
                    Refusal.ADDRESS,
                    assertThrows(Untrusted.class, () -> wire.get(URI.create(address), Map.of()), address)
                            .refusal(),
                    address);
        }
    }

    @Test
    void whatARefusalSaysIsOneShortLine() {
        Untrusted long_ = new Untrusted(Refusal.DENIED, "a\r\nb" + "c".repeat(1_000));

        assertTrue(long_.getMessage().length() < 300);
        assertTrue(long_.getMessage().contains("a??b"));
    }

    private Refusal refusal(String path) {
        return refusal(wire, path);
    }

    private Refusal refusal(HttpWire by, String path) {
        return assertThrows(Untrusted.class, () -> by.get(at(path), Map.of())).refusal();
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private void awaitEnd() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(HttpExchange on, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        on.getResponseHeaders().add("Content-Type", "application/json; charset=utf-8");
        on.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        try (OutputStream out = on.getResponseBody()) {
            out.write(bytes);
        }
    }
}
