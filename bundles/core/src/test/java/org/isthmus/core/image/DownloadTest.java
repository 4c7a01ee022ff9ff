// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.isthmus.core.Cloud;
import org.isthmus.core.image.Download.Away;
import org.isthmus.core.image.Download.Pace;
import org.isthmus.core.outward.Outward;
import org.isthmus.core.outward.Watch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How slow a server may be from which an image is fetched. */
@Timeout(20)
final class DownloadTest {
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final byte[] FILE = "a disk".getBytes(StandardCharsets.US_ASCII);

    private final Watch watch = new Watch("isthmus-test-watch");
    private final ServerSocket server = open();

    private static ServerSocket open() {
        try {
            return new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void close() throws IOException {
        watch.close();
        server.close();
    }

    /** Says this to one who connects, and then nothing. */
    private void says(String text) {
        Thread thread = new Thread(
                () -> {
                    try (Socket socket = server.accept()) {
                        OutputStream out = socket.getOutputStream();
                        out.write(text.getBytes(StandardCharsets.US_ASCII));
                        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        // the other side has ended it
                    }
                },
                "server");
        thread.setDaemon(true);
        thread.start();
    }

    private Download.Part part(String scheme, Pace pace) throws IOException {
        String url = scheme + "://127.0.0.1:" + server.getLocalPort() + "/";
        return new Download(new Outward(Cloud.AROUND), pace).open(url, Optional.empty(), 0, watch.line());
    }

    private void lateHead(String scheme) {
        IOException late = assertThrows(Away.class, () -> part(scheme, new Pace(SHORT, LONG, 1)));
        assertEquals("There was no answer within 0 seconds.", late.getMessage());
    }

    @Test
    void anAnswerThatDoesNotBeginInTimeIsGivenUp() {
        says("");

        lateHead("http");
    }

    @Test
    void anEncryptedConnectionThatDoesNotComeAboutInTimeIsGivenUp() {
        says("");

        lateHead("https");
    }

    @Test
    void aFileThatStopsIsGivenUp() throws IOException {
        says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na disk");

        try (Download.Part part = part("http", new Pace(LONG, SHORT, 100))) {
            IOException late = assertThrows(Away.class, () -> read(part, 100));
            assertTrue(late.getMessage().startsWith("It is too slow"), late.getMessage());
        }
    }

    private static byte[] read(Download.Part part, int bytes) throws IOException {
        InputStream body = part.body();
        byte[] read = new byte[bytes];
        assertEquals(bytes, body.readNBytes(read, 0, bytes));
        return read;
    }

    @Test
    void aFileThatComesFastEnoughComesWhole() throws IOException {
        says("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\na disk");

        try (Download.Part part = part("http", new Pace(LONG, LONG, 2))) {
            assertArrayEquals(FILE, read(part, FILE.length));
        }
    }

    @Test
    void whoeverClosesTheLineEndsTheReading() throws Exception {
        says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na disk");
        Watch.Line line = watch.line();
        String url = "http://127.0.0.1:" + server.getLocalPort() + "/";
        Download.Part part =
                new Download(new Outward(Cloud.AROUND), new Pace(LONG, LONG, 100)).open(url, Optional.empty(), 0, line);
        read(part, FILE.length);
        Thread closing = new Thread(line::close, "closing");

        closing.start();

        assertThrows(Away.class, () -> read(part, 1));
        closing.join();
        assertThrows(SocketException.class, () -> line.socket().setSoTimeout(1));
    }
}
