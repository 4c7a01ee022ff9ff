// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.hosts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end. */
public final class Program {
    private Program() {}

    /** What a program printed on both streams, and how it ended. */
    public record Ended(String command, int code, String output) {
        /** The output of a program that ended well; it is an error when it did not. */
        public String well() {
            if (code != 0) {
                throw new AssertionError(command + " ended with " + code + ": " + output);
            }
            return output;
        }
    }

    public static Ended run(Map<String, String> environment, Duration longest, List<String> command) {
        String line = String.join(" ", command);
        Path output = null;
        try {
            // a file and no pipe: daemons that the program starts would keep a pipe open
            output = Files.createTempFile("itests-hosts", ".out");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(line + " did not end in " + longest + ": " + text(output));
            }
            return new Ended(line, process.exitValue(), text(output));
        } catch (IOException e) {
            throw new UncheckedIOException(line + " cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while " + line, e);
        } finally {
            delete(output);
        }
    }

    private static String text(Path output) throws IOException {
        return new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
    }

    private static void delete(Path output) {
        try {
            if (output != null) {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
