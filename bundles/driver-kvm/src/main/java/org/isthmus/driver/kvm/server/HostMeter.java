// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.isthmus.driver.kvm.host.AccelerationProbe;
import org.isthmus.driver.kvm.host.Domains.DiskFacts;
import org.isthmus.driver.kvm.host.Domains.Facts;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.host.Volumes.Space;
import org.isthmus.spi.compute.ComputeDriver.HostCapacity;
import org.isthmus.spi.compute.Metered.Counters;

/** What the host has, and what its servers have used: a fixed number of round trips however many there are. */
public final class HostMeter {
    private static final long GIB = 1L << 30;

    private final Endpoint endpoint;

    public HostMeter(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    public List<HostCapacity> capacity() {
        return endpoint.calls().call("ask for its capacity", host -> List.of(capacity(host)));
    }

    /** Room for servers' disks in all: what is free, and what their disks hold already. */
    private HostCapacity capacity(Hypervisor host) {
        Hypervisor.Node node = host.node();
        Space space =
                host.volumes().space(endpoint.files().ensure(host.volumes()).servers());
        long held = 0;
        for (Facts facts : host.domains().all()) {
            for (DiskFacts disk : facts.disks().values()) {
                held += endpoint.files().holds(disk.path()) ? disk.heldBytes() : 0;
            }
        }
        boolean room = space.available() >= GIB;
        return new HostCapacity(
                host.hostName(),
                node.cpus(),
                node.memoryMiB(),
                (space.available() + held) / GIB,
                room,
                room ? "" : "Less than 1 GiB is free where the servers' disks are.");
    }

    public List<Counters> counters() {
        return endpoint.calls().call("read its counters", host -> {
            List<Counters> all = new ArrayList<>();
            for (Facts facts : host.domains().all()) {
                // counters that are missing would look as if they had fallen to nothing
                if (facts.active() && facts.complete() && !AccelerationProbe.isProbe(facts.name())) {
                    all.add(counters(facts));
                }
            }
            return all;
        });
    }

    private static Counters counters(Facts facts) {
        long read =
                facts.disks().values().stream().mapToLong(DiskFacts::readBytes).sum();
        long written = facts.disks().values().stream()
                .mapToLong(DiskFacts::writtenBytes)
                .sum();
        return new Counters(
                facts.uuid(),
                Duration.ofNanos(facts.cpuNanos()),
                facts.residentKiB() >> 10,
                read,
                written,
                facts.receivedBytes(),
                facts.sentBytes());
    }
}
