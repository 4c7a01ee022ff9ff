// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.isthmus.core.Threads;
import org.isthmus.core.operation.Worker;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * What the {@link Lane}s of all endpoints share.
 *
 * @param threads one for each call under way
 * @param longest how long a call may take: a little more than the ten seconds that drivers are promised to need
 * @param substitute gives somebody who takes the place of one that waits long
 */
record Lanes(ExecutorService threads, Duration longest, Supplier<Worker.Substitute> substitute)
        implements AutoCloseable {
    private static final Duration LONGEST = Duration.ofSeconds(12);

    static Lanes of(Supplier<Worker.Substitute> substitute) {
        return new Lanes(Executors.newCachedThreadPool(Threads.named("isthmus-driver")), LONGEST, substitute);
    }

    /**
     * Opens or closes a driver, which is no call on it: waits for three calls' time, then leaves it alone.
     *
     * @param late takes what it made when nobody waits for it any more
     * @throws DriverException BROKEN when it threw an error, UNAVAILABLE when it did not end in time
     */
    <R> R apart(String what, Supplier<R> work, Consumer<R> late) {
        Duration most = longest.multipliedBy(3);
        FutureTask<R> task = new FutureTask<>(work::get);
        threads.execute(task);
        try {
            return task.get(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            threads.execute(() -> {
                try {
                    late.accept(task.get());
                } catch (InterruptedException stopping) {
                    Thread.currentThread().interrupt();
                } catch (ExecutionException | RuntimeException failed) {
                    // it made nothing
                }
            });
            throw new DriverException(Kind.UNAVAILABLE, what + " took longer than " + most.toSeconds() + " s.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, what + " was interrupted.", e);
        } catch (ExecutionException e) {
            throw thrown(what, e.getCause());
        }
    }

    /** What a driver threw, as callers know it: errors of its code are exceptions, the machine's own stay errors. */
    static RuntimeException thrown(String what, Throwable cause) {
        if (cause instanceof RuntimeException said) {
            return said;
        }
        if (cause instanceof LinkageError || cause instanceof StackOverflowError || cause instanceof AssertionError) {
            return new DriverException(Kind.BROKEN, what + " broke: " + cause, cause);
        }
        if (cause instanceof Error ours) {
            throw ours; // no memory, say: not the driver's alone
        }
        return new IllegalStateException(cause);
    }

    /** Calls that hang are left to themselves. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
