// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A controller's virtual machine as the JDK's own tools see it from outside. */
final class Jvm {
    private static final String LOADER = "org.apache.felix.framework.BundleWiringImpl$BundleClassLoader";

    private final Controller controller;

    Jvm(Controller controller) {
        this.controller = controller;
    }

    /** How many class loaders of bundles are reachable, and how many threads live. */
    record Seen(long loaders, long threads) {}

    Seen look() throws IOException, InterruptedException {
        // the count is made after a full collection; what only soft references hold counts as reachable
        long loaders = ask("GC.class_histogram").stream()
                .map(line -> line.strip().split("\\s+"))
                .filter(words -> words.length >= 4 && words[3].equals(LOADER))
                .mapToLong(words -> Long.parseLong(words[1]))
                .sum();
        long threads = ask("Thread.print").stream()
                .filter(line -> line.startsWith("\"") && line.contains(" nid="))
                // the shell's, which keeps them for a minute after each command
                .filter(line -> !line.startsWith("\"session-"))
                .count();
        return new Seen(loaders, threads);
    }

    private List<String> ask(String command) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(controller.pid()),
                        command)
                .redirectErrorStream(true)
                .start();
        String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (jcmd.waitFor() != 0) {
            throw new AssertionError("jcmd " + command + ": " + said);
        }
        return said.lines().toList();
    }
}
