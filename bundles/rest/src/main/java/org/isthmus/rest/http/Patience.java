// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.time.Duration;
import java.util.Optional;
import javax.servlet.http.HttpServletRequest;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;

/**
 * How long reading a request's body, or writing its answer, waits for its client. A servlet's read blocks for as long as the connection may be idle,
 * so it is the connection that is told; afterwards it is as patient as before.
 */
final class Patience implements AutoCloseable {
    private final Optional<EndPoint> connection;
    private final long before;
    private volatile boolean gaveUp;

    Patience(HttpServletRequest request) {
        connection = Optional.ofNullable(Request.getBaseRequest(request))
                .map(asked -> asked.getHttpChannel().getEndPoint());
        before = connection.map(EndPoint::getIdleTimeout).orElse(0L);
    }

    /** A read that waits longer than this fails with an IOException because of a TimeoutException. */
    void atMost(Duration time) {
        // zero would be for ever
        connection.ifPresent(point -> point.setIdleTimeout(Math.max(1, time.toMillis())));
        if (gaveUp) {
            connection.ifPresent(point -> point.setIdleTimeout(1));
        }
    }

    /** From another thread: what waits for the client, and all after it, fails like what has waited too long. */
    void giveUp() {
        gaveUp = true;
        connection.ifPresent(point -> point.setIdleTimeout(1));
    }

    @Override
    public void close() {
        connection.ifPresent(point -> point.setIdleTimeout(before));
    }
}
