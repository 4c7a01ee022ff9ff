// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualEthernetCardNetworkBackingInfo;
import com.vmware.vim25.VirtualMachineCloneSpec;
import com.vmware.vim25.VirtualMachineRelocateSpec;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.isthmus.driver.vmware.Stand;
import org.isthmus.driver.vmware.server.Inventory;
import org.isthmus.driver.vmware.transfer.Disks.Sink;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.driver.vmware.vim.Trust;
import org.isthmus.driver.vmware.vim.VCenter;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.Progress.Done;
import org.isthmus.spi.Progress.Pending;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageImport.ImageSpec;
import org.isthmus.spi.compute.ImageImport.Imported;
import org.isthmus.spi.compute.ImageImport.SeenImage;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.Firmware;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.isthmus.tck.HostContext;
import org.isthmus.tck.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImagesTest {
    private static final int BOOT_MIB = 24;
    private static final int DATA_MIB = 8;
    private static final Instant LATE = Instant.parse("2099-01-01T00:00:00Z");

    @TempDir
    private static Path disks;

    private static Path boot;
    private static Path data;
    private static Path bootVmdk;
    private static Path dataVmdk;

    @TempDir
    private Path folder;

    private final Ids ids = new Ids(Clock.systemUTC());
    private final Waiting waiting = Waiting.real(Duration.ofMillis(50));
    private final List<Driver> drivers = new ArrayList<>();
    private Stand stand;
    private Driver driver;
    private Places places = this::place;

    @BeforeAll
    static void makeDisks() {
        Disks.assumeQemu();
        // read once in a process: a driver does it where nobody waits
        Vim.warm();
        boot = Disks.qcow2(disks, "boot", BOOT_MIB, 6, 1);
        data = Disks.qcow2(disks, "data", DATA_MIB, 2, 2);
        bootVmdk = Disks.vmdk(boot);
        dataVmdk = Disks.vmdk(data);
    }

    @BeforeEach
    void start() {
        begin();
    }

    private void begin(String... options) {
        stand = Stand.start(folder, options);
        driver = new Driver();
    }

    @AfterEach
    void stop() {
        drivers.forEach(Driver::close);
        if (stand != null) {
            stand.close();
        }
    }

    /** A driver's images with its own connection and the host's executor: what a restart makes anew. */
    private final class Driver {
        private final Vim vim;
        private final HostContext context = new HostContext(Clock.systemUTC(), folder);
        private final Images images;
        private boolean closed;

        Driver() {
            vim = new Vim(
                    new VCenter(stand.url(), Stand.USER, stand.password(), Trust.ofAuthorities(stand.authority())));
            images = new Images(vim, context, places, talk -> talk.content().getRootFolder());
            drivers.add(this);
        }

        void close() {
            if (!closed) {
                closed = true;
                images.close();
                context.close();
                vim.close();
            }
        }

        /** As if its process died: nothing is cleaned up, and its session goes on. */
        void die() {
            closed = true;
        }
    }

    private Place place(Talk talk) {
        ManagedObjectReference root = talk.content().getRootFolder();
        Map<String, ManagedObjectReference> networks = new HashMap<>();
        for (Seen each : talk.all(root, "Network", "name")) {
            networks.put(each.text("name"), each.object());
        }
        return new Place(
                named(talk, "Folder", "vm"),
                named(talk, "ResourcePool", "Resources"),
                named(talk, "Datastore", "LocalDS_0"),
                Optional.empty(),
                networks,
                Optional.of(networks.get("VM Network")));
    }

    private static ManagedObjectReference named(Talk talk, String type, String name) {
        return talk.all(talk.content().getRootFolder(), type, "name").stream()
                .filter(each -> each.text("name").equals(name))
                .findFirst()
                .orElseThrow()
                .object();
    }

    // -------------------------------------------------------------------------------------------------------- what is
    // sent

    private static Shape shape(Firmware firmware) {
        return new Shape(
                3,
                1536,
                firmware,
                Optional.of("debian11_64Guest"),
                List.of(new ShapeDisk("vda", (long) BOOT_MIB << 20), new ShapeDisk("vdb", (long) DATA_MIB << 20)),
                List.of(
                        nic("52:54:00:00:00:03", "DC0_DVPG0"),
                        nic("52:54:00:00:00:01", "VM Network"),
                        nic("52:54:00:00:00:02", "nowhere here")));
    }

    private static ShapeNic nic(String mac, String network) {
        return new ShapeNic(Optional.of(new MacAddress(mac)), network);
    }

    private static ImageSpec image(ImageId id, Firmware firmware) {
        return new ImageSpec(
                id,
                new Name("debian"),
                shape(firmware),
                List.of(Disks.content(bootVmdk, BOOT_MIB), Disks.content(dataVmdk, DATA_MIB)));
    }

    /** An image of one disk. */
    private static ImageSpec one(ImageId id, ImageContent content) {
        List<ShapeDisk> disks = List.of(new ShapeDisk("vda", content.virtualSizeBytes()));
        Shape shape = new Shape(1, 512, Firmware.BIOS, Optional.empty(), disks, List.of());
        return new ImageSpec(id, new Name("debian"), shape, List.of(content));
    }

    /** What is shared by all datacenters is the name: the networks of another are out of reach. */
    @Test
    void interfacesArePluggedIntoNetworksOfTheDatacenterThatAnImageGoesTo() {
        driver.close();
        stand.close();
        places = talk -> Place.forTemplates(
                new Inventory(talk, new Inventory.Where(Optional.empty(), Optional.empty(), Optional.empty())));
        begin("-datacenters", "2");
        ImageId id = ids.image();
        List<ShapeDisk> disks = List.of(new ShapeDisk("vda", (long) BOOT_MIB << 20));
        List<ShapeNic> nics = List.of(
                nic("52:54:00:00:00:01", "VM Network"),
                nic("52:54:00:00:00:02", "DC0_DVPG0"),
                nic("52:54:00:00:00:03", "DC1_DVPG0"));
        Shape shape = new Shape(1, 512, Firmware.BIOS, Optional.empty(), disks, nics);
        ImageSpec spec = new ImageSpec(id, new Name("debian"), shape, List.of(Disks.content(bootVmdk, BOOT_MIB)));

        String ref = done(() -> driver.images.importImage(call("two"), spec)).ref();

        List<VirtualEthernetCard> cards = new ArrayList<>();
        driver
                .vim
                .talk()
                .see(Tasks.object("VirtualMachine", ref), "config.hardware.device")
                .orElseThrow()
                .list("config.hardware.device", VirtualDevice.class)
                .stream()
                .filter(VirtualEthernetCard.class::isInstance)
                .forEach(card -> cards.add((VirtualEthernetCard) card));
        assertEquals(
                List.of(true, true, false),
                cards.stream()
                        .map(card -> card.getConnectable().isStartConnected())
                        .toList());
        assertTrue(cards.get(0).getBacking() instanceof VirtualEthernetCardNetworkBackingInfo);
    }

    private static Call call(String token) {
        return new Call(token, LATE);
    }

    private <T> T done(Supplier<Progress<T>> wish) {
        while (true) {
            Progress<T> progress = wish.get();
            if (progress instanceof Done<T> done) {
                return done.result();
            }
            waiting.pause(((Pending<T>) progress).askAgainAfter());
        }
    }

    /** Says the wish again, as the host does, until it fails. */
    private DriverException failure(Supplier<? extends Progress<?>> wish) {
        return assertThrows(DriverException.class, () -> {
            while (!(wish.get() instanceof Done)) {
                waiting.pause(Duration.ZERO);
            }
        });
    }

    private void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            waiting.pause(Duration.ZERO);
        }
    }

    private String imported(ImageId id, Firmware firmware) {
        return done(() -> driver.images.importImage(call("import-it"), image(id, firmware)))
                .ref();
    }

    private void assertNothingLeft() {
        assertAll(
                () -> assertEquals(0, stand.leases(), "leases"),
                () -> assertEquals(0, stand.machines(), "machines"),
                () -> assertEquals(0, stand.disks(), "files of disks"),
                () -> assertEquals(0, stand.transferFiles(), "files of leases"));
    }

    // ---------------------------------------------------------------------------------------------------------- round
    // trip

    @Test
    void anImageOfTwoDisksComesBackIdenticalWithItsShape() {
        ImageId id = ids.image();
        String ref = imported(id, Firmware.EFI_SECURE);

        Sink sink = new Sink(folder);
        done(() -> driver.images.exportImage(call("export-it"), ref, Optional.empty(), sink));

        Disks.assertSame(boot, sink.file(0));
        Disks.assertSame(data, sink.file(1));
        assertEquals(List.of(0, 1), sink.whole());
        Shape is = driver.images.shape(ref);
        Shape was = shape(Firmware.EFI_SECURE);
        assertAll(
                () -> assertEquals(was.cpus(), is.cpus()),
                () -> assertEquals(was.memoryMiB(), is.memoryMiB()),
                () -> assertEquals(Firmware.EFI_SECURE, is.firmware()),
                () -> assertEquals(was.os(), is.os()),
                () -> assertEquals(
                        List.of((long) BOOT_MIB << 20, (long) DATA_MIB << 20),
                        is.disks().stream().map(ShapeDisk::virtualSizeBytes).toList()),
                () -> assertEquals(
                        was.nics().stream().map(ShapeNic::mac).toList(),
                        is.nics().stream().map(ShapeNic::mac).toList()),
                () -> assertEquals(
                        List.of("DC0_DVPG0", "VM Network", "VM Network"),
                        is.nics().stream().map(ShapeNic::network).toList(),
                        "what is not here is plugged into a stand-in"));
        assertEquals(0, stand.leases());
        assertEquals(0, stand.transferFiles());
    }

    @Test
    void whatWasImportedIsATemplateMarkedAsACopyOfItsImage() {
        ImageId id = ids.image();
        String ref = imported(id, Firmware.BIOS);

        SeenImage seen = driver.images.images().stream().findFirst().orElseThrow();

        assertAll(
                () -> assertEquals(ref, seen.ref()),
                () -> assertTrue(seen.name().startsWith("debian-"), seen.name()),
                () -> assertEquals(Optional.of(id), seen.image()),
                () -> assertEquals(Optional.of("import-it"), seen.token()),
                () -> assertTrue(seen.managed()),
                () -> assertEquals(Firmware.BIOS, seen.shape().firmware()));
    }

    @Test
    void theSameTokenMakesOneCopyEver() {
        ImageId id = ids.image();
        String ref = imported(id, Firmware.BIOS);

        assertEquals(ref, imported(id, Firmware.BIOS));
        assertEquals(1, stand.machines());
        assertEquals(2, stand.count("uploads"));
    }

    @Test
    void anotherTokenForAnImageThatIsHereIsAConflict() {
        ImageId id = ids.image();
        imported(id, Firmware.BIOS);

        DriverException failure = failure(() -> driver.images.importImage(call("another"), image(id, Firmware.BIOS)));

        assertEquals(Kind.CONFLICT, failure.kind());
    }

    @Test
    void aRemovedImageLeavesNothingAndIsRemovedTwice() {
        ImageId id = ids.image();
        String ref = imported(id, Firmware.BIOS);

        done(() -> driver.images.removeImage(call("remove-it"), id, Optional.of(ref)));
        done(() -> driver.images.removeImage(call("remove-it"), id, Optional.of(ref)));

        assertNothingLeft();
    }

    @Test
    void contentOfAnotherFormatIsRefused() {
        ImageContent qcow2 = new Disks.FileContent(
                boot, Disks.content(bootVmdk, BOOT_MIB).sha256(), ImageContent.Format.QCOW2, (long) BOOT_MIB << 20);
        ImageSpec image = one(ids.image(), qcow2);

        DriverException failure =
                assertThrows(DriverException.class, () -> driver.images.importImage(call("import-it"), image));

        assertEquals(Kind.INVALID, failure.kind());
    }

    @Test
    void contentThatIsNotWhatItsChecksumSaysMakesNoTemplate() {
        ImageContent honest = Disks.content(dataVmdk, DATA_MIB);
        ImageContent wrong = new Disks.FileContent(
                dataVmdk,
                Disks.content(bootVmdk, BOOT_MIB).sha256(),
                ImageContent.Format.VMDK,
                honest.virtualSizeBytes());
        ImageSpec image = one(ids.image(), wrong);

        DriverException failure = failure(() -> driver.images.importImage(call("import-it"), image));

        assertEquals(Kind.BROKEN, failure.kind());
        assertTrue(failure.getMessage().contains("checksum"), failure.getMessage());
        assertNothingLeft();
    }

    // ------------------------------------------------------------------------------------------------- what is broken
    // off

    @Test
    void aBrokenUploadGivesUpTheLeaseLeavesNothingAndIsBegunAnew() {
        ImageId id = ids.image();
        stand.breakNextTransfer(1 << 20);

        DriverException failure = failure(() -> driver.images.importImage(call("import-it"), image(id, Firmware.BIOS)));

        assertEquals(Kind.UNAVAILABLE, failure.kind());
        assertEquals(1, stand.count("leaseAborts"));
        assertNothingLeft();
        imported(id, Firmware.BIOS);
        assertEquals(1, stand.machines());
    }

    @Test
    void anImportBrokenOffInTheMiddleLeavesNothing() {
        ImageId id = ids.image();
        stand.holdTransfers(1 << 20);
        driver.images.importImage(call("import-it"), image(id, Firmware.BIOS));
        until(() -> stand.heldTransfers() == 1);

        done(() -> driver.images.removeImage(call("remove-it"), id, Optional.empty()));

        assertNothingLeft();
    }

    @Test
    void anImportBrokenOffBeforeItsLeaseIsReadyLeavesNothing() {
        stand.close();
        begin("-lease-delay", "1s");
        ImageId id = ids.image();
        driver.images.importImage(call("import-it"), image(id, Firmware.BIOS));
        until(() -> stand.leases() == 1);

        done(() -> driver.images.removeImage(call("remove-it"), id, Optional.empty()));

        assertNothingLeft();
        assertEquals(0, stand.count("uploads"));
    }

    @Test
    void aReadingBrokenOffInTheMiddleLeavesOnlyItsSource() {
        String ref = imported(ids.image(), Firmware.BIOS);
        stand.holdTransfers(1 << 20);
        Sink sink = new Sink(folder);
        driver.images.exportImage(call("export-it"), ref, Optional.empty(), sink);
        until(() -> stand.heldTransfers() == 1);

        done(() -> driver.images.abandonExport(call("abandon-it"), ref));

        assertAll(
                () -> assertEquals(0, stand.leases()),
                () -> assertEquals(1, stand.machines()),
                () -> assertEquals(0, stand.transferFiles()),
                () -> assertEquals(List.of(), sink.whole()));
    }

    @Test
    void aReadingThatWasNeverBegunIsAbandoned() {
        done(() -> driver.images.abandonExport(call("abandon-it"), "vm-4711"));
    }

    @Test
    void aBrokenDownloadIsReadAnewFromItsStart() {
        String ref = imported(ids.image(), Firmware.BIOS);
        stand.breakNextTransfer(1 << 20);
        Sink sink = new Sink(folder);

        DriverException failure =
                failure(() -> driver.images.exportImage(call("export-it"), ref, Optional.empty(), sink));

        assertEquals(Kind.UNAVAILABLE, failure.kind());
        assertEquals(0, stand.leases());
        done(() -> driver.images.exportImage(call("export-it"), ref, Optional.empty(), sink));
        Disks.assertSame(boot, sink.file(0));
        Disks.assertSame(data, sink.file(1));
    }

    @Test
    void aRestartInTheMiddleOfAnImportMakesOneTemplate() {
        ImageId id = ids.image();
        stand.holdTransfers(1 << 20);
        driver.images.importImage(call("import-it"), image(id, Firmware.BIOS));
        until(() -> stand.heldTransfers() == 1);

        driver.close();
        assertNothingLeft();
        stand.releaseTransfers();
        driver = new Driver();
        imported(id, Firmware.BIOS);

        assertEquals(1, stand.machines());
        assertEquals(1, driver.images.images().size());
    }

    @Test
    void aProcessThatDiedInTheMiddleOfAnImportLeavesWhatTheNextOneClearsAway() {
        ImageId id = ids.image();
        stand.holdTransfers(1 << 20);
        driver.images.importImage(call("import-it"), image(id, Firmware.BIOS));
        until(() -> stand.heldTransfers() == 1);

        driver.die();
        driver = new Driver();
        Progress<Imported> first = driver.images.importImage(call("import-it"), image(id, Firmware.BIOS));
        assertTrue(first instanceof Pending, "begun anew");
        stand.releaseTransfers();
        imported(id, Firmware.BIOS);

        assertEquals(1, stand.machines());
        assertEquals(0, stand.leases());
    }

    @Test
    void aProcessThatDiedBeforeItMadeATemplateOfWhatWasSentSendsNothingAgain() {
        ImageId id = ids.image();
        stand.failNext("MarkAsTemplate", "HostCommunication");
        stand.failNext("Destroy_Task", "HostCommunication");

        DriverException failure = failure(() -> driver.images.importImage(call("import-it"), image(id, Firmware.BIOS)));
        assertEquals(Kind.UNAVAILABLE, failure.kind());
        driver.close();
        driver = new Driver();
        imported(id, Firmware.BIOS);

        assertEquals(2, stand.count("uploads"));
        assertEquals(1, driver.images.images().size());
    }

    @Test
    void whatSomebodyMadeAMachineOfATemplateAgainIsNotTakenFromThemByAnotherWish() {
        ImageId id = ids.image();
        String ref = imported(id, Firmware.BIOS);
        ManagedObjectReference pool = named(driver.vim.talk(), "ResourcePool", "Resources");
        driver.vim.talk().change(port -> {
            port.markAsVirtualMachine(object(ref), pool, null);
            return true;
        });

        DriverException failure = failure(() -> driver.images.importImage(call("another"), image(id, Firmware.BIOS)));

        assertEquals(Kind.CONFLICT, failure.kind());
        assertEquals(1, stand.machines());
        assertEquals(ref, imported(id, Firmware.BIOS), "the wish that made it makes it a template again");
    }

    @Test
    void aDiskThatIsNotTakenMayBeOfferedAgainAndLeavesNoLease() {
        String ref = imported(ids.image(), Firmware.BIOS);
        Sink full = new Sink(folder.resolve("not there"));

        DriverException failure =
                failure(() -> driver.images.exportImage(call("export-it"), ref, Optional.empty(), full));

        assertEquals(Kind.UNAVAILABLE, failure.kind());
        assertEquals(0, stand.leases());
    }

    // -------------------------------------------------------------------------------------------------------- while it
    // runs

    @Test
    void progressRisesWhileBytesFlow() {
        ImageId id = ids.image();
        List<Integer> seen = new ArrayList<>();

        for (long step : List.of(1L << 20, 3L << 20)) {
            stand.holdTransfers(step);
            int before = seen.size();
            until(() -> {
                Progress<Imported> progress = driver.images.importImage(call("import-it"), image(id, Firmware.BIOS));
                seen.add(((Pending<Imported>) progress).percent());
                return stand.heldTransfers() == 1 && seen.size() > before + 1;
            });
        }
        stand.releaseTransfers();
        imported(id, Firmware.BIOS);

        int last = seen.get(seen.size() - 1);
        assertTrue(last > 0 && last < 100, seen.toString());
        assertEquals(seen.stream().sorted().toList(), seen, "it never goes back");
        assertEquals(100, stand.count("leasePercent"), "the vCenter heard it, too");
    }

    @Test
    void aLeaseIsKeptAliveWhileBytesFlow() {
        stand.close();
        begin("-lease-timeout", "4s");
        Path flowing = Disks.qcow2(folder, "long", 10, 10, 5);
        ImageSpec image = one(ids.image(), Disks.content(Disks.vmdk(flowing), 10));
        stand.slowTransfers(10);
        Instant began = waiting.clock().instant();

        String ref =
                done(() -> driver.images.importImage(call("import-it"), image)).ref();

        Duration took = Duration.between(began, waiting.clock().instant());
        assertTrue(took.compareTo(Duration.ofSeconds(5)) > 0, "longer than the lease lives by itself: " + took);
        assertTrue(stand.count("leaseProgress") > 2);
        stand.slowTransfers(0);
        Sink sink = new Sink(folder);
        done(() -> driver.images.exportImage(call("export-it"), ref, Optional.empty(), sink));
        Disks.assertSame(flowing, sink.file(0));
    }

    @Test
    void aLeaseUponWhichNothingFlowsEndsAndLeavesNothing() {
        stand.close();
        begin("-lease-timeout", "1s");
        ImageSpec image = image(ids.image(), Firmware.BIOS);
        stand.holdTransfers(1 << 20);

        DriverException failure = failure(() -> driver.images.importImage(call("import-it"), image));

        assertEquals(Kind.UNAVAILABLE, failure.kind());
        assertNothingLeft();
    }

    @Test
    void seventeenDisksKeepTheirOrderOnTwoControllers() {
        List<ImageContent> contents = new ArrayList<>();
        List<ShapeDisk> sizes = new ArrayList<>();
        for (int i = 1; i <= 17; i++) {
            contents.add(Disks.content(Disks.vmdk(Disks.qcow2(folder, "disk" + i, i, 0, i)), i));
            sizes.add(new ShapeDisk("vd" + i, (long) i << 20));
        }
        Shape shape = new Shape(1, 512, Firmware.BIOS, Optional.empty(), sizes, List.of());
        ImageSpec image = new ImageSpec(ids.image(), new Name("many"), shape, contents);

        String ref =
                done(() -> driver.images.importImage(call("import-it"), image)).ref();

        assertEquals(
                sizes.stream().map(ShapeDisk::virtualSizeBytes).toList(),
                driver.images.shape(ref).disks().stream()
                        .map(ShapeDisk::virtualSizeBytes)
                        .toList());
        Sink sink = new Sink(folder);
        done(() -> driver.images.exportImage(call("export-it"), ref, Optional.empty(), sink));
        Disks.assertSame(folder.resolve("disk8.qcow2"), sink.file(7));
        Disks.assertSame(folder.resolve("disk17.qcow2"), sink.file(16));
    }

    @Test
    void aRunningMachineIsReadOnlyAtASnapshotNamed() {
        stand.close();
        begin("-vms", "1");
        String ref = machine("DC0_C0_RP0_VM0");
        Sink sink = new Sink(folder);

        DriverException on = assertThrows(
                DriverException.class, () -> driver.images.exportImage(call("export-it"), ref, Optional.empty(), sink));
        DriverException unknown = assertThrows(
                DriverException.class,
                () -> driver.images.exportImage(call("export-it"), ref, Optional.of(ids.snapshot()), sink));

        assertEquals(Kind.CONFLICT, on.kind());
        assertTrue(on.getMessage().contains("snapshot"), on.getMessage());
        assertEquals(Kind.NOT_FOUND, unknown.kind());
        assertEquals(0, stand.count("downloads"));
    }

    @Test
    void aRunningMachineIsReadAsItWasAtASnapshot() {
        stand.close();
        begin("-vms", "1");
        String name = "DC0_C0_RP0_VM0";
        String ref = machine(name);
        Path then = Disks.qcow2(folder, "then", 1, 1, 3);
        Path now = Disks.qcow2(folder, "now", 1, 1, 4);
        stand.writeDisk(name, 0, Disks.vmdk(then));
        SnapshotId snapshot = ids.snapshot();
        driver.vim.talk().change(port -> port.createSnapshotTask(object(ref), snapshot.value(), "", false, false));
        until(() -> driver.vim
                .talk()
                .see(object(ref), "snapshot.rootSnapshotList")
                .map(seen ->
                        !seen.list("snapshot.rootSnapshotList", Object.class).isEmpty())
                .orElse(false));
        stand.writeDisk(name, 0, Disks.vmdk(now));

        Sink sink = new Sink(folder);
        done(() -> driver.images.exportImage(call("export-it"), ref, Optional.of(snapshot), sink));

        Disks.assertSame(then, sink.file(0));
        assertEquals(1, stand.machines(), "what stood in for it is gone");
        assertEquals(0, stand.leases());
    }

    @Test
    void whatStandsInForASnapshotIsClearedAwayAfterItsProcessDied() {
        stand.close();
        begin("-vms", "1");
        String ref = machine("DC0_C0_RP0_VM0");
        stand.writeDisk(ref, 0, Disks.vmdk(Disks.qcow2(folder, "then", 1, 1, 3)));
        SnapshotId snapshot = ids.snapshot();
        driver.vim.talk().change(port -> port.createSnapshotTask(object(ref), snapshot.value(), "", false, false));
        stand.holdTransfers(100_000);
        driver.images.exportImage(call("export-it"), ref, Optional.of(snapshot), new Sink(folder));
        until(() -> stand.heldTransfers() == 1);
        assertEquals(2, stand.machines());

        driver.die();
        driver = new Driver();
        done(() -> driver.images.abandonExport(call("abandon-it"), ref));

        assertAll(
                () -> assertEquals(1, stand.machines()),
                () -> assertEquals(0, stand.leases()),
                () -> assertEquals(0, stand.transferFiles()));
    }

    @Test
    void aCopyThatSomebodyMadeOfATemplateIsNotOurs() {
        ImageId id = ids.image();
        String ref = imported(id, Firmware.BIOS);
        VirtualMachineCloneSpec spec = new VirtualMachineCloneSpec();
        spec.setLocation(new VirtualMachineRelocateSpec());
        spec.getLocation().setPool(named(driver.vim.talk(), "ResourcePool", "Resources"));
        spec.setTemplate(true);
        ManagedObjectReference vms = named(driver.vim.talk(), "Folder", "vm");
        driver.vim.talk().change(port -> port.cloneVMTask(object(ref), vms, "theirs", spec));
        until(() -> stand.machines() == 2);

        Map<String, Boolean> managed =
                driver.images.images().stream().collect(Collectors.toMap(SeenImage::name, SeenImage::managed));
        done(() -> driver.images.removeImage(call("remove-it"), id, Optional.of(ref)));

        assertEquals(false, managed.get("theirs"));
        assertEquals(
                List.of("theirs"),
                driver.images.images().stream().map(SeenImage::name).toList());
    }

    @Test
    void aHostWithACertificateOfItsOwnIsBelievedByTheThumbprintOfItsLease() {
        stand.close();
        begin("-hosts-apart");

        String ref = imported(ids.image(), Firmware.EFI);
        Sink sink = new Sink(folder);
        done(() -> driver.images.exportImage(call("export-it"), ref, Optional.empty(), sink));

        Disks.assertSame(data, sink.file(1));
        assertEquals(Firmware.EFI, driver.images.shape(ref).firmware());
    }

    @Test
    void aVCenterThatIsAwayIsAnErrorAndNeverAnEmptyList() {
        imported(ids.image(), Firmware.BIOS);
        stand.unreachable();

        DriverException failure = assertThrows(DriverException.class, () -> driver.images.images());

        assertEquals(Kind.UNAVAILABLE, failure.kind());
        stand.reachable();
        assertEquals(1, driver.images.images().size());
    }

    @Test
    void anotherWishForWhatIsBeingReadWaits() {
        String ref = imported(ids.image(), Firmware.BIOS);
        stand.holdTransfers(1 << 20);
        Sink sink = new Sink(folder);
        driver.images.exportImage(call("export-it"), ref, Optional.empty(), sink);
        until(() -> stand.heldTransfers() == 1);

        DriverException failure = assertThrows(
                DriverException.class, () -> driver.images.exportImage(call("another"), ref, Optional.empty(), sink));

        assertEquals(Kind.UNAVAILABLE, failure.kind());
    }

    @Test
    void aMachineThatIsNotThereIsNotFound() {
        assertAll(
                () -> assertEquals(
                        Kind.NOT_FOUND,
                        assertThrows(DriverException.class, () -> driver.images.shape("vm-4711"))
                                .kind()),
                () -> assertEquals(
                        Kind.NOT_FOUND,
                        assertThrows(
                                        DriverException.class,
                                        () -> driver.images.exportImage(
                                                call("export-it"), "vm-4711", Optional.empty(), new Sink(folder)))
                                .kind()));
    }

    private String machine(String name) {
        return named(driver.vim.talk(), "VirtualMachine", name).getValue();
    }

    private static ManagedObjectReference object(String ref) {
        return org.isthmus.driver.vmware.vim.Tasks.object("VirtualMachine", ref);
    }
}
