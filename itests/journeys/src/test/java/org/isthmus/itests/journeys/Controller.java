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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One controller: a Karaf process of the assembly with a KARAF_BASE and ports of its own. It can be stopped, killed and
 * started again on what it left behind.
 */
final class Controller implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(150);
    private static final Duration STOP = Duration.ofSeconds(40);
    private static final int TAIL = 80;

    private final String name;
    private final Path base;
    private final int http;
    private final int https;
    private final int ssh;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private Process process;

    private Controller(String name, Path base, int[] ports) {
        this.name = name;
        this.base = base;
        this.http = ports[0];
        this.https = ports[1];
        this.ssh = ports[2];
    }

    /** A controller that was never started. */
    static Controller fresh(String name) {
        Path base = Assembly.work().resolve("controllers").resolve(name);
        Assembly.delete(base);
        Controller controller = new Controller(name, base, freePorts());
        try {
            Files.createDirectories(base.resolve("data/log"));
            Files.createDirectories(base.resolve("data/tmp"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Assembly.copy(Assembly.home().resolve("etc"), base.resolve("etc"));
        controller.configure(
                "org.isthmus.rest",
                Map.of(
                        "http.port",
                        Integer.toString(controller.http),
                        "https.port",
                        Integer.toString(controller.https)));
        // stories are refused more often than an address normally is, and count every refusal
        controller.configure("org.isthmus.audit", Map.of("refusals.per.minute", "10000"));
        // every account of a story was made a moment ago, and by one and the same administrator
        controller.configure("org.isthmus.core", Map.of("approvals.apart", "PT0S"));
        controller.configure("org.isthmus.identity", Map.of("keys.apart", "PT0S"));
        // nobody there to turn to another controller
        controller.configure("org.isthmus.rest", Map.of("shutdown.notice", "PT0S"));
        controller.configure("org.apache.karaf.shell", Map.of("sshPort", Integer.toString(controller.ssh)));
        return controller;
    }

    /** Ports nobody has at this moment, all held at once so that they differ. */
    private static int[] freePorts() {
        List<ServerSocket> held = new ArrayList<>();
        try {
            int[] ports = new int[3];
            for (int i = 0; i < ports.length; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
                ports[i] = held.get(i).getLocalPort();
            }
            for (ServerSocket socket : held) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets lines of {@code etc/<pid>.cfg}; a running controller sees the file change at once, as a whole. */
    void configure(String pid, Map<String, String> settings) {
        Path file = base.resolve("etc").resolve(pid + ".cfg");
        try {
            List<String> lines = new ArrayList<>(Files.exists(file) ? Files.readAllLines(file) : List.of());
            lines.removeIf(line -> settings.keySet().stream()
                    .anyMatch(key -> line.matches("\\s*" + key.replace(".", "\\.") + "\\s*[=:].*")));
            settings.forEach((key, value) -> lines.add(key + " = " + value));
            Path next = base.resolve("data/tmp").resolve(pid + ".next");
            Files.write(next, lines);
            Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it and returns when it is ready. */
    Controller start() {
        launch();
        try {
            awaitReady();
        } catch (AssertionError notReady) {
            // nobody else would end it
            kill();
            throw notReady;
        }
        return this;
    }

    private void launch() {
        if (running()) {
            throw new IllegalStateException(name + " runs already");
        }
        Path home = Assembly.home();
        ProcessBuilder builder = new ProcessBuilder(home.resolve("bin/karaf").toString(), "daemon");
        Map<String, String> environment = builder.environment();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("KARAF_HOME", home.toString());
        environment.put("KARAF_BASE", base.toString());
        environment.put("KARAF_DATA", base.resolve("data").toString());
        environment.put("KARAF_ETC", base.resolve("etc").toString());
        environment.put("KARAF_LOG", base.resolve("data/log").toString());
        // several controllers share one home: each has its own list of instances, and does not look for the others
        // and what only soft references hold goes at each full collection, so that leaks can be told from caches
        environment.put(
                "KARAF_OPTS", "-Dkaraf.instances=" + base.resolve("data/instances") + " -XX:SoftRefLRUPolicyMSPerMB=0");
        environment.put("CHECK_ROOT_INSTANCE_RUNNING", "false");
        builder.directory(base.toFile());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(console().toFile()));
        try {
            process = builder.start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReady() {
        HttpRequest request = HttpRequest.newBuilder(http("/readyz"))
                .timeout(Duration.ofSeconds(5))
                .build();
        Waiting.untilTrue(name + " is ready", START, () -> {
            if (!process.isAlive()) {
                throw new AssertionError(name + " ended while it started:\n" + logTail());
            }
            try {
                return client.send(request, HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200;
            } catch (IOException e) {
                return false; // not listening yet
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("Interrupted", e);
            }
        });
    }

    boolean running() {
        return process != null && process.isAlive();
    }

    /** Its virtual machine's process, not that of the script that started it. */
    long pid() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .filter(each -> each.info().command().orElse("").endsWith("java"))
                .findFirst()
                .orElseThrow()
                .pid();
    }

    /** As kill -9 does: at once, whatever it is doing. */
    void kill() {
        ended(true);
    }

    /** It does nothing for this long, as on a machine that is busy with something else. */
    void stall(Duration time) {
        signal("STOP");
        Waiting.pass(time);
        signal("CONT");
    }

    private void signal(String which) {
        try {
            int code = new ProcessBuilder("kill", "-" + which, Long.toString(pid()))
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new AssertionError("kill -" + which + " of " + name + " ended with " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    /** Asks it to end, as an operator does. */
    void stop() {
        ended(false);
    }

    /** Returns when it has ended by itself. */
    void awaitEnd(Duration longest) {
        Waiting.untilTrue(name + " ends by itself", longest, () -> !running());
    }

    private void ended(boolean forcibly) {
        if (!running()) {
            return;
        }
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(forcibly ? ProcessHandle::destroyForcibly : ProcessHandle::destroy);
        try {
            if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                all.forEach(ProcessHandle::destroyForcibly);
                throw new AssertionError(name + " did not end within " + STOP + ":\n" + logTail());
            }
            Waiting.untilTrue(name + " is gone", STOP, () -> all.stream().noneMatch(ProcessHandle::isAlive));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    @Override
    public void close() {
        kill();
    }

    URI http(String path) {
        return URI.create("http://127.0.0.1:" + http + path);
    }

    int httpPort() {
        return http;
    }

    int httpsPort() {
        return https;
    }

    int sshPort() {
        return ssh;
    }

    @Override
    public String toString() {
        return name;
    }

    /** A file or folder of its KARAF_BASE. */
    Path file(String path) {
        return base.resolve(path);
    }

    private Path console() {
        return base.resolve("data/log/console.out");
    }

    String log() {
        return read(base.resolve("data/log/karaf.log"));
    }

    /** The end of what it logged, for whoever must find out why a test failed. */
    String logTail() {
        return "--- " + name + ": the end of console.out\n" + tail(read(console())) + "\n--- " + name
                + ": the end of karaf.log\n" + tail(log()) + "\n---";
    }

    private static String tail(String text) {
        List<String> lines = text.lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size()));
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            return "(unreadable: " + e + ")";
        }
    }
}
