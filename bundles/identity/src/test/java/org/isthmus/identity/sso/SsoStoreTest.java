// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.identity.SettableClock;
import org.isthmus.model.Sha256;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SsoStoreTest {
    private final SettableClock clock = new SettableClock();
    private EmbeddedDatabase database;
    private SsoStore store;

    @BeforeEach
    void open() {
        database = EmbeddedDatabase.inMemory("sso", clock);
        store = new SsoStore(database.tx(), clock);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static Sha256 hash(String text) {
        return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private Underway login(String state, Optional<String> next) {
        Instant now = clock.instant();
        return new Underway(hash(state), "dir_1", hash("browser"), now, now.plus(CodeFlow.LONGEST), next);
    }

    @Test
    void aLoginComesBackAsItWasAndOnce() {
        Underway one = login("a", Optional.of("/console"));
        Underway other = login("b", Optional.empty());
        store.begun(one, "192.0.2.7");
        store.begun(other, "192.0.2.7");

        assertEquals(Optional.of(one), store.seen(one.state()));
        assertEquals(Optional.of(one), store.taken(one.state()));
        assertEquals(Optional.empty(), store.taken(one.state()));
        assertEquals(Optional.of(other), store.taken(other.state()));
    }

    @Test
    void ofManyWhoTakeALoginAtOnceOneGetsIt() throws Exception {
        Underway one = login("a", Optional.empty());
        store.begun(one, "192.0.2.7");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Optional<Underway>>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(() -> store.taken(one.state()));
            }
            int got = 0;
            for (Future<Optional<Underway>> each : threads.invokeAll(all)) {
                got += each.get().isPresent() ? 1 : 0;
            }

            assertEquals(1, got);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void whatIsOverIsForgotten() {
        Underway old = login("a", Optional.empty());
        store.begun(old, "192.0.2.7");
        clock.pass(Duration.ofMinutes(11));

        store.begun(login("b", Optional.empty()), "192.0.2.7");

        assertEquals(Optional.empty(), store.seen(old.state()));
    }

    @Test
    void anAddressBeginsSoManyAndOthersGoOn() {
        for (int i = 0; i < SsoStore.MOST_OF_ADDRESS; i++) {
            store.begun(login("a" + i, Optional.empty()), "192.0.2.7");
        }

        ProblemException refused = assertThrows(
                ProblemException.class, () -> store.begun(login("one more", Optional.empty()), "192.0.2.7"));
        store.begun(login("of another", Optional.empty()), "192.0.2.8");

        assertEquals(Problem.TOO_MANY, refused.type());
    }

    @Test
    void aTokenIsUsedOnceForEachProvider() {
        Instant until = clock.instant().plusSeconds(600);

        assertTrue(store.firstUse("dir_1", "token", until));
        assertFalse(store.firstUse("dir_1", "token", until));
        assertTrue(store.firstUse("dir_2", "token", until));
        clock.pass(Duration.ofMinutes(11));
        assertTrue(store.firstUse("dir_1", "another", clock.instant()));
    }
}
