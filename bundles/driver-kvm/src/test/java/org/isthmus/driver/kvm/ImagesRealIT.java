// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.isthmus.driver.kvm.host.HostFiles;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ImageImport.ImageSpec;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.spi.compute.Shape;
import org.isthmus.tck.CollectedDisks;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real guest is read out while it runs and when it is off, and what was read starts again. */
@Timeout(400)
final class ImagesRealIT {
    private static final Duration BOOT = Duration.ofSeconds(90);
    private static final long MIB = 1L << 20;

    private final Ids ids = new Ids(Clock.systemUTC());
    private final List<ServerId> servers = new ArrayList<>();
    private final List<ImageId> images = new ArrayList<>();

    @TempDir
    private Path cache;

    private RealHost host;
    private HostContext context;
    private KvmDriver driver;

    @BeforeEach
    void open() {
        host = RealHost.required();
        context = new HostContext(Clock.systemUTC(), cache);
        driver = host.open(context, "auto");
    }

    @AfterEach
    void clearAway() {
        if (driver != null) {
            servers.forEach(server -> done(call -> driver.delete(call, server, Optional.empty())));
            images.forEach(image -> done(call -> driver.removeImage(call, image, Optional.empty())));
            driver.close();
            context.close();
        }
    }

    private <T> T done(Function<Call, Progress<T>> wish) {
        Instant end = Clock.systemUTC().instant().plusSeconds(200);
        Call call = new Call("images." + ids.uuid(), end);
        while (Clock.systemUTC().instant().isBefore(end)) {
            try {
                Progress<T> progress = wish.apply(call);
                if (progress instanceof Progress.Done<T> done) {
                    return done.result();
                }
                call = call.withMemo(((Progress.Pending<T>) progress).memo());
            } catch (DriverException e) {
                if (!e.passing()) {
                    throw e;
                }
            }
            RealHost.pause();
        }
        throw new AssertionError("Not done in time");
    }

    private void waitForLog(String ref, String text) {
        BooleanSupplier said = () -> new String(driver.consoleLog(ref, 1 << 18), StandardCharsets.UTF_8).contains(text);
        Instant end = Clock.systemUTC().instant().plus(BOOT);
        while (!said.getAsBoolean()) {
            assertTrue(
                    Clock.systemUTC().instant().isBefore(end),
                    () -> "Not on the console: " + text + "; it says "
                            + new String(driver.consoleLog(ref, 4000), StandardCharsets.UTF_8));
            RealHost.pause();
        }
    }

    private ServerSpec spec(String name, List<DiskSpec> disks, Shape.Firmware firmware, Optional<String> template) {
        ServerSpec spec = new ServerSpec(
                ids.server(),
                new Name(name),
                driver.capacity().get(0).name(),
                1,
                128,
                disks,
                List.of(),
                new Seed("instance-id: " + name + "\nlocal-hostname: " + name + "\n", "#cloud-config\n{}\n", ""),
                firmware,
                template);
        servers.add(spec.server());
        return spec;
    }

    private String started(ServerSpec spec) {
        String ref = done(call -> driver.create(call, spec)).ref();
        done(call -> driver.power(call, ref, PowerWish.ON));
        return ref;
    }

    private String path(ServerSpec spec, int disk) {
        String name = HostFiles.disk(spec.server(), spec.disks().get(disk).id());
        return host.virsh("dumpxml", HostFiles.uuid(spec.server()))
                .lines()
                .filter(line -> line.contains(name))
                .map(line -> line.replaceAll(".*file='([^']*)'.*", "$1"))
                .findFirst()
                .orElseThrow();
    }

    private List<Path> written(CollectedDisks disks, String name) throws IOException {
        List<Path> files = new ArrayList<>();
        for (int place = 0; place < disks.disks().size(); place++) {
            Path file = cache.resolve(name + "-" + place);
            Files.write(file, disks.disks().get(place).content());
            RealHost.run("qemu-img", "check", "-f", "qcow2", file.toString());
            files.add(file);
        }
        return files;
    }

    @Test
    void aGuestIsReadOutWhileItRunsAndStartsAgainAsAnother() throws IOException {
        ServerSpec spec = spec(
                "origin",
                List.of(
                        new DiskSpec(ids.disk(), host.image().virtualSizeBytes(), Optional.of(host.image())),
                        new DiskSpec(ids.disk(), host.image().virtualSizeBytes() + MIB, Optional.of(host.image()))),
                Shape.Firmware.BIOS,
                Optional.empty());
        String ref = started(spec);
        waitForLog(ref, "guest-ready origin iid origin");
        SnapshotId snapshot = ids.snapshot();
        done(call -> driver.takeSnapshot(call, ref, snapshot));
        CollectedDisks running = new CollectedDisks();

        done(call -> driver.exportImage(call, ref, Optional.of(snapshot), running));

        assertEquals(Power.ON, driver.find(spec.server()).orElseThrow().power());
        List<Path> atSnapshot = written(running, "running");
        done(call -> driver.power(call, ref, PowerWish.OFF));
        for (int disk = 0; disk < 2; disk++) {
            Path expected = cache.resolve("expected");
            RealHost.run(
                    "qemu-img",
                    "convert",
                    "-f",
                    "qcow2",
                    "-l",
                    "snapshot.name=" + snapshot,
                    "-O",
                    "raw",
                    path(spec, disk),
                    expected.toString());
            RealHost.run(
                    "qemu-img",
                    "compare",
                    "-f",
                    "raw",
                    "-F",
                    "qcow2",
                    expected.toString(),
                    atSnapshot.get(disk).toString());
        }
        CollectedDisks stopped = new CollectedDisks();
        done(call -> driver.exportImage(call, ref, Optional.empty(), stopped));
        List<Path> whenOff = written(stopped, "stopped");
        for (int disk = 0; disk < 2; disk++) {
            RealHost.run(
                    "qemu-img",
                    "compare",
                    "-f",
                    "qcow2",
                    "-F",
                    "qcow2",
                    path(spec, disk),
                    whenOff.get(disk).toString());
        }
        ImageId image = ids.image();
        images.add(image);
        Shape shape = driver.shape(ref);
        ImageSpec copy = new ImageSpec(
                image,
                new Name("copy"),
                shape,
                List.of(new FileImage(atSnapshot.get(0)), new FileImage(atSnapshot.get(1))));
        String template = done(call -> driver.importImage(call, copy)).ref();
        ServerSpec again = spec(
                "again",
                List.of(
                        new DiskSpec(ids.disk(), host.image().virtualSizeBytes() + 64 * MIB, Optional.empty()),
                        new DiskSpec(ids.disk(), host.image().virtualSizeBytes() + MIB, Optional.empty())),
                Shape.Firmware.BIOS,
                Optional.of(template));
        String second = started(again);
        waitForLog(second, "guest-ready again iid again");
    }

    @Test
    void aGuestIsStartedByUefi() {
        Assumptions.assumeTrue(
                host.virsh("domcapabilities", "--machine", "q35", "--virttype", "qemu")
                        .contains("<value>efi</value>"),
                "The host has no UEFI (Debian: ovmf).");
        for (Shape.Firmware firmware : List.of(Shape.Firmware.EFI, Shape.Firmware.EFI_SECURE)) {
            ServerSpec spec = spec(
                    firmware == Shape.Firmware.EFI ? "uefi" : "secure",
                    List.of(new DiskSpec(ids.disk(), host.image().virtualSizeBytes(), Optional.of(host.image()))),
                    firmware,
                    Optional.empty());
            String ref = started(spec);

            assertEquals(firmware, driver.shape(ref).firmware());
            // the image has no loader that UEFI would start, and UEFI says so where the guest would speak
            waitForLog(ref, "BdsDxe");
            done(call -> driver.power(call, ref, PowerWish.OFF));
            assertEquals(firmware, driver.shape(ref).firmware());
            done(call -> driver.delete(call, spec.server(), Optional.of(ref)));
            assertEquals(Optional.empty(), driver.find(spec.server()));
        }
    }
}
