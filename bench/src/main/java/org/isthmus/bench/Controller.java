// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A controller of the assembly, as {@code ./isthmus up} runs it, with a folder and ports of its own. */
final class Controller implements AutoCloseable {
    private static final long START_SECONDS = 150;
    private static final long STOP_SECONDS = 60;
    private static final long KIB_IN_MIB = 1024;
    /** Microseconds of one tick in {@code /proc/PID/stat}: USER_HZ is 100 on every Linux that Java runs on. */
    private static final double TICK_MICROS = 10_000;

    private final Path home;
    private final Path base;
    private final int port;
    private java.lang.Process process;

    private Controller(Path home, Path base, int port) {
        this.home = home;
        this.base = base;
        this.port = port;
    }

    /** One that was never started; what its folder had is deleted. */
    static Controller fresh(Path home, Path base, Database database) {
        Folders.delete(base);
        database.empty();
        try {
            Files.createDirectories(base.resolve("data/log"));
            Files.createDirectories(base.resolve("data/tmp"));
            try (Stream<Path> all = Files.walk(home.resolve("etc"))) {
                for (Path each : all.toList()) {
                    Files.copy(
                            each,
                            base.resolve("etc").resolve(home.resolve("etc").relativize(each)));
                }
            }
            List<Integer> ports = ports(3);
            Controller made = new Controller(home, base, ports.get(0));
            made.configure(
                    "org.isthmus.rest",
                    Map.of(
                            "http.port",
                            ports.get(0).toString(),
                            "https.port",
                            ports.get(1).toString()));
            made.configure(
                    "org.apache.karaf.shell", Map.of("sshPort", ports.get(2).toString()));
            made.configure("org.isthmus.store", database.settings());
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Integer> ports(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        }
        List<Integer> ports = new ArrayList<>();
        for (ServerSocket each : held) {
            ports.add(each.getLocalPort());
            each.close();
        }
        return ports;
    }

    private void configure(String pid, Map<String, String> settings) throws IOException {
        Path file = base.resolve("etc").resolve(pid + ".cfg");
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        settings.forEach((key, value) -> {
            lines.removeIf(line -> line.startsWith(key + " "));
            lines.add(key + " = " + value);
        });
        Files.write(file, lines);
    }

    /**
     * Starts it; returns the seconds until it answered a request that reads the database: a login with a wrong password,
     * which is refused for that reason and no other.
     */
    double start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(home.resolve("bin/karaf").toString(), "daemon");
        Map<String, String> environment = builder.environment();
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("KARAF_HOME", home.toString());
        environment.put("KARAF_BASE", base.toString());
        environment.put("KARAF_DATA", base.resolve("data").toString());
        environment.put("KARAF_ETC", base.resolve("etc").toString());
        environment.put("KARAF_LOG", base.resolve("data/log").toString());
        environment.put("KARAF_OPTS", "-Dkaraf.instances=" + base.resolve("data/instances"));
        environment.put("CHECK_ROOT_INSTANCE_RUNNING", "false");
        builder.directory(base.toFile());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(
                base.resolve("data/log/console.out").toFile()));
        long begun = System.nanoTime();
        process = builder.start();
        process.getOutputStream().close();
        try (Wire wire = new Wire(port, "")) {
            byte[] login = wire.json(
                    "POST",
                    "/api/v1/sessions",
                    "Connection: close\r\n",
                    "{\"username\":\"nobody@platform\",\"password\":\"nothing\"}");
            while (true) {
                if (status(wire, login) == 401) {
                    return (System.nanoTime() - begun) / 1e9;
                }
                if (!process.isAlive() || System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(START_SECONDS)) {
                    process.destroyForcibly();
                    throw new IllegalStateException("The controller does not start; its log is in " + base);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    private static int status(Wire wire, byte[] request) throws IOException {
        try {
            return wire.send(request).status();
        } catch (IOException e) {
            // not listening yet
            wire.close();
            return 0;
        }
    }

    int port() {
        return port;
    }

    Path base() {
        return base;
    }

    /** CPU time of its process so far, in µs. */
    double cpuMicros() throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(jvm()), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MICROS;
    }

    /** What its process has in memory, in MB. */
    double residentMegabytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(jvm()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / (double) KIB_IN_MIB;
            }
        }
        throw new IllegalStateException("No VmRSS of the controller");
    }

    /** The script's process becomes the JVM, or has it as a child. */
    private long jvm() {
        return process.toHandle()
                .descendants()
                .filter(child -> child.info().command().orElse("").endsWith("java"))
                .findFirst()
                .orElse(process.toHandle())
                .pid();
    }

    void stop() {
        if (process == null || !process.isAlive()) {
            return;
        }
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroy);
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                all.forEach(ProcessHandle::destroyForcibly);
            }
            for (ProcessHandle each : all) {
                each.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("The controller does not end", e);
        }
    }

    @Override
    public void close() {
        stop();
        Folders.delete(base);
    }
}
