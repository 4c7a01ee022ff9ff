// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.isthmus.core.RowStore;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Controllers that start on one database, each with a key file. */
@Timeout(60)
final class KeyCheckTest {
    private static final int AT_ONCE = 4;

    @TempDir
    Path directory;

    private final EmbeddedDatabase database = EmbeddedDatabase.inMemory("key");
    private final RowStore rows = new RowStore(database.tx(), database.entityManagerFactory("core"));

    @AfterEach
    void close() {
        database.close();
    }

    private void start(String controller) {
        Path file = directory.resolve(controller).resolve("secrets.key");
        try {
            SecretBox.withKeyFile(file, new SecureRandom()).mustBeTheKeyOf(rows, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void ofSeveralFirstStartsAtOnceOneGivesTheKeyAndTheOthersRefuse() throws Exception {
        CyclicBarrier together = new CyclicBarrier(AT_ONCE);
        List<CompletableFuture<Boolean>> starts = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            String controller = "controller-" + i;
            starts.add(CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            together.await();
                            start(controller);
                            return true;
                        } catch (IllegalStateException refused) {
                            return false;
                        } catch (Exception e) {
                            throw new IllegalStateException("no barrier", e);
                        }
                    },
                    task -> new Thread(task).start()));
        }

        List<Integer> working = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            if (starts.get(i).get()) {
                working.add(i);
            }
        }
        assertEquals(1, working.size(), working::toString);
        start("controller-" + working.get(0));
    }
}
