// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import org.isthmus.driver.fake.Switchboard.Outcome;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Resizable;

/** CPUs and memory of a stopped server, within what its host has. */
final class FakeSizes implements Resizable {
    private final Servers servers;

    FakeSizes(Servers servers) {
        this.servers = servers;
    }

    @Override
    public Progress<Void> resize(Call call, String ref, int cpus, long memoryMiB) {
        return servers.change(Verb.RESIZE, call, ref, cpus + " CPUs, " + memoryMiB + " MiB", (far, server) -> {
            if (server.cpus() == cpus && server.memoryMiB() == memoryMiB) {
                return Outcome.already(null);
            }
            if (server.on()) {
                throw new DriverException(Kind.CONFLICT, "The server " + ref + " is on; stop it, then resize it.");
            }
            servers.mustFit(far, servers.host(server.host()), cpus, memoryMiB - server.memoryMiB(), 0);
            return FakeDriver.leaves(server.sized(cpus, memoryMiB));
        });
    }
}
