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
                slow.add(threads.submit(() -> turns.in("slow", () -> {
                    held.countDown();
                    return awaited(end);
                })));
            }
            assertTrue(held.await(10, TimeUnit.SECONDS));

            assertEquals("done", turns.in("quick", () -> "done"));
            ProblemException refused = assertThrows(ProblemException.class, () -> turns.in("slow", () -> "done"));
            assertEquals(Problem.TOO_MANY, refused.type());

            end.countDown();
            for (Future<Boolean> each : slow) {
                assertTrue(each.get(10, TimeUnit.SECONDS));
            }
            assertEquals("done", turns.in("slow", () -> "done"));
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
