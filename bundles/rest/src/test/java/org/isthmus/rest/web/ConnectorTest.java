// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.AbstractHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.isthmus.rest.tls.SelfSigned;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ConnectorTest {
    private static final Duration LONGEST = Duration.ofSeconds(1);
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private final Server server = new Server();
    private Connector connector;

    @BeforeEach
    void aServerThatAnswersEverything() throws Exception {
        connector =
                new Connector(server, new Connections(Connections.Most.DEFAULT), LONGEST, new HttpConnectionFactory());
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new AbstractHandler() {
            @Override
            public void handle(String target, Request base, HttpServletRequest request, HttpServletResponse response) {
                base.setHandled(true);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    private Socket connected() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort());
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void answered(Socket socket) throws IOException {
        long began = System.nanoTime();
        send(socket, REQUEST);
        byte[] start = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
        assertEquals("HTTP/1.1 200", new String(start, StandardCharsets.US_ASCII));
        InputStream rest = socket.getInputStream();
        while (rest.available() > 0 && rest.read() >= 0) {
            // the header's end; there is no body
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertTrue(took.compareTo(Duration.ofSeconds(2)) < 0, () -> "answered after " + took);
    }

    /** Sends it a byte at a time, until the server hangs up; gives how long that took. */
    private static Duration dribbled(Socket socket, Socket honest) throws IOException {
        long began = System.nanoTime();
        try {
            while (true) {
                send(socket, "x");
                answered(honest);
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        } catch (IOException closed) {
            return Duration.ofNanos(System.nanoTime() - began);
        }
    }

    @Test
    void aHeaderThatDoesNotEndIsHungUpOnAndSlowsNobody() throws IOException {
        try (Socket slow = connected();
                Socket slowLater = connected();
                Socket quiet = connected();
                Socket honest = connected()) {
            answered(quiet);
            answered(slowLater);
            send(slow, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ");
            send(slowLater, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ");

            Duration first = dribbled(slow, honest);
            Duration second = dribbled(slowLater, honest);

            assertTrue(first.compareTo(LONGEST.multipliedBy(5)) < 0, first::toString);
            assertTrue(second.compareTo(LONGEST.multipliedBy(5)) < 0, second::toString);
            answered(quiet);
        }
    }

    @Test
    void whoHasAllThatAnAddressMayHaveIsHungUpOnUntilOneOfThemEnds() throws Exception {
        Connector small = new Connector(
                server,
                new Connections(new Connections.Most(16, 8)),
                Duration.ofSeconds(50),
                new HttpConnectionFactory());
        small.setHost("127.0.0.1");
        server.addConnector(small);
        small.start();
        Deque<Socket> open = new ArrayDeque<>();
        try {
            for (int i = 0; i < 8; i++) {
                open.add(new Socket(InetAddress.getLoopbackAddress(), small.getLocalPort()));
                answered(open.getLast());
            }

            assertFalse(isAnswered(small), "a ninth");
            answered(open.getFirst());

            open.removeFirst().close();
            while (!isAnswered(small)) {
                // the server has not heard of its end yet
                LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
            }
        } finally {
            for (Socket each : open) {
                each.close();
            }
        }
    }

    private static boolean isAnswered(Connector connector) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
            send(socket, REQUEST);
            return socket.getInputStream().read() >= 0;
        } catch (IOException hungUp) {
            return false;
        }
    }

    @Test
    void aConnectionThatSaysNothingIsHungUpOn() throws IOException {
        try (Socket silent = connected()) {
            assertEquals(-1, silent.getInputStream().read());
        }
    }

    @Test
    void aTlsHandshakeThatDoesNotEndIsHungUpOnAndSlowsNobody(@TempDir Path folder) throws Exception {
        SelfSigned.Made made = SelfSigned.ensure(folder, Clock.systemUTC());
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setKeyStore(made.keyStore());
        context.setKeyStorePassword(made.password().reveal());
        Connector secure = new Connector(
                server,
                new Connections(Connections.Most.DEFAULT),
                LONGEST,
                new SslConnectionFactory(context, "http/1.1"),
                new HttpConnectionFactory());
        secure.setHost("127.0.0.1");
        server.addConnector(secure);
        secure.start();
        try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), secure.getLocalPort());
                Socket honest = connected()) {
            // a record of TLS that says it is long
            slow.getOutputStream().write(new byte[] {0x16, 0x03, 0x01, 0x20, 0x00});

            Duration first = dribbled(slow, honest);

            assertTrue(first.compareTo(LONGEST.multipliedBy(5)) < 0, first::toString);
        }
    }
}
