// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.tck.BytesImage;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * For every change a wish makes on the host: cut off before it and after it, open another driver, say the wish again, and
 * look that it happened once and left nothing else. The driver is new each time: it has no memory of its own.
 */
final class CutOffTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T08:00:00Z"), ZoneOffset.UTC);
    private static final int MORE_THAN_ANY = 60;
    private static final int LEAST_OF_A_CREATE = 16;

    @TempDir
    private Path cache;

    private final Ids ids = new Ids(CLOCK);
    private final BytesImage image = BytesImage.blank(4096);
    private final DiskSpec boot = new DiskSpec(ids.disk(), 8192, Optional.of(image));
    private final DiskSpec data = new DiskSpec(ids.disk(), 4096, Optional.empty());
    private final NicSpec nic = nic(1);
    private final ServerSpec spec = new ServerSpec(
            ids.server(),
            new Name("cut-off"),
            MemoryHost.NAME,
            1,
            64,
            List.of(boot, data),
            List.of(nic),
            new Seed("instance-id: 1\n", "#cloud-config\n", ""));

    private NicSpec nic(long bits) {
        Ids.NicId id = ids.nic();
        return new NicSpec(id, MacAddress.local(bits), Bindings.ovs(id));
    }

    private String ref() {
        return spec.server().value().substring(4);
    }

    /** A wish said until it is done, by a new driver each time. */
    private <T> T done(MemoryHost host, String token, BiFunction<KvmDriver, Call, Progress<T>> wish) {
        for (int i = 0; i < 200; i++) {
            try (HostContext context = new HostContext(CLOCK, cache)) {
                KvmDriver driver = MemoryContractTest.open(host, context);
                Optional<T> result =
                        until(driver, new Call(token, CLOCK.instant().plus(Duration.ofHours(1))), wish);
                if (result.isPresent()) {
                    return result.orElseThrow();
                }
            }
            host.bringBack();
        }
        throw new AssertionError("Never done");
    }

    private static final Object NOTHING = new Object();

    @SuppressWarnings("unchecked") // a wish without a result answers with a sign that it is done
    private static <T> Optional<T> until(KvmDriver driver, Call call, BiFunction<KvmDriver, Call, Progress<T>> wish) {
        try {
            while (true) {
                if (wish.apply(driver, call) instanceof Progress.Done<T> done) {
                    return Optional.of(done.result() == null ? (T) NOTHING : done.result());
                }
                Thread.onSpinWait();
            }
        } catch (DriverException e) {
            if (!e.passing()) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private SeenServer seen(MemoryHost host) {
        try (HostContext context = new HostContext(CLOCK, cache)) {
            List<SeenServer> all = MemoryContractTest.open(host, context).list();
            assertEquals(1, all.size(), "one server");
            return all.get(0);
        }
    }

    /** Makes a host, prepares it, then cuts it off at every change of the wish. Answers how many changes that were. */
    private <T> int atEveryChange(
            Consumer<MemoryHost> prepare, BiFunction<KvmDriver, Call, Progress<T>> wish, Consumer<MemoryHost> check) {
        int cuts = 0;
        for (int change = 0; change < MORE_THAN_ANY; change++) {
            for (boolean after : new boolean[] {false, true}) {
                MemoryHost host = new MemoryHost();
                prepare.accept(host);
                host.cutAt(change, after);
                int before = host.changes();
                done(host, "the-wish", wish);
                boolean reached = host.changes() - before > change;
                host.bringBack();
                check.accept(host);
                if (!reached) {
                    return cuts;
                }
                cuts++;
            }
        }
        throw new AssertionError("More than " + MORE_THAN_ANY + " changes for one wish");
    }

    private void made(MemoryHost host) {
        done(host, "create", (driver, call) -> driver.create(call, spec));
    }

    private void running(MemoryHost host) {
        made(host);
        done(host, "on", (driver, call) -> driver.power(call, ref(), PowerWish.ON));
        host.memory().journal().clear();
    }

    private static List<String> filesOf(MemoryHost host, ServerSpec spec) {
        return host.files().everything().stream()
                .filter(name -> name.startsWith(spec.server() + "."))
                .toList();
    }

    @Test
    void aCreateCutOffAnywhereMakesOneServerWithItsFiles() {
        int cuts = atEveryChange(host -> {}, (driver, call) -> driver.create(call, spec), host -> {
            SeenServer seen = seen(host);
            assertEquals(Optional.of("the-wish"), seen.token());
            assertEquals(2, seen.disks().size());
            assertEquals(3, filesOf(host, spec).size(), "two disks and a seed");
            assertEquals(
                    1,
                    host.files().everything().stream()
                            .filter(name -> name.endsWith(".ready"))
                            .count());
        });

        assertTrue(cuts > LEAST_OF_A_CREATE, "the create makes changes to be cut off at");
    }

    @Test
    void aDeleteCutOffAnywhereLeavesNothing() {
        atEveryChange(this::running, (driver, call) -> driver.delete(call, spec.server(), Optional.of(ref())), host -> {
            assertEquals(List.of(), host.memory().all());
            assertEquals(List.of(), filesOf(host, spec));
        });
    }

    @Test
    void aDeleteRemovesWhatACreateLeftThatWasCutOffAnywhere() {
        for (int change = 0; change < LEAST_OF_A_CREATE; change++) {
            MemoryHost host = new MemoryHost();
            host.cutAt(change, true);
            try (HostContext context = new HostContext(CLOCK, cache)) {
                until(
                        MemoryContractTest.open(host, context),
                        new Call("create", CLOCK.instant()),
                        (driver, call) -> driver.create(call, spec));
            }
            host.bringBack();

            done(host, "delete", (driver, call) -> driver.delete(call, spec.server(), Optional.empty()));

            assertEquals(List.of(), host.memory().all());
            assertEquals(List.of(), filesOf(host, spec));
        }
    }

    @Test
    void aRestartCutOffAnywhereHappensOnce() {
        atEveryChange(this::running, (driver, call) -> driver.power(call, ref(), PowerWish.RESTARTED), host -> {
            assertEquals(List.of("cut", "start"), host.memory().journal());
            assertEquals(Power.ON, seen(host).power());
            done(host, "the-wish", (driver, call) -> driver.power(call, ref(), PowerWish.RESTARTED));
            assertEquals(List.of("cut", "start"), host.memory().journal());
        });
    }

    @Test
    void aDiskIsAttachedOnceToBothDescriptionsWhereverItWasCutOff() {
        DiskSpec more = new DiskSpec(ids.disk(), 4096, Optional.of(image));
        atEveryChange(this::running, (driver, call) -> driver.attachDisk(call, ref(), more), host -> {
            assertEquals(3, seen(host).disks().size());
            done(host, "off", (driver, call) -> driver.power(call, ref(), PowerWish.OFF));
            assertEquals(3, seen(host).disks().size());
            assertEquals(4, filesOf(host, spec).size());
        });
    }

    @Test
    void aDiskIsDetachedFromBothDescriptionsWithItsContentWhereverItWasCutOff() {
        atEveryChange(this::running, (driver, call) -> driver.detachDisk(call, ref(), data.id()), host -> {
            done(host, "off", (driver, call) -> driver.power(call, ref(), PowerWish.OFF));
            assertEquals(1, seen(host).disks().size());
            assertEquals(2, filesOf(host, spec).size());
        });
    }

    @Test
    void anInterfaceIsAttachedOnceWhereverItWasCutOff() {
        NicSpec more = nic(2);
        atEveryChange(this::running, (driver, call) -> driver.attachNic(call, ref(), more), host -> {
            assertEquals(2, seen(host).nics().size());
            done(host, "off", (driver, call) -> driver.power(call, ref(), PowerWish.OFF));
            assertEquals(2, seen(host).nics().size());
        });
    }

    @Test
    void aRevertCutOffAnywhereKeepsWhatTheServerIsNow() {
        SnapshotId snapshot = ids.snapshot();
        DiskSpec later = new DiskSpec(ids.disk(), 4096, Optional.empty());
        atEveryChange(
                host -> {
                    running(host);
                    done(host, "take", (driver, call) -> driver.takeSnapshot(call, ref(), snapshot));
                    done(host, "later", (driver, call) -> driver.attachDisk(call, ref(), later));
                    host.memory().journal().clear();
                },
                (driver, call) -> driver.revertSnapshot(call, ref(), snapshot),
                host -> {
                    assertEquals(Power.OFF, seen(host).power());
                    assertEquals(3, seen(host).disks().size(), "a disk attached since the snapshot stays");
                    assertEquals(4, filesOf(host, spec).size(), "nothing is left beside disks and seed");
                    int reverts = host.memory().journal().size();
                    done(host, "the-wish", (driver, call) -> driver.revertSnapshot(call, ref(), snapshot));
                    assertEquals(reverts, host.memory().journal().size(), "a late repeat does nothing");
                });
    }

    @Test
    void aSnapshotOfARunningServerCutOffAnywhereIsThereOnce() {
        SnapshotId snapshot = ids.snapshot();
        atEveryChange(this::running, (driver, call) -> driver.takeSnapshot(call, ref(), snapshot), host -> {
            try (HostContext context = new HostContext(CLOCK, cache)) {
                assertEquals(
                        1,
                        MemoryContractTest.open(host, context).snapshots(ref()).size());
            }
        });
    }
}
