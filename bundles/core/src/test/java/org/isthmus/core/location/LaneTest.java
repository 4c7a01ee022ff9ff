// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.isthmus.core.Threads;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A driver's calls: those that hang, and those that throw what no driver should. */
final class LaneTest {
    private static final Duration LONGEST = Duration.ofMillis(600);

    private final ExecutorService threads = Executors.newCachedThreadPool(Threads.named("lane-test"));
    private final AtomicInteger substitutes = new AtomicInteger();
    private final Lane lane = new Lane(new Lanes(threads, LONGEST, () -> {
        substitutes.incrementAndGet();
        return substitutes::decrementAndGet;
    }));
    private final CountDownLatch answer = new CountDownLatch(1);
    private final Semaphore called = new Semaphore(0);
    private final Semaphore ended = new Semaphore(0);

    @AfterEach
    void end() {
        answer.countDown();
        threads.shutdown();
    }

    /** As a driver that hangs in a foreign library: deaf for interrupts. */
    private String hang() {
        called.release();
        boolean waiting = true;
        while (waiting) {
            try {
                answer.await();
                waiting = false;
            } catch (InterruptedException e) {
                called.release(100);
            }
        }
        return "at last";
    }

    private DriverException refused(Supplier<String> work) {
        return assertThrows(DriverException.class, () -> lane.call("ept", work, ended::release));
    }

    @Test
    void aCallThatDoesNotReturnIsLeftAloneAndCountedUntilItDoes() throws InterruptedException {
        DriverException late = refused(this::hang);

        assertEquals(Kind.UNAVAILABLE, late.kind());
        assertTrue(lane.overdue().orElse("").startsWith("1 call has not returned"), lane.overdue()::toString);
        assertEquals(0, ended.availablePermits(), "the driver is still in it");
        assertEquals("well", lane.call("ept", () -> "well", ended::release), "others are answered");
        ended.acquire();

        answer.countDown();
        ended.acquire();
        assertEquals(Optional.empty(), lane.overdue());
    }

    @Test
    void whoWaitsLongForADriverHasASubstituteMeanwhile() throws InterruptedException {
        CompletableFuture<String> result =
                CompletableFuture.supplyAsync(() -> lane.call("ept", this::hang, ended::release), threads);
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            while (substitutes.get() == 0) {
                Thread.onSpinWait();
            }
        });

        answer.countDown();

        assertEquals("at last", result.join());
        assertEquals(0, substitutes.get());
    }

    @Test
    void whenTooManyHangNobodyWaitsAnyMoreUntilOneReturns() throws InterruptedException {
        for (int i = 0; i < Lane.MOST; i++) {
            CompletableFuture.runAsync(() -> lane.call("ept", this::hang, ended::release), threads)
                    .exceptionally(late -> null);
        }
        called.acquire(Lane.MOST);
        DriverException first = refused(() -> "never");
        assertTrue(first.passing(), first::toString);

        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            while (lane.overdue().isEmpty()) {
                Thread.onSpinWait();
            }
        });
        long before = System.nanoTime();
        assertEquals(Kind.UNAVAILABLE, refused(() -> "never").kind());
        assertTrue(System.nanoTime() - before < Duration.ofMillis(200).toNanos(), "at once");

        ended.drainPermits(); // of those that were refused
        answer.countDown();
        ended.acquire(Lane.MOST);
        assertEquals("well", lane.call("ept", () -> "well", ended::release));
    }

    @Test
    void errorsOfADriversCodeAreItsFailure() {
        DriverException missing = refused(() -> {
            throw new NoClassDefFoundError("com/example/Missing");
        });
        DriverException deep = refused(() -> {
            throw new StackOverflowError();
        });

        assertEquals(Kind.BROKEN, missing.kind());
        assertInstanceOf(NoClassDefFoundError.class, missing.getCause());
        assertEquals(Kind.BROKEN, deep.kind());
    }

    @Test
    void whatADriverSaysIsPassedOnAsItIs() {
        DriverException said = new DriverException(Kind.NO_CAPACITY, "full");

        assertEquals(said, refused(() -> {
            throw said;
        }));
    }
}
