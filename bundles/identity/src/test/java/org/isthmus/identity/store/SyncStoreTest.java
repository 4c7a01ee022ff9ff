// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.api.identity.Syncs.State;
import org.isthmus.identity.store.SyncStore.Run;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How a sync goes is there again as it was written, on either database. */
final class SyncStoreTest {
    private static final Ids IDS = new Ids(Clock.systemUTC());
    private static final Instant NOON = Instant.parse("2026-11-30T12:00:00.123456Z");
    private static EmbeddedDatabase database;
    private static SyncStore store;

    private final OrganizationId organization = IDS.organization();
    private final DirectoryId directory = IDS.directory();

    @BeforeAll
    static void open() {
        database = EmbeddedDatabase.inMemory("sync-store", Clock.systemUTC());
        store = new SyncStore(database.tx());
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @Test
    void whatWasNeverAskedForIsNever() {
        assertEquals(Run.never(directory), store.find(directory));
    }

    @Test
    void aRunIsAskedForBeginsAgreesAndEnds() {
        Set<String> many = new TreeSet<>();
        for (int i = 0; i < 3_000; i++) {
            many.add(String.format("%016x", i));
        }

        store.ask(organization, directory, Optional.of("plan"), NOON);
        assertEquals(State.ASKED, store.find(directory).state());
        assertEquals(Optional.of("plan"), store.find(directory).confirmed());
        store.begin(organization, directory, NOON.plusSeconds(1));
        store.agree(directory, many);
        Run running = store.find(directory);
        store.end(directory, State.DONE, Optional.of("x".repeat(2_000)), Optional.of("report"), NOON.plusSeconds(2));

        assertEquals(State.RUNNING, running.state());
        assertEquals(many, new TreeSet<>(running.agreed()));
        assertEquals(Optional.empty(), running.confirmed());
        assertEquals(
                new Run(
                        directory,
                        State.DONE,
                        Optional.of("x".repeat(1_000)),
                        Optional.of(NOON),
                        Optional.empty(),
                        Optional.of(NOON.plusSeconds(1)),
                        Optional.of(NOON.plusSeconds(2)),
                        Set.of(),
                        Optional.of("report")),
                store.find(directory));
    }

    @Test
    void whatIsAskedForWhileOneRunsIsDoneNext() {
        store.begin(organization, directory, NOON);
        store.agree(directory, Set.of());
        store.ask(organization, directory, Optional.empty(), NOON.plusSeconds(1));
        assertEquals(State.RUNNING, store.find(directory).state());

        store.end(directory, State.FAILED, Optional.empty(), Optional.empty(), NOON.plusSeconds(2));

        assertEquals(State.ASKED, store.find(directory).state());
    }
}
