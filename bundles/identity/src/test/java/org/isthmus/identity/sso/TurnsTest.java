// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.junit.jupiter.api.Test;

final class TurnsTest {
    @Test
    void aProviderThatHoldsItsOwnLoginsHoldsNoOthers() throws Exception {
        Turns turns = new Turns();
        CountDownLatch held = new CountDownLatch(8);
        CountDownLatch end = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<Boolean>> slow = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                slow.add(threads.submit(() -> turns.in("acme", "slow", () -> {
                    held.countDown();
                    return awaited(end);
                })));
            }
            assertTrue(held.await(10, TimeUnit.SECONDS));

            assertEquals("done", turns.in("acme", "quick", () -> "done"));
            ProblemException refused =
                    assertThrows(ProblemException.class, () -> turns.in("acme", "slow", () -> "done"));
            assertEquals(Problem.TOO_MANY, refused.type());

            end.countDown();
            for (Future<Boolean> each : slow) {
                assertTrue(each.get(10, TimeUnit.SECONDS));
            }
            assertEquals("done", turns.in("acme", "slow", () -> "done"));
        } finally {
            end.countDown();
            threads.shutdownNow();
        }
    }

    @Test
    void anOrganizationWithManySlowProvidersHoldsUpNoOther() throws Exception {
        Turns turns = new Turns();
        CountDownLatch held = new CountDownLatch(16);
        CountDownLatch end = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            for (int i = 0; i < 16; i++) {
                String provider = "slow-" + i;
                threads.submit(() -> turns.in("evil", provider, () -> {
                    held.countDown();
                    return awaited(end);
                }));
            }
            assertTrue(held.await(10, TimeUnit.SECONDS));

            assertThrows(ProblemException.class, () -> turns.in("evil", "slow-16", () -> "done"));
            assertEquals("done", turns.in("acme", "quick", () -> "done"));
        } finally {
            end.countDown();
            threads.shutdownNow();
        }
    }

    @Test
    void whoWaitsForASlowProviderTakesNoTurnOfOthers() throws Exception {
        Turns turns = new Turns();
        CountDownLatch held = new CountDownLatch(56);
        CountDownLatch end = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            for (int i = 0; i < 7 * 16; i++) {
                String slow = "slow-" + i % 7;
                threads.submit(() -> turns.in(slow, slow, () -> {
                    held.countDown();
                    return awaited(end);
                }));
            }
            assertTrue(held.await(10, TimeUnit.SECONDS));

            assertEquals("done", turns.in("acme", "quick", () -> "done"));
        } finally {
            end.countDown();
            threads.shutdownNow();
        }
    }

    private static boolean awaited(CountDownLatch end) {
        try {
            return end.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
