// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;

/**
 * What a driver author supplies: the driver under test, and the far end it drives. Made once per test, closed after it;
 * several may share one far end, as long as each test finds what it made itself.
 */
public interface Subject<D extends Driver> extends AutoCloseable {
    /**
     * Opens the driver, on the same far end each time. Called again after {@link Driver#close} it stands for a controller
     * that was restarted: nothing may come along but what is written below.
     */
    D open(DriverContext context);

    /** An existing directory for the driver's cache, the same for every {@link #open} of this subject. */
    Path cache();

    /** How to let time pass. Real time, at most 2 s between two calls, unless said otherwise. */
    default Waiting waiting() {
        return Waiting.real(Duration.ofSeconds(2));
    }

    /** How long a wish may take in all, by the clock of {@link #waiting}. */
    default Duration patience() {
        return Duration.ofMinutes(3);
    }

    /** How many seeded schedules of disturbances each replayed rule goes through. */
    default int schedules() {
        return 2;
    }

    /** Passwords, keys and tokens this driver was opened with: none may show in a message. */
    default Set<String> secrets() {
        return Set.of();
    }

    /**
     * Cuts the driver off its far end; closing what is returned brings it back. Empty when the author cannot do that: the
     * rules that need it are then skipped, and say so.
     */
    default Optional<Outage> disconnect() {
        return Optional.empty();
    }

    /** Releases what {@link #open} did not make. What the tests made has been deleted before. */
    @Override
    default void close() {}

    /** A far end that is away until this is closed. */
    @FunctionalInterface
    interface Outage extends AutoCloseable {
        @Override
        void close();
    }
}
