// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.servlet.AsyncContext;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.isthmus.rest.http.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells those who ask too much so a second later, without a thread that waits: a client that asks again at once upon each
 * refusal would else take all the processor with being refused.
 */
final class LateRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(LateRefusals.class);
    private static final int TOO_MANY = 429;
    private static final long LATE_MILLIS = 1000;
    private static final long LONGEST_MILLIS = 10_000;

    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, work -> {
        Thread thread = new Thread(work, "isthmus-late-refusals");
        thread.setDaemon(true);
        return thread;
    });

    void answer(Reply refusal, HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (refusal.status() != TOO_MANY || !request.isAsyncSupported()) {
            Written.problem(refusal, response);
            return;
        }
        AsyncContext later = request.startAsync();
        later.setTimeout(LONGEST_MILLIS);
        try {
            clock.schedule(() -> written(refusal, response, later), LATE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopping) {
            written(refusal, response, later);
        }
    }

    private static void written(Reply refusal, HttpServletResponse response, AsyncContext later) {
        try {
            Written.problem(refusal, response);
            later.complete();
        } catch (IOException | IllegalStateException e) {
            LOG.debug("A client that was refused went away", e);
        }
    }

    void stop() {
        clock.shutdownNow();
    }
}
