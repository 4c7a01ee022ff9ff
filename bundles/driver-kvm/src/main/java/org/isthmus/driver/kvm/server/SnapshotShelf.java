// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.host.SmallFiles;
import org.isthmus.driver.kvm.host.Volumes;
import org.isthmus.driver.kvm.host.Volumes.Volume;
import org.isthmus.driver.kvm.xml.DomainView;
import org.isthmus.driver.kvm.xml.DomainView.Disk;
import org.isthmus.driver.kvm.xml.ServerMark;
import org.isthmus.driver.kvm.xml.ServerMark.Once;
import org.isthmus.driver.kvm.xml.SnapshotXml;
import org.isthmus.driver.kvm.xml.Xml;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.Sha256;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Snapshots.SeenSnapshot;
import org.w3c.dom.Element;

/**
 * Snapshots inside the qcow2 files: taken in a moment, whether the server runs or not, of all its disks at once, without
 * its memory. Going back is done with the server off, as pulling the plug and putting old disks in would be.
 *
 * <p>libvirt takes a domain's description back to the snapshot's time as well, which would forget disks that came since and
 * our own mark. So the description is kept in a file beside the disks while that happens, and put back.
 */
public final class SnapshotShelf {
    private static final String REVERT = "revert";
    private static final int SHORT = 16;

    private final Endpoint endpoint;

    public SnapshotShelf(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    private Progress<Void> change(String what, String ref, Consumer<Hypervisor> body) {
        Runnable turn = endpoint.turns().take(ref);
        return endpoint.calls()
                .call(
                        what,
                        host -> {
                            body.accept(host);
                            return Progress.done();
                        },
                        turn);
    }

    public Progress<Void> take(String ref, SnapshotId id) {
        return change("take the snapshot", ref, host -> {
            Found found = Found.ours(host, ref);
            if (!has(host, ref, id)) {
                take(host, found, id);
            }
        });
    }

    private void take(Hypervisor host, Found found, SnapshotId id) {
        DomainView view = found.view();
        List<Disk> in = view.disks().stream().filter(SnapshotShelf::isQcow2).toList();
        if (in.isEmpty()) {
            throw new DriverException(
                    Kind.INVALID, "The server " + found.ref() + " has no qcow2 disk that could hold a snapshot.");
        }
        List<String> targets = in.stream().map(Disk::target).toList();
        List<String> others = new ArrayList<>(view.targets());
        others.removeAll(targets);
        if (!found.active()) {
            host.domains().takeSnapshot(found.ref(), SnapshotXml.of(id, targets, others, Optional.empty()), false);
            return;
        }
        LiveSnapshot.take(host.domains(), found.ref(), in, id);
        DomainView persistent = new DomainView(host.domains().description(found.ref(), true));
        SnapshotXml.Taken taken =
                new SnapshotXml.Taken(endpoint.context().clock().instant(), persistent.domain());
        host.domains().takeSnapshot(found.ref(), SnapshotXml.of(id, targets, others, Optional.of(taken)), true);
    }

    private static boolean isQcow2(Disk disk) {
        return Xml.attributeAt(disk.element(), "type", "driver").equals(Optional.of("qcow2"));
    }

    private static boolean has(Hypervisor host, String ref, SnapshotId id) {
        return seen(host, ref).stream().anyMatch(one -> one.id().equals(id));
    }

    private static List<SeenSnapshot> seen(Hypervisor host, String ref) {
        return host.domains().snapshots(ref).stream()
                .map(SnapshotXml::read)
                .flatMap(Optional::stream)
                // whole seconds below; ids are ordered by time within one
                .sorted(Comparator.comparing(SeenSnapshot::takenAt)
                        .thenComparing(one -> one.id().value()))
                .toList();
    }

    public List<SeenSnapshot> list(String ref) {
        return endpoint.calls().call("list the snapshots", host -> {
            Found.ours(host, ref);
            return seen(host, ref);
        });
    }

    public Progress<Void> delete(String ref, SnapshotId id) {
        return change("delete the snapshot", ref, host -> {
            Found.ours(host, ref);
            host.domains().deleteSnapshot(ref, id.value());
        });
    }

    public Progress<Void> revert(Call call, String ref, SnapshotId id) {
        return change("revert to the snapshot", ref, host -> revert(host, call, ref, id));
    }

    private void revert(Hypervisor host, Call call, String ref, SnapshotId id) {
        Found found = Found.ours(host, ref);
        ServerMark mark = found.mark().orElseThrow();
        Volumes volumes = host.volumes();
        String pool = endpoint.files().ensure(volumes).servers();
        String file = mark.server() + ".revert-"
                + Sha256.of(call.token().getBytes(StandardCharsets.UTF_8)).hex().substring(0, SHORT) + ".xml";
        if (mark.once(call.token(), REVERT).isPresent()) {
            volumes.delete(pool, file);
            return;
        }
        Optional<Kept> kept = kept(volumes, pool, file);
        if (kept.isEmpty()) {
            if (!has(host, ref, id)) {
                throw new DriverException(Kind.NOT_FOUND, "The server " + ref + " has no snapshot " + id + ".");
            }
            Kept now = Kept.of(host, found, mark.remembering(new Once(call.token(), REVERT, -1, true)));
            SmallFiles.replace(volumes, pool, file, now.text().getBytes(StandardCharsets.UTF_8));
            kept = Optional.of(now);
        }
        if (found.active()) {
            host.domains().cutPower(ref);
        }
        host.domains().revert(ref, id.value());
        kept.orElseThrow().putBack(host, ref);
        volumes.delete(pool, file);
    }

    /** What an earlier call kept; nothing when it was cut off before the file was whole, for then it did nothing else. */
    private static Optional<Kept> kept(Volumes volumes, String pool, String file) {
        Optional<Volume> there = volumes.find(pool, file);
        if (there.isEmpty()) {
            return Optional.empty();
        }
        int length = Math.toIntExact(there.orElseThrow().length());
        String text = new String(volumes.read(pool, file, 0, length), StandardCharsets.UTF_8);
        try {
            return Optional.of(Kept.read(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A domain's persistent description and the sizes of its disks, which a revert shrinks to what they were. */
    private record Kept(String domain, Map<String, Long> sizes) {
        static Kept of(Hypervisor host, Found found, ServerMark mark) {
            DomainView view = new DomainView(host.domains().description(found.ref(), true));
            mark.replaceIn(view.domain());
            Map<String, Long> sizes = new HashMap<>();
            for (Disk disk : found.view().disks()) {
                disk.path().ifPresent(path -> sizes.put(path, found.size(host, disk)));
            }
            return new Kept(Xml.write(view.domain()), sizes);
        }

        String text() {
            Element root = Xml.root("kept");
            sizes.forEach((path, bytes) -> Xml.add(root, "disk", "path", path, "bytes", String.valueOf(bytes)));
            Xml.copy(root, Xml.parse(domain));
            return Xml.write(root);
        }

        static Kept read(String text) {
            Element root = Xml.parse(text);
            Map<String, Long> sizes = new HashMap<>();
            Xml.children(root, "disk")
                    .forEach(disk -> sizes.put(disk.getAttribute("path"), Long.parseLong(disk.getAttribute("bytes"))));
            Element domain = Xml.at(root, "domain").orElseThrow(() -> new IllegalArgumentException("No domain in it"));
            return new Kept(Xml.write(domain), sizes);
        }

        void putBack(Hypervisor host, String ref) {
            host.domains().define(domain);
            Found reverted = Found.ours(host, ref);
            for (Disk disk : reverted.view().disks()) {
                long before = sizes.getOrDefault(disk.path().orElse(""), 0L);
                if (reverted.size(host, disk) < before) {
                    host.volumes().resizePath(disk.path().orElseThrow(), before);
                }
            }
        }
    }
}
