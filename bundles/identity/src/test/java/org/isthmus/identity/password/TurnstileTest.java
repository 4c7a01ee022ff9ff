// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.password;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.isthmus.api.Problem;
import org.isthmus.identity.Refused;
import org.junit.jupiter.api.Test;

final class TurnstileTest {
    @Test
    void neverMoreThanThePlacesAreInsideAndEverybodyGetsThrough() throws Exception {
        Turnstile turnstile = new Turnstile(3, Duration.ofSeconds(20));
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch together = new CountDownLatch(3);
        ExecutorService threads = Executors.newFixedThreadPool(20);
        try {
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(threads.submit(() -> turnstile.through(() -> {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    together.countDown();
                    await(together);
                    return inside.getAndDecrement();
                })));
            }
            for (Future<Integer> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertEquals(3, most.get());
    }

    @Test
    void whoWaitsTooLongIsToldToComeBack() throws Exception {
        Turnstile turnstile = new Turnstile(1, Duration.ZERO);
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<String> first = thread.submit(() -> turnstile.through(() -> {
                entered.countDown();
                await(leave);
                return "done";
            }));
            await(entered);

            assertTrue(Refused.with(Problem.TOO_MANY, () -> turnstile.through(() -> "second"))
                    .retryAfter()
                    .isPresent());

            leave.countDown();
            assertEquals("done", first.get());
            assertEquals("third", turnstile.through(() -> "third"));
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void aFailureGivesThePlaceBack() {
        Turnstile turnstile = new Turnstile(1, Duration.ZERO);

        assertThrows(
                IllegalStateException.class,
                () -> turnstile.through(() -> {
                    throw new IllegalStateException("broken hash");
                }));

        assertEquals("next", turnstile.through(() -> "next"));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
