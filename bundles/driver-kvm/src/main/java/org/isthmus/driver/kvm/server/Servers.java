// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.driver.kvm.host.Acceleration;
import org.isthmus.driver.kvm.host.HostFiles;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.host.SmallFiles;
import org.isthmus.driver.kvm.host.Volumes;
import org.isthmus.driver.kvm.host.Volumes.Backing;
import org.isthmus.driver.kvm.host.Volumes.NewVolume;
import org.isthmus.driver.kvm.seed.SeedImage;
import org.isthmus.driver.kvm.xml.Devices;
import org.isthmus.driver.kvm.xml.DomainView;
import org.isthmus.driver.kvm.xml.DomainXml;
import org.isthmus.driver.kvm.xml.ServerMark;
import org.isthmus.driver.kvm.xml.Xml;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes, finds and removes servers. */
public final class Servers {
    private static final Logger LOG = LoggerFactory.getLogger(Servers.class);
    private static final Duration SOON = Duration.ofMillis(500);
    private static final int SECTOR = 512;

    private final Endpoint endpoint;

    private final Kept kept;

    public Servers(Endpoint endpoint, Kept kept) {
        this.endpoint = endpoint;
        this.kept = kept;
    }

    /**
     * Makes the server. The files come first and bear the server's id; the domain, which alone carries the token, comes
     * last and all at once. So a call cut off before has made nothing that counts, and makes the files anew.
     */
    public Progress<Created> create(Call call, ServerSpec spec) {
        check(spec);
        Optional<Acceleration> acceleration = endpoint.acceleration().known();
        Runnable turn = endpoint.turns().take(spec.server());
        Step step = endpoint.calls().call("make the server", host -> make(host, call, spec, acceleration), turn);
        if (step.made().isPresent()) {
            return Progress.done(step.made().orElseThrow());
        }
        if (acceleration.isEmpty()) {
            endpoint.acceleration().settled();
        }
        int percent = 100;
        for (ImageContent image : step.missing()) {
            percent = Math.min(percent, endpoint.images().copying(image));
        }
        return step.missing().isEmpty()
                ? new Progress.Pending<>("finding out how guests run on this host", SOON, -1)
                : new Progress.Pending<>("copying the image to the host", SOON, percent);
    }

    private static void check(ServerSpec spec) {
        for (DiskSpec disk : spec.disks()) {
            checkSize(disk);
        }
        for (NicSpec nic : spec.nics()) {
            // refuses a port this driver cannot plug into before anything is made
            Devices.nic(Xml.root("devices"), nic, Optional.empty());
        }
    }

    static void checkSize(DiskSpec disk) {
        Optional<Long> least = disk.image().map(ImageContent::virtualSizeBytes);
        if (least.filter(size -> size > disk.sizeBytes()).isPresent()) {
            throw new DriverException(
                    Kind.INVALID,
                    "The disk " + disk.id() + " is smaller than its image; make it at least " + least.orElseThrow()
                            + " bytes.");
        }
    }

    /** How far one call came: made, or which images are not on the host yet, if it is not only the acceleration. */
    private record Step(Optional<Created> made, List<ImageContent> missing) {}

    private Step make(Hypervisor host, Call call, ServerSpec spec, Optional<Acceleration> acceleration) {
        Optional<Created> there = existing(host, call, spec.server());
        if (there.isPresent()) {
            return new Step(there, List.of());
        }
        checkRoom(host, spec);
        HostFiles.Pools pools = endpoint.files().ensure(host.volumes());
        List<Backing> template = kept.backings(host, spec);
        List<ImageContent> missing = new ArrayList<>();
        for (DiskSpec disk : spec.disks()) {
            disk.image()
                    .filter(image -> endpoint.images()
                            .ready(host.volumes(), pools.servers(), image)
                            .isEmpty())
                    .ifPresent(missing::add);
        }
        if (acceleration.isEmpty() || !missing.isEmpty()) {
            return new Step(Optional.empty(), missing);
        }
        return new Step(Optional.of(define(host, pools, call, spec, template, acceleration.orElseThrow())), List.of());
    }

    private static Optional<Created> existing(Hypervisor host, Call call, ServerId server) {
        Optional<Found> found = Found.of(host, server);
        if (found.isEmpty()) {
            if (host.domains().find(HostFiles.uuid(server)).isPresent()) {
                throw new DriverException(
                        Kind.CONFLICT,
                        "A domain with the UUID of " + server
                                + " is on this host, but is not Isthmus' own; remove it or" + " adopt it.");
            }
            return Optional.empty();
        }
        Found there = found.orElseThrow();
        if (!there.mark().orElseThrow().token().equals(call.token())) {
            throw new DriverException(Kind.CONFLICT, "The server " + server + " was already made by another call.");
        }
        return Optional.of(new Created(there.ref()));
    }

    private static void checkRoom(Hypervisor host, ServerSpec spec) {
        String name = host.hostName();
        if (!name.equals(spec.host())) {
            throw new DriverException(
                    Kind.INVALID, "This endpoint is the host " + name + "; there is no " + spec.host() + " here.");
        }
        checkSize(host, spec.cpus(), spec.memoryMiB());
    }

    static void checkSize(Hypervisor host, int cpus, long memoryMiB) {
        Hypervisor.Node node = host.node();
        if (cpus > node.cpus() || memoryMiB > node.memoryMiB()) {
            throw new DriverException(
                    Kind.NO_CAPACITY,
                    "The host has " + node.cpus() + " CPUs and " + node.memoryMiB() + " MiB, less than the server's "
                            + cpus + " and " + memoryMiB + ".");
        }
    }

    private Created define(
            Hypervisor host,
            HostFiles.Pools pools,
            Call call,
            ServerSpec spec,
            List<Backing> template,
            Acceleration acceleration) {
        ServerId server = spec.server();
        List<String> paths = new ArrayList<>();
        for (DiskSpec disk : spec.disks()) {
            paths.add(
                    paths.size() < template.size()
                            ? freshDisk(
                                    host.volumes(),
                                    pools.servers(),
                                    server,
                                    disk,
                                    Optional.of(template.get(paths.size())))
                            : freshDisk(host.volumes(), pools.servers(), server, disk));
        }
        byte[] seed = SeedImage.of(spec.seed(), endpoint.context().clock().instant());
        SmallFiles.replace(host.volumes(), pools.servers(), HostFiles.seed(server), seed);
        String seedPath = path(host.volumes(), pools.servers(), HostFiles.seed(server));
        String uuid = HostFiles.uuid(server);
        ServerMark mark =
                new ServerMark(server, call.token(), spec.host(), spec.name().value(), false, List.of());
        host.domains()
                .define(DomainXml.of(
                        spec,
                        new DomainXml.Making(
                                uuid,
                                mark,
                                paths,
                                seedPath,
                                endpoint.files().logPath(server),
                                acceleration.kind(),
                                endpoint.cpuModel(),
                                endpoint.machine(),
                                endpoint.bridge())));
        LOG.info("Server {} ({}) is made on {}", server, spec.name(), spec.host());
        return new Created(uuid);
    }

    /** A disk as wished, in place of what a call that was cut off may have left. Answers with its path. */
    String freshDisk(Volumes volumes, String pool, ServerId server, DiskSpec disk) {
        Optional<Backing> backing =
                disk.image().flatMap(image -> endpoint.images().ready(volumes, pool, image));
        return freshDisk(volumes, pool, server, disk, backing);
    }

    private static String freshDisk(
            Volumes volumes, String pool, ServerId server, DiskSpec disk, Optional<Backing> backing) {
        String name = HostFiles.disk(server, disk.id());
        volumes.delete(pool, name);
        volumes.create(pool, new NewVolume(name, "qcow2", wholeSectors(disk.sizeBytes()), false, backing));
        return path(volumes, pool, name);
    }

    static long wholeSectors(long bytes) {
        return (bytes + SECTOR - 1) / SECTOR * SECTOR;
    }

    private static String path(Volumes volumes, String pool, String name) {
        return volumes.find(pool, name)
                .orElseThrow(() -> new DriverException(
                        Kind.UNAVAILABLE, "The file " + name + " vanished from the host while its server was made."))
                .path();
    }

    /** Removes the server and its files. The domain goes last: until then it says what is still to be removed. */
    public Progress<Void> delete(ServerId server, Optional<String> ref) {
        Runnable turn = endpoint.turns().take(server);
        return endpoint.calls()
                .call(
                        "delete the server",
                        host -> {
                            remove(host, server, ref);
                            return Progress.done();
                        },
                        turn);
    }

    private void remove(Hypervisor host, ServerId server, Optional<String> ref) {
        Optional<Found> found = ref.flatMap(known -> Found.at(host, known))
                .filter(one ->
                        one.mark().filter(mark -> mark.server().equals(server)).isPresent())
                .or(() -> Found.of(host, server));
        if (found.isPresent() && found.orElseThrow().active()) {
            host.domains().cutPower(found.orElseThrow().ref());
        }
        found.filter(one -> one.mark().orElseThrow().adopted()).ifPresent(one -> removeDisks(host, one));
        endpoint.files().deleteAll(host.volumes(), server);
        if (found.isPresent()) {
            host.domains().undefine(found.orElseThrow().ref());
            LOG.info("Server {} is removed", server);
        }
    }

    /** Disks of an adopted server lie where somebody else put them, under names that tell nothing. */
    private static void removeDisks(Hypervisor host, Found found) {
        for (DomainView.Disk disk : found.view().disks()) {
            boolean shared = Xml.at(disk.element(), "shareable").isPresent()
                    || Xml.at(disk.element(), "readonly").isPresent();
            if (!shared && disk.path().isPresent()) {
                String path = disk.path().orElseThrow();
                if (!host.volumes().deletePath(path)) {
                    LOG.warn("The disk {} of an adopted server is in no storage pool and stays", path);
                }
            }
        }
    }

    public Optional<SeenServer> find(ServerId server) {
        return endpoint.calls().call("look for the server", host -> Found.of(host, server)
                .map(found -> found.seen(host, host.hostName())));
    }

    public List<SeenServer> list() {
        return endpoint.calls().call("list the servers", host -> {
            String hostName = host.hostName();
            return Found.all(host).stream()
                    .map(found -> found.seen(host, hostName))
                    .toList();
        });
    }
}
