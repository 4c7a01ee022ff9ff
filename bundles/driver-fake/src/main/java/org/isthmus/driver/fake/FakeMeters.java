// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.time.Duration;
import java.util.List;
import org.isthmus.spi.compute.Metered;

/** Counters that grow evenly with the clock: a twentieth of each CPU, half the memory, a kilobyte a second each way. */
final class FakeMeters implements Metered {
    private static final int CPU_SHARE = 20;

    private final Switchboard switchboard;

    FakeMeters(Switchboard switchboard) {
        this.switchboard = switchboard;
    }

    @Override
    public List<Counters> counters() {
        return switchboard.ask(Verb.COUNTERS, "", far -> far.servers().stream()
                .filter(server -> server.managed() && server.on() && !switchboard.lost(server.host()))
                .map(this::counters)
                .toList());
    }

    private Counters counters(FakeServer server) {
        long millis = Math.max(0, switchboard.clock().millis() - server.startedAt());
        Duration cpu = Duration.ofMillis(millis).multipliedBy(server.cpus()).dividedBy(CPU_SHARE);
        return new Counters(server.ref(), cpu, server.memoryMiB() / 2, millis, millis, millis, millis);
    }
}
