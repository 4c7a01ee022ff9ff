// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import org.isthmus.spi.DriverContext;

/** What one open driver gets of the controller; its work ends with it. */
final class EndpointContext implements DriverContext, AutoCloseable {
    private final Clock clock;
    private final Path cache;
    private final Works works;
    private final Consumer<String> hints;

    EndpointContext(Clock clock, Path cache, Works works, Consumer<String> hints) {
        this.clock = clock;
        this.cache = cache;
        this.works = works;
        this.hints = hints;
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public Path cache() {
        return cache;
    }

    @Override
    public void changed(String ref) {
        hints.accept(ref);
    }

    @Override
    public void start(String key, Work work) {
        works.start(key, work);
    }

    @Override
    public Optional<WorkState> work(String key) {
        return works.work(key);
    }

    @Override
    public void forget(String key) {
        works.forget(key);
    }

    @Override
    public void close() {
        works.close();
    }
}
