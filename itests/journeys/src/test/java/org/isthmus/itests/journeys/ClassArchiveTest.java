// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The assembly's archive of classes, with which a JVM dies when it is not whole, and the java that bin/karaf calls. */
final class ClassArchiveTest {
    private static final String LEFT_OUT = "classes.jsa is not whole";

    @TempDir
    Path home;

    private String said;

    @BeforeEach
    void install() throws IOException {
        Assembly.copy(Assembly.home().resolve("bin"), home.resolve("bin"));
        Files.createDirectories(home.resolve("lib"));
        for (String file : List.of("classes.jsa", "classes.jsa.size")) {
            Files.copy(
                    Assembly.home().resolve("lib").resolve(file),
                    home.resolve("lib").resolve(file));
        }
    }

    private String archiveOfAStart() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                home.resolve("bin/jvm").toString(), "-Dkaraf.log=" + home, "-XX:+PrintFlagsFinal", "-version");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process =
                builder.redirectErrorStream(true).directory(home.toFile()).start();
        said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        return said.lines()
                .filter(line -> line.contains(" SharedArchiveFile "))
                .map(line -> line.replaceAll(".*= *| *\\{.*", ""))
                .findFirst()
                .orElseThrow();
    }

    private long told() throws IOException {
        Path log = home.resolve("karaf.log");
        List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
        long times = lines.stream().filter(line -> line.contains(LEFT_OUT)).count();
        assertEquals(times, said.lines().filter(line -> line.contains(LEFT_OUT)).count(), said);
        return times;
    }

    @Test
    void aWholeOneIsUsed() throws Exception {
        assertTrue(archiveOfAStart().endsWith("lib/classes.jsa"), said);
        assertEquals(0, told());
    }

    @Test
    void halfACopyIsLeftOutAndSaidOnceOnTheConsoleAndInTheLog() throws Exception {
        Path archive = home.resolve("lib/classes.jsa");
        byte[] half = Arrays.copyOf(Files.readAllBytes(archive), 50_000_000);
        Files.delete(archive);
        Files.write(archive, half);

        assertEquals("", archiveOfAStart());

        assertEquals(1, told());
    }

    @Test
    void oneWhoseSizeIsNotKnownIsLeftOut() throws Exception {
        Files.delete(home.resolve("lib/classes.jsa.size"));

        assertEquals("", archiveOfAStart());

        assertEquals(1, told());
    }

    @Test
    void withoutOneNothingIsSaid() throws Exception {
        Files.delete(home.resolve("lib/classes.jsa"));

        assertEquals("", archiveOfAStart());

        assertEquals(0, told());
    }
}
