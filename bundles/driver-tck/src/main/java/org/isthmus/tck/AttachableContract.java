// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiFunction;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.spi.compute.ComputeDriver.SeenDisk;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.tck.ComputeBench.Made;
import org.isthmus.tck.Replayer.Disturbance;
import org.junit.jupiter.api.Test;

/** The contract of {@link Attachable}, for a {@link ComputeContract} that claims it. */
public interface AttachableContract extends FacetContract {
    private static Wish<ComputeDriver, Void> wish(BiFunction<Attachable, Call, Progress<Void>> change) {
        return (driver, call) -> change.apply(driver.facet(Attachable.class).orElseThrow(), call);
    }

    private List<SeenDisk> disks(Made made) {
        return bench().seen(made.id()).disks();
    }

    private List<SeenDisk> disks(Made made, DiskId id) {
        return disks(made).stream().filter(disk -> disk.id().equals(id.value())).toList();
    }

    @Test
    default void a01_attachDiskAddsOneDisk() {
        Made made = bench().create();
        DiskSpec disk = bench().dataDisk();
        Replayer<ComputeDriver> replayer =
                bench().driver().replayer(1, Disturbance.MEMO_LOST, Disturbance.SAID_TWICE, Disturbance.RESTARTED);

        replayer.untilDone(wish((driver, call) -> driver.attachDisk(call, made.ref(), disk)));

        List<SeenDisk> seen = disks(made, disk.id());
        assertEquals(1, seen.size(), replayer::trail);
        assertTrue(seen.get(0).sizeBytes() >= disk.sizeBytes(), "it has the size wanted");
        assertEquals(2, disks(made).size());
    }

    @Test
    default void a02_detachDiskRemovesItAndAbsentIsDone() {
        Made made = bench().create();
        DiskSpec disk = bench().dataDisk();
        bench().driver().done(wish((driver, call) -> driver.attachDisk(call, made.ref(), disk)));

        bench().driver().done(wish((driver, call) -> driver.detachDisk(call, made.ref(), disk.id())));
        assertEquals(List.of(), disks(made, disk.id()));
        bench().driver().done(wish((driver, call) -> driver.detachDisk(call, made.ref(), disk.id())));
        assertEquals(1, disks(made).size());
    }

    @Test
    default void a03_detachOfTheBootDiskIsInvalid() {
        Made made = bench().create();
        DiskId boot = made.spec().disks().get(0).id();

        bench().driver()
                .mustRefuse(
                        "Detach of the boot disk",
                        wish((driver, call) -> driver.detachDisk(call, made.ref(), boot)),
                        Kind.INVALID);

        assertEquals(1, disks(made, boot).size());
    }

    @Test
    default void a04_growDiskNeverShrinksIt() {
        Made made = bench().create();
        DiskSpec boot = made.spec().disks().get(0);
        long larger = boot.sizeBytes() + (1L << 20);

        bench().driver().done(wish((driver, call) -> driver.growDisk(call, made.ref(), boot.id(), larger)));
        bench().driver().done(wish((driver, call) -> driver.growDisk(call, made.ref(), boot.id(), larger)));
        bench().driver().done(wish((driver, call) -> driver.growDisk(call, made.ref(), boot.id(), boot.sizeBytes())));

        assertTrue(disks(made, boot.id()).get(0).sizeBytes() >= larger, "it is as large as it ever was");
    }

    @Test
    default void a05_attachNicAddsOneInterface() {
        NicSpec nic = bench().nic();
        Made made = bench().create();
        Replayer<ComputeDriver> replayer =
                bench().driver().replayer(5, Disturbance.MEMO_LOST, Disturbance.SAID_TWICE, Disturbance.RESTARTED);

        replayer.untilDone(wish((driver, call) -> driver.attachNic(call, made.ref(), nic)));

        List<SeenNic> nics = bench().seen(made.id()).nics();
        assertEquals(
                1,
                nics.stream()
                        .filter(seen -> seen.id().equals(nic.id().value())
                                && seen.mac().equals(nic.mac().value()))
                        .count(),
                replayer::trail);
        assertEquals(made.spec().nics().size() + 1, nics.size());
    }

    @Test
    default void a06_detachNicRemovesItAndAbsentIsDone() {
        NicSpec nic = bench().nic();
        Made made = bench().create();
        bench().driver().done(wish((driver, call) -> driver.attachNic(call, made.ref(), nic)));

        bench().driver().done(wish((driver, call) -> driver.detachNic(call, made.ref(), nic.id())));
        bench().driver().done(wish((driver, call) -> driver.detachNic(call, made.ref(), nic.id())));

        assertEquals(made.spec().nics().size(), bench().seen(made.id()).nics().size());
    }

    @Test
    default void a07_attachToAServerThatIsNotThereIsNotFound() {
        String gone = goneRef();
        DiskSpec disk = bench().dataDisk();

        bench().driver()
                .mustRefuse(
                        "Attach of a disk to a server that is not there",
                        wish((driver, call) -> driver.attachDisk(call, gone, disk)),
                        Kind.NOT_FOUND);
        bench().driver()
                .mustRefuse(
                        "Growing a disk of a server that is not there",
                        wish((driver, call) -> driver.growDisk(call, gone, disk.id(), 2L << 20)),
                        Kind.NOT_FOUND);
    }

    @Test
    default void a08_aDiskCanBeAttachedToARunningServer() {
        Made made = bench().running();
        DiskSpec disk = bench().dataDisk();

        bench().driver().done(wish((driver, call) -> driver.attachDisk(call, made.ref(), disk)));

        assertEquals(1, disks(made, disk.id()).size());
    }
}
