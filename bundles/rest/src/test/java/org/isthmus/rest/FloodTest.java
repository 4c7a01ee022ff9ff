// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One client floods; another does not notice much. */
@Timeout(60)
final class FloodTest {
    private static final String PATH = Client.BASE + "/organizations/demo/servers";
    private static final int CONNECTIONS = 200;
    private static final int ROUNDS = 3;
    private static final int ASKED = 60;
    /** More than there are threads. */
    private static final int UNREADING = RestServer.MAX_THREADS + 50;

    private static final int UNREAD = 60;
    /** Rounds, in which every thread there was used to get stuck. */
    private static final int UNREAD_FOR = 300;

    private static final String LOGIN = "{\"username\":\"ann@demo\",\"password\":\"right\"}";

    @TempDir
    Path folder;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger flooded = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
    private Client client;

    @BeforeEach
    void start() throws IOException {
        client = new Client(folder);
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : List.copyOf(sockets)) {
            socket.close();
        }
        threads.shutdownNow();
        client.close();
    }

    private String flood(String authorization) {
        return "GET " + PATH + " HTTP/1.1\r\nHost: x\r\n" + authorization + "\r\n";
    }

    /** Asks again as soon as it is answered, until the socket is closed. */
    private void ask(String request, CountDownLatch begun) {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), client.server.http().getPort())) {
            sockets.add(socket);
            byte[] bytes = request.getBytes(StandardCharsets.US_ASCII);
            byte[] buffer = new byte[64 * 1024];
            InputStream in = socket.getInputStream();
            begun.countDown();
            int read = 0;
            while (read >= 0) {
                socket.getOutputStream().write(bytes);
                read = in.read(buffer);
                flooded.incrementAndGet();
                String first = new String(buffer, 0, Math.max(0, read), StandardCharsets.ISO_8859_1);
                if (first.startsWith("HTTP/1.1 429")) {
                    refused.incrementAndGet();
                    assertTrue(first.contains("Retry-After: 1"), first);
                }
            }
        } catch (IOException e) {
            // the end of the test
        }
    }

    private boolean othersAreAnsweredFirst(String member, List<String> rounds) throws Exception {
        int before = flooded.get();
        long began = System.nanoTime();
        List<Duration> took = new ArrayList<>();
        for (int i = 0; i < ASKED; i++) {
            long asked = System.nanoTime();
            assertEquals(200, client.get(PATH, "Authorization", member).status());
            took.add(Duration.ofNanos(System.nanoTime() - asked));
        }
        Collections.sort(took);
        // whatever this machine can: behind the flood, in the order of arrival, both would wait equally long
        Duration floods = Duration.ofNanos(System.nanoTime() - began)
                .multipliedBy(CONNECTIONS)
                .dividedBy(Math.max(1, flooded.get() - before));
        Duration most = took.get(ASKED * 95 / 100);
        rounds.add("95 of 100 answers came within " + most + ", those of the flood in " + floods);
        return most.multipliedBy(3).compareTo(floods) < 0;
    }

    private void whileFlooding(String authorization) throws Exception {
        String member = "Bearer " + FakeCloud.MEMBER;
        assertEquals(200, client.get(PATH).status());
        assertEquals(200, client.get(PATH, "Authorization", member).status());
        CountDownLatch begun = new CountDownLatch(CONNECTIONS);
        for (int i = 0; i < CONNECTIONS; i++) {
            threads.execute(() -> ask(flood(authorization), begun));
        }
        begun.await();

        // a round in which something else had the machine says nothing: one of a few must be right, in the order of
        // arrival
        // none would be
        List<String> rounds = new ArrayList<>();
        while (!othersAreAnsweredFirst(member, rounds)) {
            assertTrue(rounds.size() < ROUNDS, rounds::toString);
        }
        while (refused.get() == 0) {
            LockSupport.parkNanos(1_000_000); // in the end some of it is refused, or the test's time is over
        }
    }

    @Test
    void aUserWhoFloodsWaitsBehindHimself() throws Exception {
        whileFlooding("Authorization: Bearer " + FakeCloud.ADMIN + "\r\n");
    }

    @Test
    void strangersWhoFloodWaitBehindThemselves() throws Exception {
        whileFlooding("Authorization: Bearer invented\r\n");
    }

    /** Sends the header and the first byte of the body: before that, Jetty lets nobody work on it. */
    private Socket login(String from) throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), client.server.http().getPort(), InetAddress.getByName(from), 0);
        sockets.add(socket);
        String header = "POST " + Client.BASE + "/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + LOGIN.length() + "\r\n\r\n" + LOGIN.charAt(0);
        socket.getOutputStream().write(header.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String status(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes("HTTP/1.1 200".length()), StandardCharsets.US_ASCII);
    }

    /** The first of them that is answered, and how. */
    private static String firstStatus(List<Socket> some) throws IOException {
        while (true) {
            for (Socket socket : some) {
                if (socket.getInputStream().available() > 0) {
                    return status(socket);
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void loginsWhoseBodiesNeverComeKeepNobodyFromLoggingIn() throws IOException {
        List<Socket> held = new ArrayList<>();
        for (String from : List.of("127.0.0.2", "127.0.0.3", "127.0.0.4")) {
            List<Socket> own = new ArrayList<>();
            for (int i = 0; i < 17; i++) {
                own.add(login(from));
            }
            assertEquals("HTTP/1.1 429", firstStatus(own), "an address has sixteen places");
            own.removeIf(FloodTest::isAnswered);
            held.addAll(own);
        }

        Socket honest = login("127.0.0.1");
        assertEquals("HTTP/1.1 408", firstStatus(held), "one of those who have many gives way");
        honest.getOutputStream().write(LOGIN.substring(1).getBytes(StandardCharsets.US_ASCII));

        assertEquals("HTTP/1.1 201", status(honest));
    }

    private static boolean isAnswered(Socket socket) {
        try {
            return socket.getInputStream().available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks for much, many times over, and reads nothing of it. */
    private void askWithoutReading(String request) throws IOException {
        Socket socket = new Socket();
        sockets.add(socket);
        // what the two kernels hold between them is no concern of a thread
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), client.server.http().getPort()));
        socket.getOutputStream().write(request.repeat(UNREAD).getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void whoDoesNotReadAnswersTakesNoThreadFromOthers() throws IOException {
        String member = "Bearer " + FakeCloud.MEMBER;
        assertEquals(200, client.get(PATH).status());
        assertEquals(200, client.get(PATH, "Authorization", member).status());
        String request = "GET " + Client.BASE + "/openapi.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + FakeCloud.ADMIN + "\r\n\r\n";
        for (int i = 0; i < UNREADING; i++) {
            askWithoutReading(request);
        }

        for (int i = 0; i < UNREAD_FOR; i++) {
            assertEquals(200, client.get(PATH, "Authorization", member).status());
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }

        for (int i = 0; i < 8; i++) {
            // it keeps a thread
            assertEquals("HTTP/1.1 200", status(stream(member)));
        }
        assertEquals(200, client.get(PATH, "Authorization", member).status());
    }

    private Socket stream(String authorization) throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), client.server.http().getPort());
        sockets.add(socket);
        socket.setSoTimeout(2000);
        String request = "GET " + Client.BASE + "/events HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization
                + "\r\nAccept: text/event-stream\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }
}
