// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HostContextTest {

    private final HostContext context = new HostContext(Clock.systemUTC(), Path.of("."));

    @AfterEach
    void close() {
        context.close();
    }

    /** Waits for the thread, not for a time: the state follows the work's last action at once. */
    private void awaitEnd(String key) {
        while (!context.work(key).orElseThrow().ended()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aKeyThatEndedIsNotStartedAgainUntilForgotten() {
        AtomicInteger runs = new AtomicInteger();

        context.start("copy-1", report -> runs.incrementAndGet());
        awaitEnd("copy-1");
        context.start("copy-1", report -> runs.incrementAndGet());
        assertEquals(1, runs.get());

        context.forget("copy-1");
        context.start("copy-1", report -> runs.incrementAndGet());
        awaitEnd("copy-1");
        assertEquals(2, runs.get());
    }

    @Test
    void progressAndFailureAreTold() throws InterruptedException {
        Semaphore goOn = new Semaphore(0);
        CountDownLatch half = new CountDownLatch(1);
        context.start("copy-1", report -> {
            report.accept(50);
            half.countDown();
            goOn.acquire();
            throw new java.io.IOException("disk full");
        });

        assertTrue(half.await(10, TimeUnit.SECONDS));
        assertEquals(50, context.work("copy-1").orElseThrow().percent());
        goOn.release();
        awaitEnd("copy-1");
        assertEquals(
                "disk full",
                context.work("copy-1").orElseThrow().failure().orElseThrow().getMessage());
    }

    @Test
    void closingInterruptsWorkAndForgetsIt() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        context.start("copy-1", report -> {
            begun.countDown();
            try {
                new Semaphore(0).acquire();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        });
        assertTrue(begun.await(10, TimeUnit.SECONDS));

        context.close();

        assertEquals(0, interrupted.getCount());
        assertEquals(Optional.empty(), context.work("copy-1"));
    }
}
