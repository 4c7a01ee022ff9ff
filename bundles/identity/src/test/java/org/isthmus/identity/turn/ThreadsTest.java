// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.turn;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ThreadsTest {
    private final ExecutorService threads = Executors.newSingleThreadExecutor(Threads.named("isthmus-test"));
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);
    private final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();

    /** Like a query: it ends by itself, or is interrupted. */
    private void ask() {
        begun.countDown();
        try {
            answered.await();
            interrupted.complete(false);
        } catch (InterruptedException e) {
            interrupted.complete(true);
        }
    }

    @Test
    void aQueryThatRunsAtTheEndIsWaitedFor() throws Exception {
        threads.execute(this::ask);
        assertTrue(begun.await(10, TimeUnit.SECONDS));

        CompletableFuture<Void> end = CompletableFuture.runAsync(() -> Threads.end(threads, Duration.ofSeconds(30)));
        while (!threads.isShutdown()) {
            Thread.onSpinWait();
        }
        answered.countDown();

        end.get(10, TimeUnit.SECONDS);
        assertFalse(interrupted.get(10, TimeUnit.SECONDS), "it was interrupted in the middle");
    }

    @Test
    void whatTakesTooLongIsInterrupted() throws Exception {
        threads.execute(this::ask);
        assertTrue(begun.await(10, TimeUnit.SECONDS));

        Threads.end(threads, Duration.ofMillis(1));

        assertTrue(interrupted.get(10, TimeUnit.SECONDS), "it runs on for ever");
    }
}
