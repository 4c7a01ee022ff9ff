// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.persistence.EntityManager;
import org.apache.openjpa.persistence.OpenJPAEntityManagerSPI;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.Test;

final class UnitRowsTest {
    /** As when two bundles begin at once: the one has its repository locked and loads a class, the other loads one too. */
    @Test
    void aClassIsRegisteredWhileARepositoryIsAtWork() throws Exception {
        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("units")) {
            EntityManager books = database.entityManagerFactory("books").createEntityManager();
            try {
                UnitRows repository = new UnitRows();
                repository.setConfiguration(
                        books.unwrap(OpenJPAEntityManagerSPI.class).getConfiguration());
                repository.startConfiguration();
                repository.endConfiguration();
                synchronized (repository) {
                    CompletableFuture.runAsync(() -> {
                                repository.register(BookRow.class);
                                repository.register(ReaderRow.class);
                            })
                            .get(20, TimeUnit.SECONDS);
                }
            } finally {
                books.close();
            }
        }
    }
}
