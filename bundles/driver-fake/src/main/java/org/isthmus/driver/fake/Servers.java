// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.isthmus.driver.fake.Entry.Mark;
import org.isthmus.driver.fake.FakeServer.FakeDisk;
import org.isthmus.driver.fake.FakeServer.FakeNic;
import org.isthmus.driver.fake.FakeSettings.Host;
import org.isthmus.driver.fake.Ledger.Change;
import org.isthmus.driver.fake.Ledger.Thing;
import org.isthmus.driver.fake.Switchboard.Outcome;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ServerSpec;

/** What all calls about servers share: finding the server, and the limits of its host. */
final class Servers {
    private static final long GIB = 1L << 30;

    private final FakeSettings settings;
    private final Switchboard switchboard;

    Servers(FakeSettings settings, Switchboard switchboard) {
        this.settings = settings;
        this.switchboard = switchboard;
    }

    /** A change of one server that is ours, is there, and whose host can be reached. */
    <T> Progress<T> change(
            Verb verb, Call call, String ref, String detail, BiFunction<FarEnd, FakeServer, Outcome<T>> body) {
        return switchboard.change(verb, call, ref, detail, far -> body.apply(far, reachable(far, ref)));
    }

    /** A question about one server that is ours, is there, and whose host can be reached. */
    <T> T ask(Verb verb, String ref, Function<FakeServer, T> question) {
        return switchboard.ask(verb, ref, far -> question.apply(reachable(far, ref)));
    }

    private FakeServer reachable(FarEnd far, String ref) {
        FakeServer server = far.byRef(ref)
                .filter(FakeServer::managed)
                .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "There is no server " + ref + " here."));
        mustReach(server.host());
        return server;
    }

    void mustReach(String host) {
        if (switchboard.lost(host)) {
            throw new DriverException(Kind.UNAVAILABLE, "The host " + host + " cannot be reached.");
        }
    }

    Host host(String name) {
        return settings.hosts().stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new DriverException(
                        Kind.INVALID, "This endpoint has no host " + name + "; it has " + names() + "."));
    }

    private Set<String> names() {
        return settings.hosts().stream().map(Host::name).collect(Collectors.toSet());
    }

    /** INVALID for what can never be, NO_CAPACITY for what does not fit the host now. */
    void check(FarEnd far, ServerSpec spec) {
        Host host = host(spec.host());
        mustReach(host.name());
        for (ServerSpec.DiskSpec disk : spec.disks()) {
            long least = disk.image().map(image -> image.virtualSizeBytes()).orElse(0L);
            if (disk.sizeBytes() < least) {
                throw new DriverException(
                        Kind.INVALID,
                        "The disk " + disk.id() + " has " + disk.sizeBytes() + " bytes, its image needs " + least
                                + ".");
            }
        }
        mustFit(
                far,
                host,
                spec.cpus(),
                spec.memoryMiB(),
                spec.disks().stream().mapToLong(ServerSpec.DiskSpec::sizeBytes).sum());
    }

    /** NO_CAPACITY unless so much more fits. CPUs are shared, memory and disk space are not. */
    void mustFit(FarEnd far, Host host, int cpus, long moreMemoryMiB, long moreBytes) {
        FarEnd.Held held = far.held(host.name());
        long memory = held.memoryMiB() + moreMemoryMiB;
        long bytes = held.diskBytes() + moreBytes;
        if (cpus > host.cpus()) {
            throw full(host, cpus + " CPUs of " + host.cpus());
        }
        if (memory > host.memoryMiB()) {
            throw full(host, memory + " MiB of memory of " + host.memoryMiB());
        }
        if (bytes > host.diskGiB() * GIB) {
            throw full(host, bytes + " bytes on disk of " + host.diskGiB() + " GiB");
        }
    }

    private static DriverException full(Host host, String what) {
        return new DriverException(
                Kind.NO_CAPACITY, "The host " + host.name() + " is full: it would take " + what + ".");
    }

    /** Marks for the server and all its parts. */
    static Mark[] marks(FakeServer server, Change change) {
        return Stream.of(
                        Stream.of(new Mark(Thing.SERVER, server.managed() ? server.server() : server.ref(), change)),
                        server.disks().stream().map(FakeDisk::id).map(id -> new Mark(Thing.DISK, id, change)),
                        server.nics().stream().map(FakeNic::id).map(id -> new Mark(Thing.NIC, id, change)),
                        server.snapshots().stream().map(taken -> new Mark(Thing.SNAPSHOT, taken.id(), change)))
                .flatMap(Function.identity())
                .toArray(Mark[]::new);
    }

    static Mark changed(FakeServer server) {
        return new Mark(Thing.SERVER, server.server(), Change.CHANGED);
    }
}
