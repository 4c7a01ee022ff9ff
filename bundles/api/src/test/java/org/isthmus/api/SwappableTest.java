// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class SwappableTest {
    private final Swappable<String> place = new Swappable<>("The part", Duration.ofSeconds(20), Duration.ofSeconds(20));

    @Test
    void theBestRankedServesAndTheOtherTakesOver() {
        place.bind("old", 0);
        place.bind("new", 1);
        assertEquals("new", place.call(each -> each));

        place.unbind("new");

        assertEquals("old", place.call(each -> each));
    }

    @Test
    void withNoneInTimeTheProblemSaysWhenToTryAgain() {
        Swappable<String> hasty = new Swappable<>("The part", Duration.ZERO, Duration.ZERO);

        ProblemException problem = assertThrows(ProblemException.class, () -> hasty.call(each -> each));

        assertEquals(Problem.UNAVAILABLE, problem.type());
        assertTrue(problem.retryAfter().isPresent());
        assertTrue(problem.getMessage().startsWith("The part is away"));
    }

    @Test
    void aCallWaitsUntilOneComes() throws Exception {
        CompletableFuture<String> waiting = CompletableFuture.supplyAsync(() -> place.call(each -> each));

        place.bind("late", 0);

        assertEquals("late", waiting.get(10, TimeUnit.SECONDS));
    }

    @Test
    void unbindReturnsOnlyWhenTheCallsInFlightHaveEnded() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        place.bind("only", 0);
        CompletableFuture<String> call = CompletableFuture.supplyAsync(() -> place.call(each -> {
            inside.countDown();
            await(leave);
            return each;
        }));
        assertTrue(inside.await(10, TimeUnit.SECONDS));

        CompletableFuture<Void> unbinding = CompletableFuture.runAsync(() -> place.unbind("only"));
        assertFalse(unbinding.isDone() && !call.isDone());
        assertTrue(place.present() || !unbinding.isDone());
        leave.countDown();

        assertEquals("only", call.get(10, TimeUnit.SECONDS));
        unbinding.get(10, TimeUnit.SECONDS);
        assertFalse(place.present());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anUnknownOneIsUnboundWithoutHarm() {
        place.unbind("never bound");
        assertFalse(place.present());
    }
}
