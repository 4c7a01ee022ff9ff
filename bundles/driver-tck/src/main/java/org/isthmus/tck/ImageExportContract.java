// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.ImageExport;
import org.isthmus.spi.compute.ImageExport.ImageSink;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.isthmus.spi.compute.Snapshots;
import org.isthmus.tck.CollectedDisks.Disk;
import org.isthmus.tck.ComputeBench.Made;
import org.isthmus.tck.Replayer.Disturbance;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The contract of {@link ImageExport}, for a {@link ComputeContract} that claims it. */
public interface ImageExportContract extends FacetContract {
    private static Wish<ComputeDriver, Void> wish(BiFunction<ImageExport, Call, Progress<Void>> change) {
        return (driver, call) -> change.apply(driver.facet(ImageExport.class).orElseThrow(), call);
    }

    private static Wish<ComputeDriver, Void> export(String ref, ImageSink sink) {
        return wish((facet, call) -> facet.exportImage(call, ref, Optional.empty(), sink));
    }

    private static Wish<ComputeDriver, Void> exportAt(String ref, SnapshotId snapshot, ImageSink sink) {
        return wish((facet, call) -> facet.exportImage(call, ref, Optional.of(snapshot), sink));
    }

    private static Wish<ComputeDriver, Void> abandon(String ref) {
        return wish((facet, call) -> facet.abandonExport(call, ref));
    }

    private Shape shape(String ref) {
        return bench().driver()
                .ask(driver -> driver.facet(ImageExport.class).orElseThrow().shape(ref));
    }

    private Map<Integer, Disk> exported(String ref) {
        CollectedDisks sink = new CollectedDisks();
        bench().driver().done(export(ref, sink));
        assertWhole(shape(ref), sink.disks());
        return sink.disks();
    }

    private static void assertWhole(Shape shape, Map<Integer, Disk> disks) {
        assertEquals(shape.disks().size(), disks.size(), "every disk came");
        disks.forEach((place, disk) -> {
            assertEquals(disk.content().length, disk.whole(), "disk " + place + " was said to be whole");
            if (disk.format() == Format.RAW) {
                assertEquals(shape.disks().get(place).virtualSizeBytes(), disk.whole(), "a raw disk has all its bytes");
            }
        });
    }

    /** Formats that number what they write need not be equal byte for byte. */
    private static void assertSame(Map<Integer, Disk> expected, Map<Integer, Disk> disks, String when) {
        assertEquals(expected.keySet(), disks.keySet(), when);
        expected.forEach((place, disk) -> {
            assertEquals(disk.format(), disks.get(place).format(), when);
            if (disk.format() == Format.RAW) {
                assertArrayEquals(disk.content(), disks.get(place).content(), when);
            }
        });
    }

    @Test
    default void e01_shapeSaysWhatTheServerIs() {
        Made made = bench().create();
        ServerSpec spec = made.spec();

        Shape shape = shape(made.ref());

        assertEquals(spec.cpus(), shape.cpus());
        assertEquals(spec.memoryMiB(), shape.memoryMiB());
        assertEquals(spec.firmware(), shape.firmware());
        assertEquals(spec.disks().size(), shape.disks().size());
        assertTrue(
                shape.disks().get(0).virtualSizeBytes() >= spec.disks().get(0).sizeBytes(),
                "the boot disk comes first");
        List<Optional<MacAddress>> macs =
                spec.nics().stream().map(nic -> Optional.of(nic.mac())).toList();
        assertEquals(macs, shape.nics().stream().map(ShapeNic::mac).toList());
    }

    @Test
    default void e02_exportReadsOutEveryDiskWhole() throws IOException {
        ImageContent image = bench().subject().image();
        Made made = bench().create();

        Map<Integer, Disk> disks = exported(made.ref());

        Disk boot = disks.get(0);
        if (boot.format() == Format.RAW && image.format() == Format.RAW) {
            try (InputStream content = image.open(0)) {
                byte[] expected = content.readNBytes(1 << 20);
                assertArrayEquals(expected, Arrays.copyOf(boot.content(), expected.length), "what it was made of");
            }
        }
    }

    @Test
    default void e03_anExportComesToTheSameHoweverItIsDisturbed() {
        Made made = bench().create();
        Map<Integer, Disk> undisturbed = exported(made.ref());
        for (long seed = 1; seed <= bench().subject().schedules(); seed++) {
            CollectedDisks sink = new CollectedDisks();
            Replayer<ComputeDriver> replayer = bench().driver()
                    .replayer(
                            seed,
                            Disturbance.MEMO_LOST,
                            Disturbance.MEMO_STALE,
                            Disturbance.SAID_TWICE,
                            Disturbance.TWO_THREADS,
                            Disturbance.RESTARTED);

            replayer.untilDone(export(made.ref(), sink));

            assertWhole(shape(made.ref()), sink.disks());
            assertSame(undisturbed, sink.disks(), replayer.trail());
        }
    }

    @Test
    default void e04_anExportWhoseSinkFailsGoesOnAndChangesNothingOfTheServer() {
        Made made = bench().create();
        SeenServer before = bench().seen(made.id());
        Map<Integer, Disk> undisturbed = exported(made.ref());
        CollectedDisks sink = CollectedDisks.failingAt(undisturbed.get(0).content().length / 2 + 1);

        bench().driver().done(export(made.ref(), sink));

        assertTrue(sink.failed(), "the sink failed once");
        assertWhole(shape(made.ref()), sink.disks());
        assertSame(undisturbed, sink.disks(), "after the sink had failed");
        assertEquals(before, bench().seen(made.id()), "the server is as it was");
        assertEquals(List.of(), bench().subject().leftoversOfExports(), "something is left below");
    }

    @Test
    default void e05_exportOfARunningServerIsAConflictAndReadsNothing() {
        Made made = bench().running();
        CollectedDisks sink = new CollectedDisks();

        bench().driver().mustRefuse("Export of a running server", export(made.ref(), sink), Kind.CONFLICT);

        assertEquals(Map.of(), sink.disks());
    }

    @Test
    default void e06_whatIsNotThereIsNotFound() {
        String gone = goneRef();
        Wish<ComputeDriver, Void> shape = wish((facet, call) -> {
            facet.shape(gone);
            return Progress.done();
        });

        bench().driver().mustRefuse("Shape of what is not there", shape, Kind.NOT_FOUND);
        bench().driver().mustRefuse("Export of what is not there", export(gone, new CollectedDisks()), Kind.NOT_FOUND);
        Made made = bench().create();
        SnapshotId never = bench().driver().ids().snapshot();
        bench().driver()
                .mustRefuse(
                        "Export at a snapshot that is not there",
                        exportAt(made.ref(), never, new CollectedDisks()),
                        Kind.NOT_FOUND);
    }

    @Test
    default void e07_abandoningIsDoneAndLeavesNothing() {
        Made made = bench().create();
        String token = bench().driver().token();

        bench().driver().done(token, abandon(made.ref()));
        bench().driver().once(bench().driver().call(token), export(made.ref(), new CollectedDisks()));
        bench().driver().done(token, abandon(made.ref()));
        bench().driver().done(token, abandon(made.ref()));

        assertEquals(List.of(), bench().subject().leftoversOfExports(), "something is left below");
        bench().delete(made.id(), Optional.of(made.ref()));
        bench().assertGone(made.id());
        bench().driver().done(token, abandon(made.ref()));
    }

    @Test
    default void e08_exportAtASnapshotReadsARunningServer() {
        Assumptions.assumeTrue(
                bench().driver().driver().facet(Snapshots.class).isPresent(), "This driver takes no snapshots.");
        Made made = bench().create();
        Map<Integer, Disk> undisturbed = exported(made.ref());
        SnapshotId id = bench().driver().ids().snapshot();
        bench().driver()
                .done((driver, call) ->
                        driver.facet(Snapshots.class).orElseThrow().takeSnapshot(call, made.ref(), id));
        bench().power(made.ref(), PowerWish.ON);
        CollectedDisks sink = new CollectedDisks();

        bench().driver().done(exportAt(made.ref(), id, sink));

        assertWhole(shape(made.ref()), sink.disks());
        assertSame(undisturbed, sink.disks(), "as at the snapshot");
        assertEquals(ComputeDriver.Power.ON, bench().powerOf(made), "it goes on running");
        assertEquals(List.of(), bench().subject().leftoversOfExports(), "something is left below");
    }

    @Test
    default void e09_shapeIsUnavailableWhileTheFarEndIsAway() {
        Made made = bench().create();

        bench().driver()
                .mustBeUnavailableWhileAway(
                        driver -> driver.facet(ImageExport.class).orElseThrow().shape(made.ref()));
    }
}
