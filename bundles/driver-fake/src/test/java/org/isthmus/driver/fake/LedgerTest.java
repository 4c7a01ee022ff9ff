// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.isthmus.driver.fake.Entry.Asked;
import org.isthmus.driver.fake.Entry.Effect;
import org.isthmus.driver.fake.Entry.Mark;
import org.isthmus.driver.fake.Ledger.Change;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.spi.DriverException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LedgerTest {
    private static final Instant NOON = Instant.parse("2026-01-05T12:00:00Z");

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void choosePath() {
        path = directory.resolve("deep/ledger.jsonl");
    }

    private static Entry made(String server, String token) {
        return effect(Verb.CREATE, token, "", new Mark(Thing.SERVER, server, Change.MADE));
    }

    private static Entry effect(Verb verb, String token, String detail, Mark mark) {
        return Entry.effect(
                NOON.toString(), new Asked(verb, token, mark.object(), detail), Effect.removes("", List.of(mark)));
    }

    private Ledger.Contents written(Entry... entries) {
        try (Ledger ledger = Ledger.open(path, true, NOON, entry -> {})) {
            ledger.exclusively(() -> {
                for (Entry entry : entries) {
                    ledger.append(entry);
                }
                return true;
            });
        }
        return Ledger.read(path);
    }

    @Test
    void aSecondMakingOfAThingThatIsThereIsADoubleEvenUnderTheSameToken() {
        Ledger.Contents contents = written(made("srv-1", "token"), made("srv-2", "token"), made("srv-1", "token"));

        assertEquals(Set.of("srv-1"), contents.doubled());
        assertEquals(2, contents.effects("srv-1").size());
    }

    @Test
    void madeAnewAfterItWasRemovedIsNoDouble() {
        Entry removed = effect(Verb.DELETE, "other", "", new Mark(Thing.SERVER, "srv-1", Change.REMOVED));

        Ledger.Contents contents = written(made("srv-1", "token"), removed, made("srv-1", "token"));

        assertEquals(Set.of(), contents.doubled());
        assertEquals(Set.of("srv-1"), contents.living(Thing.SERVER));
    }

    @Test
    void twoRestartsUnderOneTokenAreADouble() {
        Entry restart = effect(Verb.POWER, "token", "RESTARTED", new Mark(Thing.SERVER, "srv-1", Change.CHANGED));

        assertEquals(Set.of("srv-1"), written(restart, restart).doubled());
    }

    @Test
    void aNicAndItsPortAreTwoThings() {
        Entry nic = effect(Verb.ATTACH_NIC, "a", "", new Mark(Thing.NIC, "nic-1", Change.MADE));
        Entry port = effect(Verb.ENSURE_PORT, "b", "", new Mark(Thing.PORT, "nic-1", Change.MADE));

        assertEquals(Set.of(), written(nic, port).doubled());
    }

    @Test
    void aTornLastLineIsPassedOverAndCutOff() throws IOException {
        written(made("srv-1", "token"));
        Files.writeString(path, "{\"entry\":\"EFFECT\",\"at\":\"20", StandardOpenOption.APPEND);

        assertEquals(Set.of("srv-1"), Ledger.read(path).living(Thing.SERVER));
        Ledger.Contents after = written(made("srv-2", "token"));
        assertEquals(Set.of("srv-1", "srv-2"), after.living(Thing.SERVER));
    }

    @Test
    void twoOpenLedgersOfOneFileSeeEachOthersLines() {
        FarEnd first = new FarEnd();
        FarEnd second = new FarEnd();
        Asked asked = new Asked(Verb.CREATE, "token", "srv-1", "");

        try (Ledger one = Ledger.open(path, false, NOON, first::fold);
                Ledger other = Ledger.open(path, false, NOON, second::fold)) {
            one.exclusively(() -> {
                one.append(Entry.call(NOON.toString(), asked));
                return true;
            });
            assertEquals(1, other.exclusively(() -> second.timesSaid(asked)));
            other.exclusively(() -> {
                other.append(Entry.call(NOON.toString(), asked));
                return true;
            });
            assertEquals(2, one.exclusively(() -> first.timesSaid(asked)));
        }
        assertEquals(2, Ledger.read(path).calls().size());
    }

    @Test
    void aFileThatIsNoLedgerIsRefusedAndLeftAlone() throws IOException {
        Path other = directory.resolve("notes.txt");
        Files.writeString(other, "milk, bread\n");

        assertThrows(DriverException.class, () -> Ledger.open(other, false, NOON, entry -> {}));
        assertEquals("milk, bread\n", Files.readString(other));
    }

    @Test
    void aFileWithoutALineEndIsRefusedAndLeftAlone() throws IOException {
        Path other = directory.resolve("key");
        Files.writeString(other, "no line end");

        DriverException refusal =
                assertThrows(DriverException.class, () -> Ledger.open(other, false, NOON, entry -> {}));
        assertTrue(refusal.getMessage().contains("choose another path"), refusal.getMessage());
        assertEquals("no line end", Files.readString(other));
    }
}
