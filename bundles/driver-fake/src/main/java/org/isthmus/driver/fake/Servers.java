// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ServerSpec;

/** What all calls about servers share: finding the server, and the limits of its host. */
final class Servers {
    private static final long GIB = 1L << 30;

    private final FakeSettings settings;
    private final Switchboard switchboard;

    private final KeptContents contents;

    Servers(FakeSettings settings, Switchboard switchboard, KeptContents contents) {
        this.settings = settings;
        this.switchboard = switchboard;
        this.contents = contents;
    }

    /** A server as the spec wishes it; it is checked. */
    FakeServer make(FarEnd far, String token, ServerSpec spec) {
        List<FakeDisk> disks = new ArrayList<>();
        List<FakeDisk> originals = template(far, spec).map(FakeImage::disks).orElse(List.of());
        for (ServerSpec.DiskSpec disk : spec.disks()) {
            disks.add(
                    disks.size() < originals.size()
                            ? new FakeDisk(
                                    disk.id().value(),
                                    disk.sizeBytes(),
                                    originals.get(disks.size()).content())
                            : disk(disk));
        }
        return new FakeServer(
                "fake-" + spec.server().value(),
                spec.server().value(),
                token,
                spec.name().value(),
                spec.host(),
                spec.cpus(),
                spec.memoryMiB(),
                Power.OFF,
                disks,
                spec.nics().stream()
                        .map(nic -> new FakeNic(nic.id().value(), nic.mac().value()))
                        .toList(),
                List.of(),
                List.of(),
                0,
                0,
                spec.firmware());
    }

    private static Optional<FakeImage> template(FarEnd far, ServerSpec spec) {
        return spec.template().map(ref -> far.image(ref)
                .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "There is no template " + ref + " here.")));
    }

    /** A disk as wished; small content is kept. */
    FakeDisk disk(ServerSpec.DiskSpec disk) {
        return new FakeDisk(
                disk.id().value(),
                disk.sizeBytes(),
                disk.image().map(contents::keep).orElse(null));
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

    FakeServer reachable(FarEnd far, String ref) {
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
            disk.image().ifPresent(image -> mustTake(image.format()));
        }
        template(far, spec).ifPresent(template -> mustFollow(template, spec));
        mustFit(
                far,
                host,
                spec.cpus(),
                spec.memoryMiB(),
                spec.disks().stream().mapToLong(ServerSpec.DiskSpec::sizeBytes).sum());
    }

    private void mustTake(ImageContent.Format format) {
        if (!settings.formats().contains(format)) {
            throw new DriverException(
                    Kind.INVALID, "This endpoint takes content as " + settings.formats() + ", not as " + format + ".");
        }
    }

    private static void mustFollow(FakeImage template, ServerSpec spec) {
        for (int i = 0; i < template.disks().size(); i++) {
            FakeDisk original = template.disks().get(i);
            if (i >= spec.disks().size()
                    || spec.disks().get(i).image().isPresent()
                    || spec.disks().get(i).sizeBytes() < original.sizeBytes()) {
                throw new DriverException(
                        Kind.INVALID,
                        "The first disks of a server of the template " + template.ref()
                                + " are its own, at least as large and without content.");
            }
        }
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
