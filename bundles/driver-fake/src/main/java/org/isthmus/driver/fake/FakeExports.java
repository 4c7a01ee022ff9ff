// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.isthmus.driver.fake.FakeServer.FakeDisk;
import org.isthmus.driver.fake.FakeServer.FakeSnapshot;
import org.isthmus.driver.fake.KeptContents.Reading;
import org.isthmus.driver.fake.Switchboard.Outcome;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;

/**
 * Reads disks out. They are small, so no work goes on between calls: each call that is answered Pending writes its share, and
 * the one that is Done the rest.
 */
final class FakeExports implements ImageExport {
    private final Servers servers;
    private final Switchboard switchboard;
    private final KeptContents contents;
    /** A disk is written by one thread at a time. */
    private final ReentrantLock writing = new ReentrantLock();

    FakeExports(Servers servers, Switchboard switchboard, KeptContents contents) {
        this.servers = servers;
        this.switchboard = switchboard;
        this.contents = contents;
    }

    @Override
    public Shape shape(String ref) {
        return switchboard.ask(Verb.SHAPE, ref, far -> far.image(ref)
                .map(FakeImage::shape)
                .orElseGet(() -> shape(servers.reachable(far, ref))));
    }

    private static Shape shape(FakeServer server) {
        return new Shape(
                server.cpus(),
                server.memoryMiB(),
                server.firmware(),
                Optional.empty(),
                server.disks().stream()
                        .map(disk -> new ShapeDisk(disk.id(), disk.sizeBytes()))
                        .toList(),
                server.nics().stream()
                        .map(nic -> new ShapeNic(Optional.of(new MacAddress(nic.mac())), ""))
                        .toList());
    }

    @Override
    public Progress<Void> exportImage(Call call, String ref, Optional<SnapshotId> snapshot, ImageSink sink) {
        List<FakeDisk> disks = new ArrayList<>();
        String at = snapshot.map(SnapshotId::value).orElse("");
        Progress<Void> answer = switchboard.change(Verb.EXPORT_IMAGE, call, ref, at, far -> {
            disks.clear();
            disks.addAll(
                    far.image(ref).map(FakeImage::disks).orElseGet(() -> disks(servers.reachable(far, ref), snapshot)));
            return Outcome.already(null);
        });
        if (answer instanceof Progress.Pending<Void> pending) {
            write(disks, sink, Math.max(0, pending.percent()));
        } else {
            write(disks, sink, 100);
        }
        return answer;
    }

    private static List<FakeDisk> disks(FakeServer server, Optional<SnapshotId> snapshot) {
        if (snapshot.isPresent()) {
            return server.snapshot(snapshot.get().value())
                    .map(FakeSnapshot::disks)
                    .orElseThrow(() -> new DriverException(
                            Kind.NOT_FOUND, "The server " + server.ref() + " has no snapshot " + snapshot.get() + "."));
        }
        if (server.on()) {
            throw new DriverException(
                    Kind.CONFLICT,
                    "The server " + server.ref() + " is on; stop it, or take a snapshot and read that out.");
        }
        return server.disks();
    }

    private void write(List<FakeDisk> disks, ImageSink sink, int percent) {
        writing.lock();
        try {
            for (int place = 0; place < disks.size(); place++) {
                Reading disk = contents.read(disks.get(place));
                int upTo = (int) ((long) disk.length() * percent / 100);
                long from = sink.written(place);
                if (from > disk.length()) {
                    from = 0;
                }
                if (from < upTo) {
                    try (OutputStream out = sink.open(place, disk.format(), from)) {
                        disk.write(out, (int) from, upTo);
                    }
                }
                if (percent == 100) {
                    sink.whole(place, disk.length());
                }
            }
        } catch (IOException e) {
            throw new DriverException(Kind.UNAVAILABLE, "What was read out could not be kept: " + e.getMessage(), e);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public Progress<Void> abandonExport(Call call, String ref) {
        return switchboard.change(Verb.ABANDON_EXPORT, call, ref, "", far -> Outcome.already(null));
    }
}
