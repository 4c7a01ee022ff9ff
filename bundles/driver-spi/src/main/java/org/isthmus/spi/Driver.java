// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi;

import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * One open endpoint. A driver is a {@link org.isthmus.spi.compute.ComputeDriver}, a {@link
 * org.isthmus.spi.network.NetworkDriver}, or both, with any facets. The host asks {@link #facet} for each of these,
 * never {@code instanceof}: one class cannot be both (their lists differ), so a driver that is both answers with a part.
 *
 * <p>Every method may be called by several threads at once and returns within 10 s. I/O threads of a connection live from
 * {@code open} to {@link #close}; there are no others.
 */
@ConsumerType
public interface Driver extends AutoCloseable {
    /**
     * How the endpoint is, by asking it. An endpoint that is away is an answer here, not an exception.
     */
    Health health();

    /**
     * What this endpoint can do beyond the core, as operators see it in {@code capabilities}: names of facets and of
     * anything else worth knowing. Facets are constant while open; what is found out about the far end may come later.
     */
    Set<String> capabilities();

    /** The facet, when this driver offers it: an optional interface of this SPI. */
    default <F> Optional<F> facet(Class<F> type) {
        return type.isInstance(this) ? Optional.of(type.cast(this)) : Optional.empty();
    }

    /** Lets go of connections and threads. Calls in flight have ended before. Idempotent; leaves everything made in place. */
    @Override
    void close();

    /**
     * State and, in one sentence, why.
     *
     * @param detail for the operator; empty when UP needs no words
     */
    record Health(State state, String detail) {
        public enum State {
            UP,
            /** Works, but something is missing or slow. */
            DEGRADED,
            DOWN
        }

        public static Health up(String detail) {
            return new Health(State.UP, detail);
        }

        public static Health down(String detail) {
            return new Health(State.DOWN, detail);
        }
    }
}
