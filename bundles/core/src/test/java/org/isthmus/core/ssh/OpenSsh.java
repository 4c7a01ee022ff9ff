// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The real ssh-keygen, as judge; tests that need it are skipped where it is not. */
public final class OpenSsh {
    private final Path directory;

    /** In a directory of the test's. */
    public OpenSsh(Path directory) {
        this.directory = directory;
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/ssh-keygen")), "There is no ssh-keygen to judge certificates.");
    }

    /** The public key of a new pair. */
    public String key(String name, String... kind) {
        List<String> arguments = new ArrayList<>(List.of("-q", "-N", "", "-C", name, "-f", path(name)));
        arguments.addAll(List.of(kind));
        keygen(arguments);
        return text(name + ".pub");
    }

    /** What a certificate says; fails when its signature is not good. */
    public String look(String certificate) {
        return keygen(List.of("-L", "-f", written("look-cert.pub", certificate)));
    }

    /** The fingerprint of a public key. */
    public String fingerprint(String key) {
        return keygen(List.of("-l", "-f", written("look.pub", key))).split(" ")[1];
    }

    private String written(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text + "\n").toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private String text(String name) {
        try {
            return Files.readString(directory.resolve(name)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String keygen(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/ssh-keygen"));
        command.addAll(arguments);
        ProcessBuilder program = new ProcessBuilder(command).redirectErrorStream(true);
        // times as they are in the certificate
        program.environment().put("TZ", "UTC");
        try {
            Process process = program.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(command + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
