// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.OperationId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class EndsTest {
    private static final long LONG = Duration.ofSeconds(50).toNanos();

    private final Ids ids = new Ids(Clock.systemUTC());
    private final Ends ends = new Ends();
    private final OperationId ours = ids.operation();

    @Test
    void anEndThatWasToldBeforeAnybodyWaitedForItIsHeardAtOnce() {
        try (Ends.Waiting waiting = ends.waiting(ours)) {
            ends.tell(ours);

            assertTrue(waiting.await(LONG));
        }
    }

    @Test
    void allWhoWaitForAnOperationAreToldAndNobodyElse() throws Exception {
        try (Ends.Waiting one = ends.waiting(ours);
                Ends.Waiting two = ends.waiting(ours);
                Ends.Waiting other = ends.waiting(ids.operation())) {
            CompletableFuture<Boolean> first = CompletableFuture.supplyAsync(() -> one.await(LONG));
            CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> two.await(LONG));
            AtomicBoolean woken = new AtomicBoolean();
            Thread third = new Thread(() -> woken.set(other.await(LONG)));
            third.start();

            ends.tell(ours);

            assertTrue(first.get(10, TimeUnit.SECONDS));
            assertTrue(second.get(10, TimeUnit.SECONDS));
            assertTrue(third.isAlive());
            third.interrupt();
            third.join();
            assertFalse(woken.get(), "it was interrupted, not told");
        }
    }

    @Test
    void nothingIsKeptOfThoseWhoLeft() {
        try (Ends.Waiting one = ends.waiting(ours)) {
            try (Ends.Waiting two = ends.waiting(ours)) {
                assertTrue(two.await(1));
            }
            assertEquals(1, ends.size());
            assertTrue(one.await(1));
        }

        assertEquals(0, ends.size());
        ends.tell(ours);
    }
}
