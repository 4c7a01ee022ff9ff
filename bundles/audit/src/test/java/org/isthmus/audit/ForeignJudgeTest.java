// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.isthmus.audit.merkle.Tree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets Go's own implementation of transparency logs judge this one. Needs Debian's {@code golang-go} and {@code
 * golang-golang-x-mod-dev}; skipped where they are not installed.
 */
final class ForeignJudgeTest {
    private static final Path LIBRARIES = Path.of("/usr/share/gocode");
    private static final int LEAVES = 77;

    @TempDir
    private static Path program;

    private final Desk desk = new Desk();

    @TempDir
    private Path directory;

    @BeforeAll
    static void buildTheJudge() throws Exception {
        assumeTrue(
                Files.isDirectory(LIBRARIES.resolve("src/golang.org/x/mod/sumdb/tlog"))
                        && Files.isExecutable(Path.of("/usr/bin/go")),
                "golang-go and golang-golang-x-mod-dev are not installed");
        assertEquals("", run("/usr/bin/go", "build", "-o", judge(), "src/test/go/judge.go"));
    }

    private static String judge() {
        return program.resolve("judge").toString();
    }

    @BeforeEach
    void exportALog() throws Exception {
        write("verifier", desk.signer.verifier());
        for (int batch : List.of(1, 5, 2, 60, 9)) {
            desk.append(batch, desk.bakery);
            desk.sequencer.runOnce();
            String note = desk.texts("select note from aud_checkpoint order by entries desc")
                    .get(0);
            write("checkpoint." + note.split("\n")[1], note);
        }
        List<byte[]> leaves = desk.leaves();
        assertEquals(LEAVES, leaves.size());
        for (int i = 0; i < LEAVES; i++) {
            Files.write(directory.resolve("leaf." + i), leaves.get(i));
        }
        desk.tx.read(() -> {
            Tree tree = new Tree(new TreeStore(desk.tx.connection()));
            for (int i = 0; i < LEAVES; i++) {
                write("inclusion." + i, lines(tree.inclusion(i, LEAVES)));
            }
            for (int older : List.of(1, 6, 8, 68)) {
                write("consistency." + older, lines(tree.consistency(older, LEAVES)));
            }
            return null;
        });
    }

    @AfterEach
    void close() {
        desk.close();
    }

    @Test
    void theWholeLogIsAccepted() throws Exception {
        assertEquals(
                "accepted: 77 leaves, 5 checkpoints, 77 inclusion and 4 consistency proofs",
                run(judge(), directory.toString()));
    }

    @Test
    void oneChangedWordIsRefused() throws Exception {
        Path leaf = directory.resolve("leaf.40");
        String changed = Files.readString(leaf, StandardCharsets.UTF_8).replace("server.deploy", "server.delete");
        Files.writeString(leaf, changed);

        assertTrue(run(judge(), directory.toString()).startsWith("refused: root of"));
    }

    @Test
    void aForgedCheckpointIsRefused() throws Exception {
        Path note = directory.resolve("checkpoint.8");
        Files.writeString(note, Files.readString(note).replace("\n8\n", "\n7\n"));

        assertTrue(run(judge(), directory.toString()).startsWith("refused: signature of checkpoint 8"));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private static String lines(List<byte[]> hashes) {
        return String.join("\n", hashes.stream().map(HexFormat.of()::formatHex).toList());
    }

    private static String run(String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("GO111MODULE", "off");
        builder.environment().put("GOPATH", LIBRARIES.toString());
        builder.environment().putIfAbsent("GOCACHE", program.resolve("cache").toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said.strip();
    }
}
