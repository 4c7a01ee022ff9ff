// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.isthmus.driver.kvm.host.Domains.Where;
import org.isthmus.driver.kvm.host.HostFiles;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.host.Volumes;
import org.isthmus.driver.kvm.xml.Devices;
import org.isthmus.driver.kvm.xml.DomainView;
import org.isthmus.driver.kvm.xml.DomainView.Disk;
import org.isthmus.driver.kvm.xml.DomainView.Nic;
import org.isthmus.driver.kvm.xml.SnapshotXml;
import org.isthmus.driver.kvm.xml.Xml;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.w3c.dom.Element;

/**
 * Disks and interfaces that come, go and grow. A running server has two descriptions, of now and of its next start: each is
 * brought there on its own, so that a call cut off between the two is finished by the next.
 */
public final class Attachments {
    private static final Duration GUEST_LETS_GO = Duration.ofSeconds(1);

    private final Endpoint endpoint;
    private final Servers servers;

    public Attachments(Endpoint endpoint, Servers servers) {
        this.endpoint = endpoint;
        this.servers = servers;
    }

    /** A server's descriptions: only one while it is off. */
    private record Views(Found found, DomainView persistent, Optional<DomainView> running) {
        static Views of(Hypervisor host, String ref) {
            Found found = Found.ours(host, ref);
            return found.active()
                    ? new Views(found, new DomainView(host.domains().description(ref, true)), Optional.of(found.view()))
                    : new Views(found, found.view(), Optional.empty());
        }

        /** Where there is such a device, or is none. */
        List<Where> where(Function<DomainView, Boolean> has, boolean wanted) {
            List<Where> places = new ArrayList<>();
            if (running.isPresent() && has.apply(running.orElseThrow()) == wanted) {
                places.add(Where.RUNNING);
            }
            if (has.apply(persistent) == wanted) {
                places.add(Where.PERSISTENT);
            }
            return places;
        }

        DomainView at(Where where) {
            return where == Where.RUNNING ? running.orElseThrow() : persistent;
        }

        <T> Optional<T> either(Function<DomainView, Optional<T>> device) {
            return running.flatMap(device).or(() -> device.apply(persistent));
        }

        ServerId server() {
            return found.mark().orElseThrow().server();
        }

        Set<String> targets() {
            Set<String> all = new HashSet<>(persistent.targets());
            running.ifPresent(view -> all.addAll(view.targets()));
            return all;
        }
    }

    private Progress<Void> change(String what, String ref, Function<Hypervisor, Progress<Void>> body) {
        Runnable turn = endpoint.turns().take(ref);
        return endpoint.calls().call(what, body, turn);
    }

    /** Makes and attaches a disk; one with an image is pending until the image is on the host. */
    public Progress<Void> attachDisk(String ref, DiskSpec disk) {
        Servers.checkSize(disk);
        Progress<Void> progress = change("attach the disk", ref, host -> attach(host, ref, disk));
        if (progress instanceof Progress.Pending<Void> pending) {
            int percent = disk.image().map(endpoint.images()::copying).orElse(-1);
            return new Progress.Pending<>(pending.memo(), pending.askAgainAfter(), percent);
        }
        return progress;
    }

    private Progress<Void> attach(Hypervisor host, String ref, DiskSpec disk) {
        Views views = Views.of(host, ref);
        String id = disk.id().value();
        List<Where> missing = views.where(view -> view.disk(id).isPresent(), false);
        if (missing.isEmpty()) {
            return Progress.done();
        }
        String pool = endpoint.files().ensure(host.volumes()).servers();
        Optional<ImageContent> absent = disk.image()
                .filter(image ->
                        endpoint.images().ready(host.volumes(), pool, image).isEmpty());
        if (absent.isPresent()) {
            return Progress.pending("copying the image to the host", GUEST_LETS_GO);
        }
        Optional<Disk> half = views.either(view -> view.disk(id));
        String path =
                half.flatMap(Disk::path).orElseGet(() -> servers.freshDisk(host.volumes(), pool, views.server(), disk));
        String target = half.map(Disk::target).orElseGet(() -> Devices.freeTarget(views.targets()));
        String xml = Xml.write(Devices.disk(Xml.root("devices"), disk.id(), path, target, false));
        missing.forEach(where -> give(
                host,
                ref,
                xml,
                where,
                view -> view.disk(id).isPresent(),
                failed -> HalfGiven.takeBackDisk(host.domains(), ref, path, failed.getMessage())));
        return Progress.done();
    }

    /** Attaches a device; when a libvirt that died left half of it in QEMU, that is taken back, and it is attached once more. */
    private static void give(
            Hypervisor host,
            String ref,
            String xml,
            Where where,
            Predicate<DomainView> has,
            Predicate<DriverException> takeBack) {
        try {
            host.domains().attach(ref, xml, where);
        } catch (DriverException e) {
            if (where != Where.RUNNING || e.kind() != Kind.BROKEN) {
                throw e;
            }
            if (Views.of(host, ref).running().filter(has).isPresent()) {
                // an earlier call that nobody waited for any more was quicker
                return;
            }
            if (!takeBack.test(e)) {
                throw e;
            }
            host.domains().attach(ref, xml, where);
        }
    }

    public Progress<Void> detachDisk(String ref, DiskId disk) {
        return change("detach the disk", ref, host -> detach(host, ref, disk));
    }

    private Progress<Void> detach(Hypervisor host, String ref, DiskId disk) {
        Views views = Views.of(host, ref);
        String id = disk.value();
        Optional<Disk> there = views.either(view -> view.disk(id));
        if (there.isPresent()) {
            refuseBootDisk(views, there.orElseThrow());
            refuseWhileInSnapshots(host, ref, there.orElseThrow());
            views.where(view -> view.disk(id).isPresent(), true)
                    .forEach(where -> unplug(
                            host, ref, views.at(where).disk(id).orElseThrow().element(), where));
            if (Views.of(host, ref).either(view -> view.disk(id)).isPresent()) {
                // its content goes when the guest has let go of the device
                return Progress.pending("waiting for the guest to let go of the disk", GUEST_LETS_GO);
            }
            there.orElseThrow().path().ifPresent(path -> host.volumes().deletePath(path));
        }
        // what a call left that was cut off after it had detached
        Volumes volumes = host.volumes();
        volumes.delete(endpoint.files().ensure(volumes).servers(), HostFiles.disk(views.server(), disk));
        return Progress.done();
    }

    private static void refuseBootDisk(Views views, Disk disk) {
        List<Disk> all = views.persistent().disks();
        if (!all.isEmpty() && all.get(0).id().equals(disk.id())) {
            throw new DriverException(Kind.INVALID, "The boot disk cannot be detached; delete the server instead.");
        }
    }

    private static void refuseWhileInSnapshots(Hypervisor host, String ref, Disk disk) {
        for (String snapshot : host.domains().snapshots(ref)) {
            if (SnapshotXml.disks(snapshot).contains(disk.target())) {
                throw new DriverException(
                        Kind.CONFLICT,
                        "The disk " + disk.id() + " is part of a snapshot; delete the server's snapshots first.");
            }
        }
    }

    /** Asks the guest to let go of a device; asked before and still thinking is as good. */
    private static void unplug(Hypervisor host, String ref, Element device, Where where) {
        try {
            host.domains().detach(ref, Xml.write(device), where);
        } catch (DriverException e) {
            boolean going = e.kind() == Kind.UNAVAILABLE || e.kind() == Kind.NOT_FOUND;
            if (where == Where.PERSISTENT || !going) {
                throw e;
            }
        }
    }

    public Progress<Void> growDisk(String ref, DiskId disk, long sizeBytes) {
        return change("grow the disk", ref, host -> {
            grow(host, ref, disk, Servers.wholeSectors(sizeBytes));
            return Progress.done();
        });
    }

    private static void grow(Hypervisor host, String ref, DiskId disk, long sizeBytes) {
        Found found = Found.ours(host, ref);
        Disk there = found.view()
                .disk(disk.value())
                .orElseThrow(() -> new DriverException(
                        Kind.NOT_FOUND, "The server " + ref + " has no disk " + disk + "; attach it first."));
        if (found.size(host, there) >= sizeBytes) {
            return;
        }
        if (found.active()) {
            host.domains().growDisk(ref, there.target(), sizeBytes);
        } else if (!host.volumes().resizePath(there.path().orElse(""), sizeBytes)) {
            throw new DriverException(
                    Kind.INVALID, "The disk " + disk + " is in no storage pool of this host and cannot be grown here.");
        }
    }

    public Progress<Void> attachNic(String ref, NicSpec nic) {
        Element device = Devices.nic(Xml.root("devices"), nic, endpoint.bridge());
        return change("attach the interface", ref, host -> {
            Views views = Views.of(host, ref);
            views.where(view -> view.nic(nic.id().value()).isPresent(), false)
                    .forEach(where -> give(
                            host,
                            ref,
                            Xml.write(device),
                            where,
                            view -> view.nic(nic.id().value()).isPresent(),
                            failed -> HalfGiven.takeBackNic(
                                    host.domains(), ref, Devices.alias(nic.id()), failed.getMessage())));
            return Progress.done();
        });
    }

    public Progress<Void> detachNic(String ref, NicId nic) {
        return change("detach the interface", ref, host -> {
            Views views = Views.of(host, ref);
            views.where(view -> view.nic(nic.value()).isPresent(), true).forEach(where -> {
                Nic there = views.at(where).nic(nic.value()).orElseThrow();
                unplug(host, ref, there.element(), where);
            });
            boolean gone =
                    Views.of(host, ref).either(view -> view.nic(nic.value())).isEmpty();
            return gone
                    ? Progress.done()
                    : Progress.pending("waiting for the guest to let go of the interface", GUEST_LETS_GO);
        });
    }
}
