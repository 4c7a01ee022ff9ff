// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import org.isthmus.driver.kvm.disk.Chain;
import org.isthmus.driver.kvm.disk.FlatQcow2;
import org.isthmus.driver.kvm.host.HostCalls.Reading;
import org.isthmus.driver.kvm.host.Hypervisor;
import org.isthmus.driver.kvm.host.Volumes.Volume;
import org.isthmus.driver.kvm.xml.DomainView;
import org.isthmus.driver.kvm.xml.DomainView.Disk;
import org.isthmus.driver.kvm.xml.SnapshotXml;
import org.isthmus.driver.kvm.xml.Xml;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext.WorkState;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.ImageExport.ImageSink;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.w3c.dom.Element;

/**
 * Reads disks out, each as one qcow2 file that lies over nothing. libvirt only reads files; what a guest sees of them is put
 * together here ({@link Chain}), so nothing is made on the host and nothing can be left there, and a snapshot of a running
 * server is read beside it.
 *
 * <p>What was begun is gone on with only when the disk is known to be the same: the memo says what it was, and without it a
 * disk is read from its beginning.
 */
public final class Exports {
    private static final Duration SOON = Duration.ofMillis(500);
    private static final int HUNDRED = 100;
    private static final int REMEMBERED = 200;

    private final Endpoint endpoint;
    private final Kept kept;
    /** Keys of work by what it reads, to be broken off by that. */
    private final Map<String, Set<String>> keys = new ConcurrentHashMap<>();
    /** What a piece of work knows of its disks: the next memo. */
    private final Map<String, String> prints = new ConcurrentHashMap<>();
    /** Done a while ago: said again, they are not read again. */
    private final Map<String, Boolean> done = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    public Exports(Endpoint endpoint, Kept kept) {
        this.endpoint = endpoint;
        this.kept = kept;
    }

    public Shape shape(String ref) {
        return endpoint.calls().call("look at the server", host -> kept.find(host, ref)
                .map(Kept.Copy::shape)
                .orElseGet(() -> shape(host, Found.ours(host, ref))));
    }

    private static Shape shape(Hypervisor host, Found found) {
        DomainView view = found.view();
        List<ShapeDisk> disks = view.disks().stream()
                .map(disk -> new ShapeDisk(disk.id(), Math.max(1, found.size(host, disk))))
                .toList();
        List<ShapeNic> nics = view.nics().stream()
                .map(nic -> new ShapeNic(
                        nic.mac().isEmpty() ? Optional.empty() : Optional.of(new MacAddress(nic.mac())),
                        network(nic.element())))
                .toList();
        return new Shape(view.cpus(), Math.max(1, view.memoryMiB()), view.firmware(), Optional.empty(), disks, nics);
    }

    private static String network(Element nic) {
        return Xml.attributeAt(nic, "network", "source")
                .or(() -> Xml.attributeAt(nic, "bridge", "source"))
                .orElse("");
    }

    /** Begins to read, or says how far it is. */
    public Progress<Void> export(Call call, String ref, Optional<SnapshotId> snapshot, ImageSink sink) {
        String key = key(call.token(), ref);
        synchronized (done) {
            if (done.containsKey(key)) {
                return Progress.done();
            }
            Optional<WorkState> work = endpoint.context().work(key);
            if (work.isPresent() && work.get().ended()) {
                endpoint.context().forget(key);
                Optional<Exception> failure = work.get().failure();
                if (failure.isEmpty()) {
                    done.put(key, true);
                    ended(key, ref);
                    return Progress.done();
                }
                failed(failure.get());
            }
        }
        if (endpoint.context().work(key).isEmpty()) {
            String before = prints.getOrDefault(key, call.memo().orElse(""));
            endpoint.calls().call("look at the server", host -> files(host, ref, snapshot));
            synchronized (done) {
                if (done.containsKey(key)) {
                    return Progress.done();
                }
                keys.computeIfAbsent(ref, any -> ConcurrentHashMap.newKeySet()).add(key);
                endpoint.context().start(key, report -> read(key, ref, snapshot, sink, before, report));
            }
        }
        int percent = endpoint.context().work(key).map(WorkState::percent).orElse(-1);
        return new Progress.Pending<>(prints.getOrDefault(key, ""), SOON, percent);
    }

    private static String key(String token, String ref) {
        return "export-" + ref + "-" + token;
    }

    private void ended(String key, String ref) {
        prints.remove(key);
        keys.computeIfPresent(ref, (any, all) -> {
            all.remove(key);
            return all.isEmpty() ? null : all;
        });
    }

    private static void failed(Exception failure) {
        if (failure instanceof DriverException reason) {
            throw new DriverException(reason.kind(), reason.getMessage(), reason);
        }
        if (!(failure instanceof InterruptedException)) {
            throw new DriverException(
                    Kind.UNAVAILABLE, "What was read out could not be kept: " + failure.getMessage(), failure);
        }
    }

    /** A disk's first file, and how it is now; a snapshot of it is read whatever becomes of it. */
    private record Source(String path, String format, Optional<String> snapshot, long length, Instant changed) {}

    private List<Source> files(Hypervisor host, String ref, Optional<SnapshotId> snapshot) {
        Optional<Kept.Copy> copy = kept.find(host, ref);
        if (copy.isPresent()) {
            return kept.files(host, copy.get()).stream()
                    .map(file -> new Source(
                            file.volume().path(),
                            file.format(),
                            Optional.empty(),
                            file.volume().length(),
                            file.volume().changed()))
                    .toList();
        }
        Found found = Found.ours(host, ref);
        if (snapshot.isEmpty() && found.active()) {
            throw new DriverException(
                    Kind.CONFLICT, "The server " + ref + " is on; stop it, or take a snapshot and read that out.");
        }
        snapshot.ifPresent(id -> mustHave(host, ref, id));
        List<Source> sources = new ArrayList<>();
        for (Disk disk : found.view().disks()) {
            sources.add(source(host, disk, snapshot));
        }
        return sources;
    }

    private static void mustHave(Hypervisor host, String ref, SnapshotId id) {
        boolean there = host.domains().snapshots(ref).stream()
                .map(SnapshotXml::read)
                .flatMap(Optional::stream)
                .anyMatch(seen -> seen.id().equals(id));
        if (!there) {
            throw new DriverException(Kind.NOT_FOUND, "The server " + ref + " has no snapshot " + id + ".");
        }
    }

    private static Source source(Hypervisor host, Disk disk, Optional<SnapshotId> snapshot) {
        Optional<Volume> volume = disk.path().flatMap(path -> host.volumes().findPath(path));
        if (volume.isEmpty()) {
            throw new DriverException(
                    Kind.INVALID,
                    "The disk " + disk.id()
                            + " is no file in a storage pool of the host's libvirt, which reads no other.");
        }
        Volume file = volume.get();
        String format = Xml.attributeAt(disk.element(), "type", "driver").orElse("raw");
        return new Source(
                file.path(),
                format,
                snapshot.map(SnapshotId::value),
                snapshot.isPresent() ? 0 : file.length(),
                snapshot.isPresent() ? Instant.EPOCH : file.changed());
    }

    private void read(
            String key, String ref, Optional<SnapshotId> snapshot, ImageSink sink, String before, IntConsumer report)
            throws IOException, InterruptedException {
        List<Source> sources = endpoint.calls().call("look at the server", host -> files(host, ref, snapshot));
        try (Reading reading = endpoint.calls().reading()) {
            List<FlatQcow2> disks = new ArrayList<>();
            StringBuilder print = new StringBuilder();
            long total = 0;
            for (Source source : sources) {
                FlatQcow2 disk = new FlatQcow2(open(reading, source));
                disks.add(disk);
                print.append(disk.print())
                        .append('.')
                        .append(source.changed().getEpochSecond())
                        .append(' ');
                total += disk.length();
            }
            String now = print.toString().strip();
            prints.put(key, now);
            boolean same = now.equals(before);
            long behind = 0;
            for (int place = 0; place < disks.size(); place++) {
                long start = behind;
                long all = Math.max(1, total);
                write(
                        disks.get(place),
                        place,
                        sink,
                        same,
                        sent -> report.accept((int) ((start + sent) * HUNDRED / all)));
                behind += disks.get(place).length();
            }
            if (!endpoint.calls()
                    .call("look at the server", host -> files(host, ref, snapshot))
                    .equals(sources)) {
                prints.remove(key);
                throw new DriverException(
                        Kind.UNAVAILABLE, "The server " + ref + " was changed while it was read out; it is read anew.");
            }
            for (int place = 0; place < disks.size(); place++) {
                sink.whole(place, disks.get(place).length());
            }
        }
    }

    private Chain open(Reading reading, Source source) {
        Map<String, Volume> known = new HashMap<>();
        return Chain.open(source.path(), source.format(), source.snapshot(), path -> {
            Volume file = known.computeIfAbsent(path, any -> endpoint.calls()
                    .call("look for a file", host -> host.volumes().findPath(path))
                    .orElseThrow(() -> new DriverException(
                            Kind.INVALID, "The disk lies over " + path + ", which is in no storage pool.")));
            return Chain.File.of((offset, length) -> reading.read(path, offset, length), file.length());
        });
    }

    private static void write(
            FlatQcow2 disk, int place, ImageSink sink, boolean goOn, java.util.function.LongConsumer sent)
            throws IOException, InterruptedException {
        long written = sink.written(place);
        long at = goOn && written <= disk.length() ? written : 0;
        if (at == disk.length()) {
            return;
        }
        try (OutputStream out = sink.open(place, Format.QCOW2, at)) {
            while (at < disk.length()) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("The reading was called off");
                }
                byte[] bytes = disk.read(at);
                out.write(bytes);
                at += bytes.length;
                sent.accept(at);
            }
        }
    }

    /** Interrupts all reading of it, by whatever call. */
    public Progress<Void> abandon(String ref) {
        Set<String> running = keys.remove(ref);
        if (running != null) {
            for (String key : running) {
                endpoint.context().forget(key);
                prints.remove(key);
            }
        }
        return Progress.done();
    }
}
