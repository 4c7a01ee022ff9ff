// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.note;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NoteTest {
    private static final String TEXT =
            Checkpoint.of("example.org/log", 5, new byte[32]).text();

    @TempDir
    private Path directory;

    private KeyFile file() {
        return new KeyFile(
                directory.resolve("etc/key.p12"),
                directory.resolve("etc/key.password"),
                new SecureRandom(),
                Clock.systemUTC());
    }

    @Test
    void aCheckpointHasThreeLines() {
        assertEquals("example.org/log\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", TEXT);
    }

    @Test
    void aNoteIsVerifiedFromTheVerifierKeyAlone() {
        NoteSigner signer = file().open("example.org/log");

        String note = signer.sign(TEXT);

        assertTrue(note.startsWith(TEXT + "\n— example.org/log "));
        assertTrue(NoteVerifier.of(signer.verifier()).accepts(note));
    }

    @Test
    void oneChangedCharacterIsSeen() {
        NoteSigner signer = file().open("example.org/log");

        String note = signer.sign(TEXT);

        assertFalse(NoteVerifier.of(signer.verifier()).accepts(note.replace("\n5\n", "\n4\n")));
    }

    @Test
    void theKeyIsMadeOnceAndOnlyItsOwnerMayReadIt() throws Exception {
        String first = file().open("example.org/log").verifier();
        byte[] key = Files.readAllBytes(directory.resolve("etc/key.p12"));

        assertEquals(first, file().open("example.org/log").verifier());
        assertArrayEquals(key, Files.readAllBytes(directory.resolve("etc/key.p12")));
        for (String name : List.of("etc/key.p12", "etc/key.password")) {
            assertEquals(
                    "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))));
        }
        try (java.util.stream.Stream<Path> files = Files.list(directory.resolve("etc"))) {
            assertEquals(2, files.count(), "nothing temporary is left");
        }
    }

    @Test
    void aWrongPasswordIsToldWithWhatToDo() throws Exception {
        file().open("example.org/log");
        Files.writeString(directory.resolve("etc/key.password"), "wrong");

        IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> file().open("example.org/log"));

        assertTrue(thrown.getMessage().contains("Check both files"));
        assertFalse(thrown.getMessage().contains("wrong\""));
    }

    @Test
    void namesThatASignatureLineCannotHoldAreRefused() {
        for (String name : List.of("", "a b", "a+b")) {
            assertThrows(IllegalArgumentException.class, () -> file().open(name));
        }
    }
}
