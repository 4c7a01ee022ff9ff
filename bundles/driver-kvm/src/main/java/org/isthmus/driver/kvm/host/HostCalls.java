// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.io.InputStream;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.Console;

/** The way to the host. */
public interface HostCalls extends AutoCloseable {
    /**
     * Does something there and answers in less than 10 s: with its result, or with UNAVAILABLE when the host does not
     * answer or takes longer.
     *
     * @param what for messages: "start the server"
     * @param afterwards runs once nothing of it goes on any more, whatever came of it
     */
    <T> T call(String what, Function<Hypervisor, T> body, Runnable afterwards);

    default <T> T call(String what, Function<Hypervisor, T> body) {
        return call(what, body, () -> {});
    }

    /**
     * Copies content into a volume on a connection of its own, for as long as it moves. For background work: returns when
     * all is written.
     *
     * @throws InterruptedException when interrupted; nothing is written from then on
     * @throws DriverException UNAVAILABLE when it stopped moving
     */
    void copy(String pool, String volume, InputStream content, long length, LongConsumer sent)
            throws InterruptedException;

    /** Opens a connection of its own to read files by, for background work. Closed by whoever asked for it. */
    Reading reading();

    /** A way to read. Used by one thread. */
    interface Reading extends AutoCloseable {
        /**
         * As {@link Volumes#readPath}, for as long as it moves.
         *
         * @throws DriverException UNAVAILABLE when it stopped moving, or the thread was interrupted, which it then still is
         */
        byte[] read(String path, long offset, int length);

        @Override
        void close();
    }

    /** Opens a domain's serial console on a connection of its own. */
    Console.Session console(String uuid);

    @Override
    void close();
}
