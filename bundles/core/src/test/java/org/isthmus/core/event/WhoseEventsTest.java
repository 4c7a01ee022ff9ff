// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Subject;
import org.isthmus.api.event.Event;
import org.isthmus.api.organization.Policy;
import org.isthmus.core.House;
import org.isthmus.core.RowStore;
import org.isthmus.core.TxAround;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a reader gets of events that belong to several organizations, and what those of others cost. */
final class WhoseEventsTest {
    private static final Policy POLICY = new Policy(1000, Duration.ofHours(24), Optional.empty(), List.of());
    private static final int OTHERS = 30;

    private final House house = new House("events");
    private final CountingTx tx = new CountingTx(house.database.tx());
    private final EventStream stream = new EventStream(tx, house.database.leases(), house.swaps, "test");
    private final Caller ada;
    private final Caller bob;

    WhoseEventsTest() {
        house.access.organization("acme", POLICY);
        house.access.organization("globex", POLICY);
        ada = house.access.user("ada", "acme");
        bob = house.access.user("bob", "globex");
    }

    @AfterEach
    void close() {
        stream.close();
        house.close();
    }

    private void happens(Caller to, String type) {
        house.database
                .tx()
                .execute(() -> house.events.append(
                        house.clock.instant(), to.organization(), type, new Subject("server", type), Map.of()));
    }

    private List<String> heard(Caller reader, long after, int most) {
        return stream.after(reader, after, most, Duration.ZERO).stream()
                .map(Event::type)
                .toList();
    }

    @Test
    void aPageIsFullOfTheReadersEventsHoweverManyOfOthersLieBetween() {
        for (int i = 0; i < 4; i++) {
            for (int other = 0; other < OTHERS; other++) {
                happens(bob, "other");
            }
            happens(ada, "mine-" + i);
        }
        stream.runOnce();

        assertEquals(List.of("mine-0", "mine-1", "mine-2"), heard(ada, 0, 3));
        assertEquals(List.of("mine-2", "mine-3"), heard(ada, 2 * (OTHERS + 1), 3));
    }

    @Test
    void oneWhoMaySeeEverythingGetsAllInOrder() {
        happens(ada, "first");
        happens(bob, "second");
        happens(ada, "third");
        stream.runOnce();

        Caller root = Caller.localRoot(house.access.platform(), "req-op");
        assertEquals(List.of("first", "second", "third"), heard(root, 0, 10));
    }

    @Test
    void eventsOfOthersAreNotReadAndDoNotEndTheWait() {
        List<String> heard = new ArrayList<>();
        for (int other = 0; other < OTHERS; other++) {
            happens(bob, "other");
        }
        stream.runOnce();
        int before = tx.reads;

        stream.after(ada, 0, 2, Duration.ofMillis(300)).forEach(event -> heard.add(event.type()));

        assertEquals(List.of(), heard);
        assertTrue(tx.reads - before <= 2, () -> tx.reads - before + " queries");
    }

    @Test
    void whatHappensWhileSeveralOrganizationsAreReadIsMissedByNobody() {
        EventStore store = new EventStore(tx, house.database.leases());
        Set<OrganizationId> both = Set.of(ada.organization(), bob.organization());
        tx.afterRead = () -> {
            happens(ada, "first");
            happens(bob, "second");
            happens(ada, "third");
            happens(bob, "fourth");
            stream.runOnce();
        };

        List<Long> heard = new ArrayList<>();
        store.after(both, 0, 10).forEach(event -> heard.add(event.sequence()));
        long last = heard.isEmpty() ? 0 : heard.get(heard.size() - 1);
        store.after(both, last, 10).forEach(event -> heard.add(event.sequence()));

        assertEquals(List.of(1L, 2L, 3L, 4L), heard);
    }

    @Test
    void whoLosesTheRightWhileTheyWaitHearsNoMore() {
        tx.afterRead = () -> {
            house.access.take(ada, Action.EVENT_READ);
            happens(ada, "secret");
            stream.runOnce();
        };

        assertEquals(List.of(), stream.after(ada, 0, 10, Duration.ofMillis(300)));
    }

    private void forget(String condition) {
        RowStore rows = new RowStore(house.database.tx(), house.database.entityManagerFactory("core"));
        house.database.tx().execute(() -> rows.change("delete from " + condition));
    }

    private void numbersGoOn() {
        happens(ada, "third");
        stream.runOnce();

        assertEquals(3, stream.newest());
        assertEquals(
                List.of(3L),
                stream.after(ada, 2, 10, Duration.ZERO).stream()
                        .map(Event::sequence)
                        .toList());
    }

    @Test
    void numbersGoOnThoughTheEventsThatHadThemAreGone() {
        happens(ada, "first");
        happens(ada, "second");
        stream.runOnce();
        forget("evt_event");

        numbersGoOn();
    }

    @Test
    void numbersGoOnInADatabaseWhoseCursorsDoNotHaveThemYet() {
        happens(ada, "first");
        happens(ada, "second");
        stream.runOnce();
        forget("evt_cursor");

        numbersGoOn();
    }

    /** Counts what is read. */
    private static final class CountingTx extends TxAround {
        private int reads;
        private Runnable afterRead = () -> {};

        CountingTx(Tx tx) {
            super(tx);
        }

        @Override
        public <R, X extends Exception> R read(Work<R, X> work) throws X {
            reads++;
            R read = super.read(work);
            if (!running()) {
                Runnable happening = afterRead;
                afterRead = () -> {};
                happening.run();
            }
            return read;
        }
    }
}
