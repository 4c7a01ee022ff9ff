// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * Something of jclouds, made when it is first used: putting a context together takes seconds on a busy machine, and opening an
 * endpoint must not. Whoever comes meanwhile waits for it; one that failed is tried again.
 */
public final class Lazily<T> {
    private final Callable<T> maker;
    private final AtomicReference<FutureTask<T>> task = new AtomicReference<>();

    public Lazily(Callable<T> maker) {
        this.maker = maker;
    }

    /** It, made by now. */
    public T get() {
        FutureTask<T> mine = new FutureTask<>(maker);
        FutureTask<T> before = task.compareAndExchange(null, mine);
        if (before == null) {
            // on a thread of its own, which nobody interrupts because a call has waited long enough
            Thread thread = new Thread(mine, "jclouds-opening");
            thread.setDaemon(true);
            thread.setContextClassLoader(Lazily.class.getClassLoader());
            thread.start();
        }
        FutureTask<T> made = before == null ? mine : before;
        try {
            return made.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, "This endpoint is still being opened; ask again.");
        } catch (ExecutionException e) {
            task.compareAndSet(made, null);
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }

    /** It, when it has been made. */
    public Optional<T> made() {
        FutureTask<T> made = task.get();
        try {
            return made != null && made.isDone() ? Optional.of(made.get()) : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException e) {
            return Optional.empty();
        }
    }
}
