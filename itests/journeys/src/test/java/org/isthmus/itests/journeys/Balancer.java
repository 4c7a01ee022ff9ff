// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** HAProxy before several controllers: it passes on bytes, and asks /readyz who takes any. */
final class Balancer implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/sbin/haproxy");
    private static final Duration NOTICED = Duration.ofSeconds(20);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process process;
    private final int port;
    private final int status;

    static boolean installed() {
        return Files.isExecutable(PROGRAM);
    }

    Balancer(List<Controller> controllers) {
        Path file = Assembly.work().resolve("haproxy.cfg");
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = one.getLocalPort();
            status = two.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            Files.writeString(file, configuration(controllers));
            process = new ProcessBuilder(PROGRAM.toString(), "-db", "-f", file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(Assembly.work().resolve("haproxy.log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What docs/guides/operator.md shows, over plain HTTP on one machine. */
    private String configuration(List<Controller> controllers) {
        StringBuilder text = new StringBuilder(
                """
                defaults
                  mode tcp
                  timeout connect 2s
                  timeout check 5s
                  timeout client 2m
                  timeout server 2m
                  retries 3
                  option redispatch
                listen isthmus
                  bind 127.0.0.1:%d
                  balance leastconn
                  option httpchk GET /readyz
                  http-check expect status 200
                  default-server check inter 500ms fall 2 rise 2
                """
                        .formatted(port));
        IntStream.range(0, controllers.size())
                .forEach(i -> text.append("  server c%d 127.0.0.1:%d%n"
                        .formatted(i, controllers.get(i).httpPort())));
        text.append(
                """
                listen status
                  bind 127.0.0.1:%d
                  mode http
                  stats enable
                  stats uri /
                """
                        .formatted(status));
        return text.toString();
    }

    URI root() {
        return URI.create("http://127.0.0.1:" + port + "/");
    }

    /** Returns when it sends requests to this many controllers. */
    void awaitServing(int wanted) {
        Waiting.untilTrue("the balancer serves " + wanted + " controllers", NOTICED, () -> serving() == wanted);
    }

    private long serving() {
        return servers().stream().filter(server -> server[17].equals("UP")).count();
    }

    /** What it thinks of each: up or down, and how its last question was answered. */
    @Override
    public String toString() {
        return "the balancer: "
                + servers().stream()
                        .map(server -> server[1] + " is " + server[17] + ", last check " + server[36] + " in "
                                + server[38] + " ms")
                        .collect(Collectors.joining("; "));
    }

    /** The fields of its own report on each. */
    private List<String[]> servers() {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + status + "/;csv"))
                .build();
        try {
            String csv =
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            return Arrays.stream(csv.split("\n"))
                    .filter(line -> line.matches("isthmus,c\\d.*"))
                    .map(line -> line.split(","))
                    .toList();
        } catch (IOException e) {
            return List.of(); // it has not begun yet
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                throw new AssertionError("HAProxy does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
