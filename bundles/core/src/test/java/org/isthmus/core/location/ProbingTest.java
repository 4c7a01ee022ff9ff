// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.isthmus.core.Threads;
import org.isthmus.spi.Driver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two drivers that are compared, of which one does not answer. */
@Timeout(60)
final class ProbingTest {
    private static final Duration LONGEST = Duration.ofMillis(600);

    private final ExecutorService threads = Executors.newCachedThreadPool(Threads.named("probing-test"));
    private final Lanes lanes = new Lanes(threads, LONGEST, () -> () -> {});
    private final CountDownLatch never = new CountDownLatch(1);
    private final Semaphore interrupted = new Semaphore(0);

    @AfterEach
    void end() {
        never.countDown();
        threads.shutdown();
    }

    private void hang() {
        try {
            never.await();
        } catch (InterruptedException e) {
            interrupted.release();
            Thread.currentThread().interrupt();
        }
    }

    /** A driver that is up, as far as it answers. */
    private static class Answering implements Driver {
        @Override
        public Health health() {
            return Health.up("");
        }

        @Override
        public Set<String> capabilities() {
            return Set.of();
        }

        @Override
        public void close() {}
    }

    private final class Mute extends Answering {
        @Override
        public Health health() {
            hang();
            return Health.up("at last");
        }
    }

    private final class HangingInside extends Answering {
        @Override
        public <F> Optional<F> facet(Class<F> type) {
            hang();
            return Optional.empty();
        }
    }

    private Optional<String> wrong(Driver present, Driver next, boolean knownDown) {
        return new Probing(lanes, () -> knownDown).wrong(present, next);
    }

    @Test
    void aNextOneThatIsAsWellAsThePresentOneIsRight() {
        assertEquals(Optional.empty(), wrong(new Answering(), new Answering(), false));
    }

    @Test
    void aNextOneThatHangsWhenItIsLookedAtIsInterruptedAndDidNotAnswerInTime() throws InterruptedException {
        String wrong = wrong(new Answering(), new HangingInside(), false).orElse("");

        assertTrue(wrong.contains("did not answer in time"), wrong);
        interrupted.acquire();
    }

    @Test
    void aNextOneThatDoesNotSayHowItIsIsDown() throws InterruptedException {
        String wrong = wrong(new Answering(), new Mute(), false).orElse("");

        assertTrue(wrong.contains("It is DOWN"), wrong);
        interrupted.acquire();
    }

    @Test
    void whereNeitherSaysHowItIsThePresentOneStays() {
        String wrong = wrong(new Mute(), new Mute(), false).orElse("");

        assertTrue(wrong.contains("The present one did not say how it is"), wrong);
    }

    @Test
    void whatWasDownBeforeNeedNotAnswer() {
        assertEquals(Optional.empty(), wrong(new Mute(), new Answering(), true));
        assertEquals(Optional.empty(), wrong(new Mute(), new Mute(), true));
    }
}
