// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Processes of OVS and OVN of a test's own, in a directory of its own, ended with it. Needs no rights. */
final class Daemons implements AutoCloseable {
    private static final List<Path> PLACES =
            List.of(Path.of("/usr/sbin"), Path.of("/usr/bin"), Path.of("/bin"), Path.of("/usr/local/bin"));

    private final Path directory;
    private final List<Process> running = new ArrayList<>();

    private Daemons(Path directory) {
        this.directory = directory;
    }

    /** Skips the test where a program is missing, saying which. */
    static Daemons start(String... programs) {
        for (String program : programs) {
            Assumptions.assumeTrue(
                    program(program).isPresent(),
                    () -> program + " is not installed here: install ovn-central, ovn-host and openvswitch-switch.");
        }
        try {
            Path target = Path.of("target").toAbsolutePath();
            // a socket's path has 107 characters at most
            Path directory = target.toString().length() < 60
                    ? Files.createTempDirectory(Files.createDirectories(target.resolve("ovn")), "")
                    : Files.createTempDirectory("isthmus-ovn");
            Daemons daemons = new Daemons(directory);
            Runtime.getRuntime().addShutdownHook(new Thread(daemons::kill));
            return daemons;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Path> program(String name) {
        return PLACES.stream()
                .map(place -> place.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a program to its end and answers what it printed; fails the test when it fails. */
    String run(String... command) {
        return run(Map.of(), command);
    }

    String run(Map<String, String> environment, String... command) {
        try {
            Process process =
                    builder(environment, command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Assertions.assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> command[0] + " hangs");
            Assertions.assertEquals(0, process.exitValue(), () -> String.join(" ", command) + ": " + output);
            return output.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts a program that goes on until it is killed. */
    Process spawn(Map<String, String> environment, String... command) {
        try {
            Process process = builder(environment, command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            path(command[0] + ".out").toFile()))
                    .start();
            running.add(process);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProcessBuilder builder(Map<String, String> environment, String... command) {
        List<String> words = new ArrayList<>(List.of(command));
        words.set(0, program(command[0]).orElseThrow().toString());
        ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
        builder.environment().putAll(environment);
        return builder;
    }

    /** Waits until it is so; fails saying what for. */
    static void until(String what, Duration atMost, BooleanSupplier condition) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            Assertions.assertTrue(System.nanoTime() < end, () -> "Not within " + atMost + ": " + what);
            java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(10).toNanos());
        }
    }

    void untilExists(String name) {
        until(name + " exists", Duration.ofSeconds(20), () -> Files.exists(path(name)));
    }

    private void kill() {
        running.forEach(Process::destroyForcibly);
    }

    @Override
    public void close() {
        kill();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Process process : running) {
                process.waitFor(5, TimeUnit.SECONDS);
            }
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
