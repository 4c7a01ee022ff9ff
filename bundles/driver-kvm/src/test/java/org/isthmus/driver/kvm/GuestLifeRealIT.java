// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenDisk;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.Console;
import org.isthmus.spi.compute.Metered.Counters;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real guest on a real libvirt: boots, reads its seed, and lives through everything the driver can do to it. */
@Timeout(240)
final class GuestLifeRealIT {
    private static final Duration BOOT = Duration.ofSeconds(60);
    private static final long MIB = 1L << 20;

    private final Ids ids = new Ids(Clock.systemUTC());

    @TempDir
    private Path cache;

    private RealHost host;
    private HostContext context;
    private KvmDriver driver;
    private ServerSpec spec;
    private String ref;

    @BeforeEach
    void bootAGuest() {
        host = RealHost.required();
        context = new HostContext(Clock.systemUTC(), cache);
        driver = host.open(context, "auto");
        DiskSpec boot = new DiskSpec(ids.disk(), host.image().virtualSizeBytes(), Optional.of(host.image()));
        spec = new ServerSpec(
                ids.server(),
                new Name("kvm-life"),
                driver.capacity().get(0).name(),
                1,
                128,
                List.of(boot),
                List.of(),
                new Seed(
                        "instance-id: life-1\nlocal-hostname: seeded-name\n",
                        "#cloud-config\npassword: life\nruncmd:\n - echo user-data-was-read > /dev/console\n",
                        ""));
        ref = done(call -> driver.create(call, spec)).ref();
        done(call -> driver.power(call, ref, PowerWish.ON));
        waitForLog("guest-ready seeded-name iid life-1");
    }

    @AfterEach
    void clearAway() {
        if (driver != null) {
            done(call -> driver.delete(call, spec.server(), Optional.empty()));
            driver.close();
            context.close();
        }
    }

    private Call call() {
        return new Call("life." + ids.uuid(), Clock.systemUTC().instant().plusSeconds(120));
    }

    private <T> T done(Function<Call, Progress<T>> wish) {
        return done(call(), wish);
    }

    private static <T> T done(Call first, Function<Call, Progress<T>> wish) {
        Call call = first;
        while (Clock.systemUTC().instant().isBefore(first.deadline())) {
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

    private void waitFor(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + BOOT.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> "In " + BOOT + " there was no " + what + " in:\n" + log());
            RealHost.pause();
        }
    }

    private String log() {
        return new String(driver.consoleLog(ref, 1 << 20), StandardCharsets.ISO_8859_1);
    }

    private void waitForLog(String text) {
        waitFor(text, () -> log().contains(text));
    }

    private int boots() {
        return log().split("guest-ready", -1).length - 1;
    }

    private SeenServer seen() {
        return driver.find(spec.server()).orElseThrow();
    }

    @Test
    void theGuestReadsItsSeedAndShutsDownWhenAsked() {
        waitForLog("user-data-was-read");

        done(call -> driver.power(call, ref, PowerWish.SHUT_DOWN));

        assertEquals(Power.OFF, seen().power());
        assertTrue(log().contains("guest-poweroff"), "the guest obeyed its power button");
    }

    @Test
    void aRestartHappensOncePerToken() {
        Call call = call();
        int before = host.run(ref).orElseThrow();

        done(call, one -> driver.power(one, ref, PowerWish.RESTARTED));
        int after = host.run(ref).orElseThrow();
        done(call, one -> driver.power(one, ref, PowerWish.RESTARTED));

        assertNotEquals(before, after);
        assertEquals(after, host.run(ref).orElseThrow());
        waitFor("second boot", () -> boots() == 2);
    }

    @Test
    void aDiskIsPluggedInGrownAndUnpluggedWhileTheGuestRuns() throws IOException {
        DiskId disk = ids.disk();

        done(call -> driver.attachDisk(call, ref, new DiskSpec(disk, 8 * MIB, Optional.empty())));
        assertTrue(typed("cat /sys/block/vdc/size", "16384").contains("16384"));
        done(call -> driver.growDisk(call, ref, disk, 16 * MIB));
        assertTrue(typed("cat /sys/block/vdc/size", "32768").contains("32768"));
        assertEquals(
                List.of(host.image().virtualSizeBytes(), 16 * MIB),
                seen().disks().stream().map(SeenDisk::sizeBytes).toList());
        done(call -> driver.detachDisk(call, ref, disk));

        assertEquals(1, seen().disks().size());
        assertTrue(typed("ls /sys/block/vdc", "No such").contains("No such"));
    }

    /**
     * As when libvirt dies while it gives a guest a disk: QEMU has the file open, in its format, or in the guest already, and
     * libvirt knows nothing of it.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aDiskThatLibvirtDiedOverIsAttachedAllTheSame(int far) throws IOException {
        DiskSpec wish = new DiskSpec(ids.disk(), 8 * MIB, Optional.empty());
        done(call -> driver.attachDisk(call, ref, wish));
        assertTrue(typed("cat /sys/block/vdc/size", "16384").contains("16384"));
        String path = found("vdc +(/\\S+)", host.virsh("domblklist", ref));
        String bus = found(
                "(?s)<target dev='vdc' bus='virtio'/>.*?<address type='pci' domain='0x0000' bus='0x([0-9a-f]+)'",
                host.virsh("dumpxml", ref));
        int next = Integer.parseInt(found("(?s)" + path + "' index='(\\d+)'", host.virsh("dumpxml", ref))) + 1;
        host.virsh("detach-disk", ref, "vdc", "--live");
        waitFor("end of the disk", () -> !host.virsh("domblklist", ref).contains(path));
        qmp("blockdev-add", "'driver':'file','filename':'" + path + "','node-name':'libvirt-" + next + "-storage'");
        if (far > 1) {
            qmp(
                    "blockdev-add",
                    "'driver':'qcow2','file':'libvirt-" + next + "-storage','node-name':'libvirt-" + next + "-format'");
        }
        if (far > 2) {
            qmp(
                    "device_add",
                    "'driver':'virtio-blk-pci','id':'virtio-disk2','drive':'libvirt-" + next + "-format','bus':'pci."
                            + Integer.parseInt(bus, 16) + "','addr':'0x0'");
            assertTrue(typed("cat /sys/block/vdc/size", "16384").contains("16384"));
        }

        done(call -> driver.attachDisk(call, ref, wish));

        assertTrue(typed("cat /sys/block/vdc/size", "16384").contains("16384"));
        assertEquals(path, found("vdc +(/\\S+)", host.virsh("domblklist", ref)));
        String nodes = qmp("query-named-block-nodes", "'flat':true");
        assertTrue(!nodes.contains("libvirt-" + next + "-"), nodes);
        done(call -> driver.detachDisk(call, ref, wish.id()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anInterfaceThatLibvirtDiedOverIsAttachedAllTheSame(boolean inGuest) {
        NicSpec nic = nic();
        done(call -> driver.attachNic(call, ref, nic));
        String bus = found(
                "(?s)<interface .*?<address type='pci' domain='0x0000' bus='0x([0-9a-f]+)'",
                host.virsh("dumpxml", ref));
        String alias = "ua-" + nic.id();
        done(call -> driver.detachNic(call, ref, nic.id()));
        qmp("netdev_add", "'type':'user','id':'host" + alias + "'");
        if (inGuest) {
            qmp(
                    "device_add",
                    "'driver':'virtio-net-pci','id':'" + alias + "','netdev':'host" + alias + "','bus':'pci."
                            + Integer.parseInt(bus, 16) + "','addr':'0x0'");
        }

        done(call -> driver.attachNic(call, ref, nic));

        assertEquals(
                List.of(nic.id().value()),
                seen().nics().stream().map(SeenNic::id).toList());
        String devices = host.virsh("qemu-monitor-command", ref, "--hmp", "info network");
        assertTrue(!devices.contains("type=user"), devices);
        done(call -> driver.detachNic(call, ref, nic.id()));
    }

    private NicSpec nic() {
        NicId id = ids.nic();
        return new NicSpec(id, MacAddress.local(id.hashCode() & 0xffff), Bindings.ovs(id));
    }

    private String qmp(String command, String arguments) {
        return host.virsh(
                "qemu-monitor-command",
                ref,
                "{'execute':'%s','arguments':{%s}}"
                        .formatted(command, arguments)
                        .replace('\'', '"'));
    }

    private static String found(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), () -> "There is no " + pattern + " in:\n" + text);
        return matcher.group(1);
    }

    /** Types a command at the console and reads until the answer or too long. */
    private String typed(String command, String until) throws IOException {
        StringBuilder heard = new StringBuilder();
        try (Console.Session console = driver.openConsole(ref)) {
            console.input().write("\n".getBytes(StandardCharsets.US_ASCII));
            hear(console.output(), heard, "login: |~ # ");
            if (heard.toString().contains("login:")) {
                console.input().write("root\n".getBytes(StandardCharsets.US_ASCII));
                hear(console.output(), heard, "Password:");
                console.input().write("life\n".getBytes(StandardCharsets.US_ASCII));
                hear(console.output(), heard, "~ # ");
            }
            heard.setLength(0);
            console.input().write((command + "\n").getBytes(StandardCharsets.US_ASCII));
            hear(console.output(), heard, until);
        }
        return heard.toString();
    }

    private static void hear(InputStream output, StringBuilder heard, String until) throws IOException {
        Pattern pattern = Pattern.compile("(" + until + ")");
        byte[] piece = new byte[1024];
        while (!pattern.matcher(heard).find()) {
            int got = output.read(piece);
            if (got < 0) {
                throw new AssertionError("The console ended (or the test was too slow) after: " + heard);
            }
            heard.append(new String(piece, 0, got, StandardCharsets.ISO_8859_1));
        }
    }

    @Test
    void aSnapshotOfARunningGuestIsTakenAndGoneBackTo() throws IOException {
        SnapshotId first = ids.snapshot();
        typed("echo before > /data/state; sync; echo wrote-$?", "wrote-0");
        done(call -> driver.takeSnapshot(call, ref, first));
        typed("echo after > /data/state; sync; echo wrote-$?", "wrote-0");

        done(call -> driver.revertSnapshot(call, ref, first));
        Power reverted = seen().power();
        done(call -> driver.power(call, ref, PowerWish.ON));
        waitFor("second boot", () -> boots() == 2);

        assertEquals(Power.OFF, reverted);
        assertTrue(typed("cat /data/state; echo read-$?", "read-0").contains("before"));
        assertEquals(
                List.of(first),
                driver.snapshots(ref).stream().map(one -> one.id()).toList());
        done(call -> driver.deleteSnapshot(call, ref, first));
        assertEquals(List.of(), driver.snapshots(ref));
    }

    @Test
    void whatCameAfterASnapshotStaysWhenGoingBack() {
        SnapshotId snapshot = ids.snapshot();
        DiskId later = ids.disk();
        done(call -> driver.takeSnapshot(call, ref, snapshot));
        done(call -> driver.attachDisk(call, ref, new DiskSpec(later, 8 * MIB, Optional.empty())));
        done(call -> driver.growDisk(call, ref, spec.disks().get(0).id(), 80 * MIB));

        done(call -> driver.revertSnapshot(call, ref, snapshot));

        SeenServer seen = seen();
        assertEquals(
                List.of(new SeenDisk(spec.disks().get(0).id().value(), 80 * MIB), new SeenDisk(later.value(), 8 * MIB)),
                seen.disks());
        assertTrue(seen.managed());
    }

    @Test
    void aStoppedServerIsResized() throws IOException {
        done(call -> driver.power(call, ref, PowerWish.OFF));
        done(call -> driver.resize(call, ref, 2, 192));
        done(call -> driver.power(call, ref, PowerWish.ON));
        waitFor("second boot", () -> boots() == 2);

        assertEquals(2, seen().cpus());
        assertEquals(192, seen().memoryMiB());
        assertTrue(typed("grep -c ^processor /proc/cpuinfo", "\n2").contains("2"));
    }

    @Test
    void countersTellWhatARunningGuestUsed() {
        Counters counters = driver.counters().stream()
                .filter(one -> one.ref().equals(ref))
                .findFirst()
                .orElseThrow();

        assertTrue(counters.cpuTime().toMillis() > 100, counters::toString);
        assertTrue(counters.memoryMiB() > 10, counters::toString);
        assertTrue(counters.diskReadBytes() > MIB, counters::toString);
    }

    @Test
    void aHostFarAwayGivesTheSameConsoleLog() {
        // off, so that nothing is printed between the two; and nothing local about the second: it comes by a stream
        done(call -> driver.power(call, ref, PowerWish.OFF));
        byte[] near = driver.consoleLog(ref, 4096);
        HostContext other = new HostContext(Clock.systemUTC(), cache);
        KvmDriver far = FarDriver.of(host.uri(), other);

        byte[] heard = far.consoleLog(ref, 4096);
        far.close();
        other.close();

        assertArrayEquals(near, heard);
    }

    @Test
    void manyConsolesLeaveNoConnectionOpen() throws IOException {
        driver.openConsole(ref).close();
        long before = sockets();
        for (int i = 0; i < 20; i++) {
            try (Console.Session console = driver.openConsole(ref)) {
                console.input().write('\n');
            }
        }
        driver.openConsole(ref);
        driver.openConsole(ref);
        long open = sockets();
        driver.close();

        assertTrue(open > before, "open consoles have connections");
        // closing is said to the host and answered there
        waitFor("end of all connections", () -> sockets() < before);
        driver = host.open(context, "auto");
    }

    private static long sockets() {
        java.io.File[] files = new java.io.File("/proc/self/fd").listFiles();
        return java.util.Arrays.stream(files)
                .filter(file -> {
                    try {
                        return java.nio.file.Files.readSymbolicLink(file.toPath())
                                .toString()
                                .startsWith("socket:");
                    } catch (IOException e) {
                        return false;
                    }
                })
                .count();
    }

    @Test
    void deleteLeavesNothingOfIt() {
        done(call -> driver.delete(call, spec.server(), Optional.of(ref)));

        String domains = host.virsh("list", "--all", "--uuid");
        String files = RealHost.run("find", RealHost.STORAGE);
        assertTrue(!domains.contains(ref), domains);
        assertTrue(!files.contains(spec.server().value()), files);
    }
}
