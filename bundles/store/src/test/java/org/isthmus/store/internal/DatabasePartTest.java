// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.api.status.Part;
import org.isthmus.api.status.Part.Report;
import org.isthmus.store.embedded.EmbeddedDatabase;
import org.junit.jupiter.api.Test;

final class DatabasePartTest {
    private final Clock standing = Clock.fixed(Instant.parse("2026-11-23T08:00:00Z"), ZoneOffset.UTC);
    private final List<Runnable> looks = new ArrayList<>();

    @Test
    void aDatabaseThatAnswersIsUpAndIsAskedOnceASecond() {
        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("part")) {
            ThreadTx tx = (ThreadTx) database.tx();
            tx.execute(() -> {});
            Part part = new DatabasePart(database.pool(), tx, standing, look -> {
                looks.add(look);
                look.run();
            });

            Report report = part.report().get(0);
            part.report();

            assertEquals(new Report("database", true, true, report.detail()), report);
            assertEquals(1, looks.size());
            assertEquals(1.0, part.samples().get(0).value());
            assertEquals(0, database.connectionsInUse());
        }
    }

    @Test
    void aClosedDatabaseIsDown() {
        EmbeddedDatabase database = EmbeddedDatabase.inMemory("part");
        Part part = new DatabasePart(database.pool(), (ThreadTx) database.tx(), standing, Runnable::run);
        database.close();

        Report report = part.report().get(0);

        assertFalse(report.up());
        assertTrue(report.needed());
    }

    @Test
    void aDatabaseThatHangsIsDownSoon() {
        try (EmbeddedDatabase database = EmbeddedDatabase.inMemory("part")) {
            Part part = new DatabasePart(database.pool(), (ThreadTx) database.tx(), standing, looks::add);

            assertFalse(part.report().get(0).up());
            looks.get(0).run();
            assertTrue(part.report().get(0).up());
        }
    }
}
