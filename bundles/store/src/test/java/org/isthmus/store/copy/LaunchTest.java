// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LaunchTest {
    @TempDir
    private Path temporary;

    @Test
    void theFolderOfARunThatWasKilledIsDeletedByTheNextAndThatOfOneThatLivesIsNot() throws IOException {
        Path others = Files.createDirectory(temporary.resolve("isthmus-copy-database-of-somebody"));
        Launch.Folder killed = Launch.Folder.in(temporary);
        Files.writeString(killed.path().resolve("0.jar"), "unpacked");
        // what a kill does to it
        killed.inUse().close();
        Launch.Folder living = Launch.Folder.in(temporary);
        assertFalse(Files.exists(killed.path()));

        Launch.Folder next = Launch.Folder.in(temporary);
        assertTrue(Files.exists(living.path()));
        assertTrue(Files.exists(others));

        living.delete();
        assertFalse(Files.exists(living.path()));
        living.inUse().close();
        next.inUse().close();
    }
}
