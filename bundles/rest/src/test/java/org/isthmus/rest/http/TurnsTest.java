// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.junit.jupiter.api.Test;

final class TurnsTest {
    private static final String HERE = "192.0.2.1";

    private final AtomicLong time = new AtomicLong();
    private final BlockingQueue<String> order = new LinkedBlockingQueue<>();

    private Turns turns(int atOnce, int waiting, int perSecond, int strangers) {
        Turns turns = new Turns(new Turns.Settings(atOnce, waiting, perSecond, strangers), time::get);
        turns.isOf("Bearer a", "ann@acme");
        turns.isOf("Bearer b", "bob@acme");
        return turns;
    }

    private static ProblemException refused(Turns turns, String header) {
        return assertThrows(ProblemException.class, () -> turns.take(Optional.of(header), HERE));
    }

    /** Asks on a thread of its own; returns when it waits. */
    private void waits(Turns turns, String header, String name) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            begun.countDown();
            Turns.Turn turn = turns.take(Optional.of(header), HERE);
            order.add(name);
            turn.end();
        });
        thread.setDaemon(true);
        thread.start();
        begun.await();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    void halfOfThePlacesIsTheMostThatOneHasSoThatAnotherIsServedAtOnce() {
        Turns turns = turns(4, 8, 0, 0);

        turns.take(Optional.of("Bearer a"), HERE);
        turns.take(Optional.of("Bearer a"), HERE);
        turns.take(Optional.of("Bearer b"), HERE);
        turns.take(Optional.of("Bearer b"), HERE);
        // all four are given without anybody waiting
    }

    @Test
    void thoseWhoWaitComeInTurnAndNotAsTheyArrived() throws InterruptedException {
        Turns turns = turns(4, 8, 0, 0);
        List<Turns.Turn> working = new ArrayList<>();
        for (String header : List.of("Bearer a", "Bearer a", "Bearer c", "Bearer c")) {
            working.add(turns.take(Optional.of(header), HERE));
        }
        waits(turns, "Bearer a", "a1");
        waits(turns, "Bearer a", "a2");
        waits(turns, "Bearer a", "a3");
        waits(turns, "Bearer b", "b1");

        working.get(0).end();

        List<String> came = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            came.add(order.take());
        }
        assertEquals(List.of("a1", "b1", "a2", "a3"), came);
    }

    @Test
    void aTurnThatEndedTwiceIsOne() throws InterruptedException {
        Turns turns = turns(4, 8, 0, 0);
        Turns.Turn first = turns.take(Optional.of("Bearer a"), HERE);
        turns.take(Optional.of("Bearer a"), HERE);

        first.end();
        first.end();

        turns.take(Optional.of("Bearer a"), HERE);
        waits(turns, "Bearer a", "one too many");
        assertEquals(0, order.size());
    }

    @Test
    void whoeverHasTooManyWaitingIsRefusedAndAnotherIsNot() throws InterruptedException {
        Turns turns = turns(4, 8, 0, 0);
        turns.take(Optional.of("Bearer a"), HERE);
        turns.take(Optional.of("Bearer a"), HERE);
        for (int i = 0; i < 8; i++) {
            waits(turns, "Bearer a", "a" + i);
        }

        assertEquals(Problem.TOO_MANY, refused(turns, "Bearer a").type());
        turns.take(Optional.of("Bearer b"), HERE).end();
    }

    @Test
    void whoeverAsksTooOftenIsRefusedUntilTimeHasPassed() {
        Turns turns = turns(0, 96, 3, 0);
        for (int i = 0; i < 30; i++) {
            turns.take(Optional.of("Bearer a"), HERE).end();
        }

        assertEquals(Problem.TOO_MANY, refused(turns, "Bearer a").type());
        turns.take(Optional.of("Bearer b"), HERE).end();

        time.addAndGet(340_000_000);
        turns.take(Optional.of("Bearer a"), HERE).end();
        refused(turns, "Bearer a");
    }

    @Test
    void whoeverInventsTokensCountsForTheAddress() {
        Turns turns = turns(0, 96, 0, 1);
        for (int i = 0; i < 10; i++) {
            turns.take(Optional.of("Bearer invented " + i), HERE).end();
        }

        refused(turns, "Bearer invented again");
        assertThrows(ProblemException.class, () -> turns.take(Optional.empty(), HERE));
        turns.take(Optional.of("Bearer a"), HERE).end();
        turns.take(Optional.empty(), "192.0.2.2").end();
    }

    @Test
    void wrongSettingsAreToldAllAtOnce() {
        IllegalArgumentException wrong =
                assertThrows(IllegalArgumentException.class, () -> new Turns.Settings(3, 4, -1, 0));

        assertTrue(wrong.getMessage().contains("requests.at.once"), wrong::getMessage);
        assertTrue(wrong.getMessage().contains("requests.waiting"), wrong::getMessage);
        assertTrue(wrong.getMessage().contains("strangers.per.second"), wrong::getMessage);
    }
}
