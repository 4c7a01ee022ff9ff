// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * Calls to the cloud, on threads that end with the endpoint: none of the host's threads ever keeps something of jclouds, and a
 * cloud that does not answer holds nobody up for longer than a limit.
 */
public final class Calls implements AutoCloseable {
    private static final int AT_ONCE = 32;

    private final ExecutorService threads;
    private final Duration limit;
    private final Failures failures;

    public Calls(Duration limit, Failures failures) {
        this.limit = limit;
        this.failures = failures;
        this.threads = new ThreadPoolExecutor(0, AT_ONCE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "jclouds-call");
            thread.setDaemon(true);
            thread.setContextClassLoader(Calls.class.getClassLoader());
            return thread;
        });
    }

    /** Asks, or says UNAVAILABLE when there is no answer in time. */
    public <T> T call(String what, Callable<T> question) {
        return within(limit, what, question);
    }

    /** The same with more patience, for work of the host's executor. */
    public <T> T within(Duration time, String what, Callable<T> question) {
        Future<T> answer;
        try {
            answer = threads.submit(question);
        } catch (RejectedExecutionException e) {
            throw threads.isShutdown()
                    ? new DriverException(Kind.UNAVAILABLE, "This endpoint is closed.")
                    : new DriverException(Kind.THROTTLED, "Too many calls to this cloud are under way; ask again.");
        }
        try {
            return answer.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new DriverException(
                    Kind.UNAVAILABLE, "The cloud did not " + what + " within " + time.toSeconds() + " s.");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new DriverException(Kind.UNAVAILABLE, "Interrupted while the cloud was to " + what + ".");
        } catch (ExecutionException e) {
            throw failures.said(what, e.getCause());
        }
    }

    /** Ends all calls, and waits a moment for them. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            threads.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
