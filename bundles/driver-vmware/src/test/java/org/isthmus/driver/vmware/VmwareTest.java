// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.vmware.vim25.DVPortgroupConfigSpec;
import com.vmware.vim25.VMwareDVSPortSetting;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VmwareDistributedVirtualSwitchVlanIdSpec;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.isthmus.driver.vmware.transfer.Disks;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver.Health;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ComputeDriver.Created;
import org.isthmus.spi.compute.ComputeDriver.HostCapacity;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.PowerWish;
import org.isthmus.spi.compute.ComputeDriver.SeenDisk;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageImport;
import org.isthmus.spi.compute.ImageImport.ImageSpec;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.Firmware;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.network.NetworkDriver;
import org.isthmus.spi.network.NetworkDriver.NetworkSpec;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.PortBinding;
import org.isthmus.tck.HostContext;
import org.isthmus.tck.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a vCenter and the driver make of each other, beyond the contract. */
final class VmwareTest {
    private static final long DISK = 8L << 20;
    private static final Instant LATE = Instant.parse("2099-01-01T00:00:00Z");

    @TempDir
    private Path folder;

    private final Ids ids = new Ids(Clock.systemUTC());
    private final List<AutoCloseable> open = new ArrayList<>();
    private HostContext context;
    private Stand stand;
    private TestSite site;
    private VmwareDriver driver;

    @BeforeAll
    static void warm() {
        Vim.warm();
    }

    private void begin(String... options) {
        stand = Stand.start(folder, options);
        site = new TestSite(stand);
        context = new HostContext(Clock.systemUTC(), folder);
        driver = site.open(context, "vlans", "100-102");
        open.addAll(List.of(stand, site, context, driver));
    }

    @AfterEach
    void stop() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private static <T> T done(Function<Call, Progress<T>> wish, String token) {
        Call call = new Call(token, LATE);
        while (true) {
            Progress<T> progress = wish.apply(call);
            if (progress instanceof Progress.Done<T> done) {
                return done.result();
            }
            call = call.withMemo(((Progress.Pending<T>) progress).memo());
        }
    }

    private <T> T done(Function<Call, Progress<T>> wish) {
        return done(wish, "test." + ids.uuid());
    }

    private ServerSpec spec(String template, int cpus, long memory, List<NicSpec> nics, Firmware firmware) {
        ServerId id = ids.server();
        Seed seed = new Seed("instance-id: " + id + "\n", "#cloud-config\n{}\n", "version: 2\n", "#cloud-config\n{}\n");
        return spec(id, template, cpus, memory, nics, firmware, seed);
    }

    private ServerSpec spec(
            ServerId id, String template, int cpus, long memory, List<NicSpec> nics, Firmware firmware, Seed seed) {
        return new ServerSpec(
                id,
                new Name("web"),
                site.host(),
                cpus,
                memory,
                List.of(
                        new DiskSpec(ids.disk(), 2 * DISK, Optional.empty()),
                        new DiskSpec(ids.disk(), 3 * DISK, Optional.empty())),
                nics,
                seed,
                firmware,
                Optional.of(template));
    }

    private ServerSpec spec(String template) {
        return spec(template, 1, 64, List.of(), Firmware.BIOS);
    }

    private NicSpec nic(long mac) {
        return new NicSpec(
                ids.nic(),
                MacAddress.local(mac),
                new PortBinding(PortBinding.PORTGROUP, Map.of(PortBinding.PORTGROUP_KEY, site.portgroup())));
    }

    @Test
    void aServerOfATemplateIsReadBackAsItWasWished() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK), 2, 1536, List.of(nic(2), nic(1)), Firmware.EFI_SECURE);

        Created made = done(call -> driver.create(call, spec), "made");

        SeenServer seen = driver.find(spec.server()).orElseThrow();
        assertEquals(2, seen.cpus());
        assertEquals(1536, seen.memoryMiB());
        assertEquals(spec.host(), seen.host());
        assertEquals(Power.OFF, seen.power());
        assertEquals(
                spec.disks().stream()
                        .map(disk -> new SeenDisk(disk.id().value(), disk.sizeBytes()))
                        .toList(),
                seen.disks());
        assertEquals(
                spec.nics().stream()
                        .map(nic -> new SeenNic(nic.id().value(), nic.mac().value()))
                        .toList(),
                seen.nics());
        Seen below = site.talk()
                .see(Tasks.object("VirtualMachine", made.ref()), "name", "config.firmware", "config.extraConfig")
                .orElseThrow();
        assertEquals("web " + spec.server(), below.text("name"));
        assertEquals("efi", below.text("config.firmware"));
    }

    @Test
    void theGuestReadsItsSeedThroughVMwaresChannel() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));

        Created made = done(call -> driver.create(call, spec));

        Map<String, String> extra = site.extra(made.ref());
        assertEquals("base64", extra.get("guestinfo.metadata.encoding"));
        String network = Base64.getEncoder().encodeToString("version: 2\n".getBytes(StandardCharsets.UTF_8));
        assertEquals(
                spec.seed().metaData() + "network.encoding: base64\nnetwork: " + network + "\n",
                new String(Base64.getDecoder().decode(extra.get("guestinfo.metadata")), StandardCharsets.UTF_8));
        assertEquals(
                spec.seed().userData(),
                new String(Base64.getDecoder().decode(extra.get("guestinfo.userdata")), StandardCharsets.UTF_8));
    }

    private ServerSpec seeded(String template, String userData) {
        ServerId id = ids.server();
        Seed seed = new Seed("instance-id: " + id + "\n", userData, "", "");
        return spec(id, template, 1, 64, List.of(), Firmware.BIOS, seed);
    }

    @Test
    void aSeedThatATemplateWasMadeWithDoesNotReachItsServers() {
        begin();
        String machine = site.machine("golden", DISK);
        site.extra(
                machine,
                Map.of(
                        "guestinfo.userdata", "secret of another",
                        "guestinfo.userdata.encoding", "gzip+base64",
                        "guestinfo.vendordata", "old",
                        "guestinfo.metadata", "old",
                        "guestinfo.ignition.config.url", "https://golden.example"));

        Created made = done(call -> driver.create(call, seeded(site.marked(machine), "")));

        Map<String, String> extra = site.extra(made.ref());
        assertFalse(extra.containsKey("guestinfo.userdata"), extra::toString);
        assertFalse(extra.containsKey("guestinfo.userdata.encoding"), extra::toString);
        assertFalse(extra.containsKey("guestinfo.vendordata"), extra::toString);
        assertEquals("base64", extra.get("guestinfo.metadata.encoding"));
        assertEquals("https://golden.example", extra.get("guestinfo.ignition.config.url"), "what is no seed stays");
    }

    @Test
    void aLongSeedIsPacked() throws Exception {
        begin();
        String text = "#cloud-config\n" + "# a line that is said again and again\n".repeat(3000);

        Created made = done(call -> driver.create(call, seeded(site.template("golden", DISK), text)));

        Map<String, String> extra = site.extra(made.ref());
        assertEquals("gzip+base64", extra.get("guestinfo.userdata.encoding"));
        byte[] packed = Base64.getDecoder().decode(extra.get("guestinfo.userdata"));
        try (GZIPInputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            assertEquals(text, new String(unpacked.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void aSeedThatIsTooLongForTheGuestIsRefusedBeforeAnythingIsMade() {
        begin();
        byte[] noise = new byte[80_000];
        new Random(1).nextBytes(noise);
        ServerSpec spec =
                seeded(site.template("golden", DISK), Base64.getEncoder().encodeToString(noise));

        DriverException failure = assertThrows(DriverException.class, () -> done(call -> driver.create(call, spec)));

        assertEquals(Kind.INVALID, failure.kind());
        assertTrue(failure.getMessage().contains("64 KiB"), failure.getMessage());
        assertEquals(0, stand.calls("CloneVM_Task"));
    }

    @Test
    void eightThreadsWithOneTokenMakeOneServer() throws Exception {
        begin();
        String template = site.template("golden", DISK);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 8; round++) {
                ServerSpec spec = spec(template);
                List<Future<Created>> answers = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    answers.add(threads.submit(() -> done(
                            call -> driver.create(call, spec), spec.server().value())));
                }
                Set<Created> made = new HashSet<>();
                for (Future<Created> answer : answers) {
                    made.add(answer.get());
                }
                assertEquals(1, made.size(), made::toString);
            }
        } finally {
            threads.shutdownNow();
        }
        assertEquals(1 + 8, site.all("VirtualMachine", "name").size(), "the template and a machine for each round");
    }

    @Test
    void aFailingCreateLeavesNothing() {
        begin();
        String template = site.template("golden", DISK);
        int before = site.all("VirtualMachine", "name").size();
        ServerSpec spec = spec(template, 1, 64, List.of(nic(1)), Firmware.BIOS);
        stand.failNext("ReconfigVM_Task", "InvalidDeviceBacking");

        DriverException failure = assertThrows(DriverException.class, () -> done(call -> driver.create(call, spec)));

        assertEquals(Kind.INVALID, failure.kind());
        assertTrue(failure.getMessage().contains("InvalidDeviceBacking"), failure.getMessage());
        assertEquals(before, site.all("VirtualMachine", "name").size());
    }

    @Test
    void aFullDatastoreIsNoCapacityAndLeavesNothing() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        stand.failNext("CloneVM_Task", "NoDiskSpace");

        DriverException failure = assertThrows(DriverException.class, () -> done(call -> driver.create(call, spec)));

        assertEquals(Kind.NO_CAPACITY, failure.kind());
        assertTrue(failure.getMessage().contains("NoDiskSpace"), failure.getMessage());
        assertEquals(Optional.empty(), driver.find(spec.server()));
    }

    @Test
    void aPortgroupThatIsNotThereIsFoundOutBeforeAnythingIsMade() {
        begin();
        String template = site.template("golden", DISK);
        NicSpec lost = new NicSpec(
                ids.nic(),
                MacAddress.local(1),
                new PortBinding(PortBinding.PORTGROUP, Map.of(PortBinding.PORTGROUP_KEY, "dvportgroup-9999")));

        DriverException failure = assertThrows(
                DriverException.class,
                () -> done(call -> driver.create(call, spec(template, 1, 64, List.of(lost), Firmware.BIOS))));

        assertEquals(Kind.INVALID, failure.kind());
        assertEquals(0, stand.calls("CloneVM_Task"));
    }

    @Test
    void aTemplateThatIsNotThereIsNotFound() {
        begin();

        DriverException failure =
                assertThrows(DriverException.class, () -> done(call -> driver.create(call, spec("vm-9999"))));

        assertEquals(Kind.NOT_FOUND, failure.kind());
    }

    @Test
    void disksSkipTheControllersOwnUnit() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        Created made = done(call -> driver.create(call, spec));
        Attachable attachable = driver.facet(Attachable.class).orElseThrow();

        for (int i = 0; i < 15; i++) {
            done(call -> attachable.attachDisk(call, made.ref(), new DiskSpec(ids.disk(), DISK, Optional.empty())));
        }

        Map<Integer, Set<Integer>> units = new HashMap<>();
        site
                .talk()
                .see(Tasks.object("VirtualMachine", made.ref()), "config.hardware.device")
                .orElseThrow()
                .list("config.hardware.device", VirtualDevice.class)
                .stream()
                .filter(VirtualDisk.class::isInstance)
                .forEach(disk -> units.computeIfAbsent(disk.getControllerKey(), key -> new HashSet<>())
                        .add(disk.getUnitNumber()));
        assertEquals(2, units.size(), "17 disks need a second controller");
        units.values().forEach(taken -> assertFalse(taken.contains(7)));
        assertEquals(17, driver.find(spec.server()).orElseThrow().disks().size());
    }

    @Test
    void aRepeatedCreateKeepsTheIdsOfDisksWhereTheBootDiskIsOnSata() {
        begin();
        ServerSpec spec = spec(site.sataTemplate("golden", DISK));
        stand.failNext("SetField", "HostCommunication");
        assertThrows(DriverException.class, () -> done(call -> driver.create(call, spec), "made"));

        Created made = done(call -> driver.create(call, spec), "made");

        List<SeenDisk> wished = spec.disks().stream()
                .map(disk -> new SeenDisk(disk.id().value(), disk.sizeBytes()))
                .toList();
        assertEquals(wished, driver.find(spec.server()).orElseThrow().disks());
        DiskId boot = spec.disks().get(0).id();
        DriverException refused =
                assertThrows(DriverException.class, () -> done(call -> driver.detachDisk(call, made.ref(), boot)));
        assertEquals(Kind.INVALID, refused.kind());
        done(call -> driver.detachDisk(call, made.ref(), spec.disks().get(1).id()));
        assertEquals(
                wished.subList(0, 1), driver.find(spec.server()).orElseThrow().disks());
    }

    @Test
    void aCloneThatSomebodyMakesOfAServerIsNotTakenForIt() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        Created made = done(call -> driver.create(call, spec));

        String copy = site.copyOf(made.ref(), "by hand");

        assertEquals(made.ref(), driver.find(spec.server()).orElseThrow().ref());
        SeenServer stranger = driver.list().stream()
                .filter(each -> each.ref().equals(copy))
                .findFirst()
                .orElseThrow();
        assertFalse(stranger.managed());
    }

    /** A template that is an image of ours carries the token of its import, and whoever is made of it inherits that. */
    @Test
    void theTokenOfATemplateIsNotTakenForThatOfItsServer() {
        begin();
        String template = site.template("golden", DISK);
        site.attribute(template, "isthmus.token", "the import");
        ServerSpec spec = spec(template);
        stand.failAfter(1, "SetField", "HostCommunication");
        assertThrows(DriverException.class, () -> done(call -> driver.create(call, spec), "made"));
        assertEquals(Optional.empty(), driver.find(spec.server()));

        done(call -> driver.create(call, spec), "made");

        assertEquals(
                Optional.of("made"), driver.find(spec.server()).orElseThrow().token());
    }

    @Test
    void theTokenOfACopyIsNotTakenForThatOfItsAdoption() {
        begin();
        Created made = done(call -> driver.create(call, spec(site.template("golden", DISK))), "made");
        String copy = site.copyOf(made.ref(), "by hand");
        ServerId id = ids.server();
        stand.failAfter(1, "SetField", "HostCommunication");
        assertThrows(DriverException.class, () -> done(call -> driver.adopt(call, copy, id), "adopted"));
        assertEquals(Optional.empty(), driver.find(id));

        done(call -> driver.adopt(call, copy, id), "adopted");

        assertEquals(Optional.of("adopted"), driver.find(id).orElseThrow().token());
    }

    @Test
    void aCopyThatIsCalledLikeADeletedServerIsNotDeletedWithIt() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        Created made = done(call -> driver.create(call, spec));
        String copy = site.copyOf(made.ref(), "rescued " + spec.server());

        done(call -> driver.delete(call, spec.server(), Optional.of(made.ref())));
        done(call -> driver.delete(call, spec.server(), Optional.of(made.ref())));

        assertEquals(List.of(copy), driver.list().stream().map(SeenServer::ref).toList());
    }

    @Test
    void aServerOfATemplateThatWasAServerIsNobodysUntilItIsWhole() {
        begin();
        Created made = done(call -> driver.create(call, spec(site.template("golden", DISK))));
        ServerSpec spec = spec(site.marked(site.copyOf(made.ref(), "again")));
        stand.holdTasks();

        driver.create(new Call("slow", LATE), spec);

        assertEquals(
                List.of(made.ref()), driver.list().stream().map(SeenServer::ref).toList());
    }

    @Test
    void whatWasLetGoIsNotDeletedAsIfItWereHalfMade() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        Created made = done(call -> driver.create(call, spec));
        done(call -> driver.release(call, made.ref()));

        done(call -> driver.delete(call, spec.server(), Optional.of(made.ref())));

        assertTrue(driver.list().stream().anyMatch(each -> each.ref().equals(made.ref()) && !each.managed()));
    }

    @Test
    void adoptingTouchesNothingButTwoAttributes() {
        begin("-vms", "1");
        SeenServer stranger = driver.list().get(0);
        int reconfigured = stand.calls("ReconfigVM_Task");
        ServerId id = ids.server();

        done(call -> driver.adopt(call, stranger.ref(), id), "adopted");

        SeenServer adopted = driver.find(id).orElseThrow();
        assertEquals(stranger.name(), adopted.name());
        assertEquals(stranger.disks(), adopted.disks());
        assertEquals(stranger.nics(), adopted.nics());
        assertEquals(Power.ON, adopted.power());
        assertEquals(reconfigured, stand.calls("ReconfigVM_Task"));
    }

    private List<Integer> interfaceKeys(String ref) {
        return site
                .talk()
                .see(Tasks.object("VirtualMachine", ref), "config.hardware.device")
                .orElseThrow()
                .list("config.hardware.device", VirtualDevice.class)
                .stream()
                .filter(VirtualEthernetCard.class::isInstance)
                .map(VirtualDevice::getKey)
                .toList();
    }

    private List<List<String>> guestAddresses(SeenServer seen) {
        return seen.nics().stream().map(SeenNic::guestAddresses).toList();
    }

    @Test
    void whatAGuestSaysOfItsAddressesIsShownOnTheInterfaceThatHasThem() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK), 1, 64, List.of(nic(2), nic(1)), Firmware.BIOS);
        Created made = done(call -> driver.create(call, spec));
        done(call -> driver.power(call, made.ref(), PowerWish.ON));
        int first = interfaceKeys(made.ref()).get(0);
        String second = spec.nics().get(1).mac().value();

        // the first by its device, whatever MAC the guest gave it; the second by its MAC; and a bridge of the guest's
        // own
        stand.guestSays(
                made.ref(),
                "02:00:00:00:00:99 " + first + " fe80::2 2001:DB8:0::7 10.1.0.7",
                second.toUpperCase(Locale.ROOT) + " -1 192.168.7.7",
                "02:42:00:00:00:01 -1 172.17.0.1");

        List<List<String>> said = List.of(List.of("10.1.0.7", "2001:db8::7"), List.of("192.168.7.7"));
        assertEquals(said, guestAddresses(driver.find(spec.server()).orElseThrow()));
        assertEquals(said, guestAddresses(driver.list().get(0)));
    }

    @Test
    void aGuestThatIsOffOrWithoutToolsSaysNoAddresses() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK), 1, 64, List.of(nic(1)), Firmware.BIOS);
        Created made = done(call -> driver.create(call, spec));
        done(call -> driver.power(call, made.ref(), PowerWish.ON));
        stand.guestSays(made.ref(), spec.nics().get(0).mac() + " -1 10.1.0.7");

        stand.guestWithoutTools(made.ref());
        List<List<String>> withoutTools =
                guestAddresses(driver.find(spec.server()).orElseThrow());
        done(call -> driver.power(call, made.ref(), PowerWish.OFF));
        List<List<String>> off = guestAddresses(driver.find(spec.server()).orElseThrow());
        done(call -> driver.power(call, made.ref(), PowerWish.ON));
        List<List<String>> again = guestAddresses(driver.find(spec.server()).orElseThrow());

        assertEquals(List.of(List.of()), withoutTools);
        assertEquals(List.of(List.of()), off);
        assertEquals(List.of(List.of("10.1.0.7")), again);
    }

    @Test
    void theAddressesOfAStrangersGuestAreShownBeforeAndAfterItIsAdopted() {
        begin("-vms", "1");
        SeenServer stranger = driver.list().get(0);
        ServerId id = ids.server();
        stand.guestSays(stranger.ref(), stranger.nics().get(0).mac() + " -1 198.51.100.7");

        SeenServer before = driver.list().get(0);
        done(call -> driver.adopt(call, stranger.ref(), id), "adopted");

        assertEquals(List.of(List.of("198.51.100.7")), guestAddresses(before));
        assertEquals(before.nics(), driver.find(id).orElseThrow().nics());
    }

    @Test
    void outsideChangesAppearWithTheNextLook() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        Created made = done(call -> driver.create(call, spec));
        VirtualMachineConfigSpec more = new VirtualMachineConfigSpec();
        more.setNumCPUs(4);
        more.setMemoryMB(2048L);

        site.done(port -> port.reconfigVMTask(Tasks.object("VirtualMachine", made.ref()), more));
        site.done(port -> port.powerOnVMTask(Tasks.object("VirtualMachine", made.ref()), null));

        SeenServer seen = driver.list().get(0);
        assertEquals(4, seen.cpus());
        assertEquals(2048, seen.memoryMiB());
        assertEquals(Power.ON, seen.power());
    }

    @Test
    void aTaskThatTakesLongIsPendingAndFoundAgainWithoutItsMemo() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        stand.holdTasks();

        Progress<Created> first = driver.create(new Call("slow", LATE), spec);
        Progress<Created> second = driver.create(new Call("slow", LATE).withMemo(memo(first)), spec);
        Progress<Created> forgotten = driver.create(new Call("slow", LATE), spec);
        stand.releaseTasks();
        Created made = done(call -> driver.create(call, spec), "slow");

        assertTrue(memo(first).startsWith("task clone "), memo(first));
        assertEquals(memo(first), memo(second));
        assertTrue(memo(forgotten).startsWith("task "), memo(forgotten));
        assertEquals(made.ref(), driver.find(spec.server()).orElseThrow().ref());
        assertEquals(1, stand.calls("CloneVM_Task"));
    }

    @Test
    void aGuestThatCannotBeAskedIsWaitedForAndThenCutOff() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        Created made = done(call -> driver.create(call, spec));
        done(call -> driver.power(call, made.ref(), PowerWish.ON));
        stand.guestWithoutTools(made.ref());

        Progress<Void> asked = driver.power(new Call("down", LATE), made.ref(), PowerWish.SHUT_DOWN);
        Power still = driver.find(spec.server()).orElseThrow().power();
        done(call -> driver.power(call, made.ref(), PowerWish.OFF));

        assertTrue(asked instanceof Progress.Pending<Void>);
        assertEquals(Power.ON, still);
        assertEquals(Progress.done(), driver.power(new Call("down", LATE), made.ref(), PowerWish.SHUT_DOWN));
    }

    @Test
    void aGuestThatIsAskedShutsDown() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        Created made = done(call -> driver.create(call, spec));
        done(call -> driver.power(call, made.ref(), PowerWish.ON));

        done(call -> driver.power(call, made.ref(), PowerWish.SHUT_DOWN));

        assertEquals(Power.OFF, driver.find(spec.server()).orElseThrow().power());
        assertEquals(1, stand.calls("ShutdownGuest"));
    }

    private static String memo(Progress<Created> progress) {
        return ((Progress.Pending<Created>) progress).memo();
    }

    @Test
    void theTokenOfARestartIsFoundOnTheMachineWhenTheSessionIsLost() {
        begin();
        ServerSpec spec = spec(site.template("golden", DISK));
        Created made = done(call -> driver.create(call, spec));
        done(call -> driver.power(call, made.ref(), PowerWish.ON));

        done(call -> driver.power(call, made.ref(), PowerWish.RESTARTED), "once");
        stand.killSessions();
        done(call -> driver.power(call, made.ref(), PowerWish.RESTARTED), "once");

        assertEquals(1, stand.calls("ResetVM_Task"));
    }

    @Test
    void aRestartWhoseMemoIsLostIsNotDoneTwice() {
        begin();
        Created made = running();
        stand.holdTasks();

        Progress<Void> first = driver.power(new Call("once", LATE), made.ref(), PowerWish.RESTARTED);
        Progress<Void> forgotten = driver.power(new Call("once", LATE), made.ref(), PowerWish.RESTARTED);
        stand.releaseTasks();
        done(call -> driver.power(call, made.ref(), PowerWish.RESTARTED), "once");

        assertTrue(first instanceof Progress.Pending<Void>);
        assertTrue(forgotten instanceof Progress.Pending<Void>);
        assertEquals(1, stand.calls("ResetVM_Task"));
        done(call -> driver.power(call, made.ref(), PowerWish.RESTARTED), "again");
        assertEquals(2, stand.calls("ResetVM_Task"), "another token is another restart");
    }

    @Test
    void aRestartThatIsAskedForAgainLongAfterIsFoundAmongTheEvents() {
        begin();
        Created made = running();
        done(call -> driver.power(call, made.ref(), PowerWish.RESTARTED), "before");
        stand.holdTasks();
        driver.power(new Call("once", LATE), made.ref(), PowerWish.RESTARTED);
        stand.releaseTasks();
        stand.forgetTasks();

        done(call -> driver.power(call, made.ref(), PowerWish.RESTARTED), "once");

        assertEquals(2, stand.calls("ResetVM_Task"));
    }

    @Test
    void aRestartThatNeverReachedTheVCenterIsDoneWhenItIsAskedForAgain() {
        begin();
        Created made = running();
        done(call -> driver.power(call, made.ref(), PowerWish.RESTARTED), "before");
        stand.failNext("ResetVM_Task", "HostCommunication");
        assertThrows(
                DriverException.class, () -> done(call -> driver.power(call, made.ref(), PowerWish.RESTARTED), "once"));

        done(call -> driver.power(call, made.ref(), PowerWish.RESTARTED), "once");

        assertEquals(3, stand.calls("ResetVM_Task"), "two, and the one that failed");
    }

    private Created running() {
        ServerSpec spec = spec(site.template("golden", DISK));
        Created made = done(call -> driver.create(call, spec));
        done(call -> driver.power(call, made.ref(), PowerWish.ON));
        return made;
    }

    @Test
    void fiveHundredMachinesAreListedInAConstantNumberOfQuestions() {
        begin("-vms", "20");
        driver.list();
        int few = questions(20);
        driver.close();
        site.close();
        stand.close();
        begin("-vms", "500");
        driver.list();

        int many = questions(500);

        // one more for the second page would be constant, too
        assertTrue(many <= few + 2, few + " questions for 20 machines, " + many + " for 500");
        assertTrue(many <= 8, () -> many + " questions");
    }

    private int questions(int machines) {
        int before = stand.roundTrips();
        assertEquals(machines, driver.list().size());
        return stand.roundTrips() - before;
    }

    @Test
    void twoVCentersWithTwoDatacentersEachStayDistinct() {
        begin("-datacenters", "2", "-vms", "1");
        Stand first = stand;
        VmwareDriver of = driver;
        begin("-datacenters", "2", "-vms", "1");

        assertFalse(first.uuid().equals(stand.uuid()));
        for (VmwareDriver each : List.of(of, driver)) {
            Set<String> hosts = new HashSet<>();
            each.capacity().forEach(host -> assertTrue(hosts.add(host.name()), host.name() + " is named twice"));
            assertEquals(4, hosts.size());
            assertEquals(2, each.list().size());
        }
        ServerId id = ids.server();
        String ref = of.list().get(0).ref();
        done(call -> of.adopt(call, ref, id));

        assertTrue(of.find(id).isPresent());
        assertEquals(Optional.empty(), driver.find(id), "the same reference in the other vCenter is another machine");
        VmwareDriver one = site.open(context, "datacenter", "DC1");
        open.add(one);
        assertEquals(1, one.list().size());
        assertEquals(
                2,
                one.capacity().stream()
                        .map(HostCapacity::name)
                        .filter(name -> name.startsWith("DC1"))
                        .count());
    }

    @Test
    void anAmbiguousSwitchIsRefused() {
        begin("-datacenters", "2");
        NetworkDriver networks = driver.facet(NetworkDriver.class).orElseThrow();
        NetworkSpec spec = network("10.1.0.0/24");

        DriverException failure =
                assertThrows(DriverException.class, () -> done(call -> networks.ensureNetwork(call, spec)));

        assertEquals(Kind.INVALID, failure.kind());
        assertTrue(failure.getMessage().contains("switch"), failure.getMessage());
    }

    private NetworkSpec network(String cidr) {
        return new NetworkSpec(
                ids.network(), ids.organization(), new Name("inner"), Cidr.of(cidr), true, "inner.internal");
    }

    @Test
    void eachNetworkHasAVlanOfItsOwnUntilThereAreNone() {
        begin();
        NetworkDriver networks = driver.facet(NetworkDriver.class).orElseThrow();
        for (int i = 0; i < 3; i++) {
            NetworkSpec spec = network("10.1.0.0/24");
            done(call -> networks.ensureNetwork(call, spec));
        }

        Set<Integer> vlans = new HashSet<>();
        for (Seen each : site.all("DistributedVirtualPortgroup", "name", "config.defaultPortConfig")) {
            if (each.text("name").startsWith("inner ")) {
                VMwareDVSPortSetting setting = each.must("config.defaultPortConfig", VMwareDVSPortSetting.class);
                vlans.add(((VmwareDistributedVirtualSwitchVlanIdSpec) setting.getVlan()).getVlanId());
                assertFalse(setting.getSecurityPolicy().getAllowPromiscuous().isValue());
                assertFalse(setting.getSecurityPolicy().getForgedTransmits().isValue());
                assertFalse(setting.getSecurityPolicy().getMacChanges().isValue());
            }
        }
        assertEquals(Set.of(100, 101, 102), vlans);
        NetworkSpec fourth = network("10.1.0.0/24");
        DriverException failure =
                assertThrows(DriverException.class, () -> done(call -> networks.ensureNetwork(call, fourth)));
        assertEquals(Kind.NO_CAPACITY, failure.kind());
    }

    private Seen portgroup(NetworkSpec network) {
        return site
                .all("DistributedVirtualPortgroup", "name", "config.configVersion", "config.defaultPortConfig")
                .stream()
                .filter(each -> each.text("name").endsWith(network.network().value()))
                .findFirst()
                .orElseThrow();
    }

    private int vlan(NetworkSpec network) {
        VMwareDVSPortSetting setting = portgroup(network).must("config.defaultPortConfig", VMwareDVSPortSetting.class);
        return ((VmwareDistributedVirtualSwitchVlanIdSpec) setting.getVlan()).getVlanId();
    }

    /** Two that were made at once did not see each other: whichever is older, who sees it moves. */
    @Test
    void twoNetworksThatTookOneVlanAtOnceDoNotKeepIt() {
        begin();
        NetworkDriver networks = driver.facet(NetworkDriver.class).orElseThrow();
        NetworkSpec older = network("10.1.0.0/24");
        NetworkSpec younger = network("10.1.0.0/24");
        done(call -> networks.ensureNetwork(call, younger));
        done(call -> networks.ensureNetwork(call, older));
        Seen seen = portgroup(older);
        VmwareDistributedVirtualSwitchVlanIdSpec tag = new VmwareDistributedVirtualSwitchVlanIdSpec();
        tag.setVlanId(vlan(younger));
        VMwareDVSPortSetting setting = new VMwareDVSPortSetting();
        setting.setVlan(tag);
        DVPortgroupConfigSpec same = new DVPortgroupConfigSpec();
        same.setConfigVersion(seen.text("config.configVersion"));
        same.setDefaultPortConfig(setting);
        site.done(port -> port.reconfigureDVPortgroupTask(seen.object(), same));
        assertEquals(vlan(younger), vlan(older));

        int kept = vlan(younger);

        done(call -> networks.ensureNetwork(call, older));

        assertEquals(kept, vlan(younger));
        assertFalse(vlan(older) == kept, () -> "both have " + kept);
    }

    @Test
    void aServerPlugsIntoAPortThatThenIsUp() {
        begin();
        NetworkDriver networks = driver.facet(NetworkDriver.class).orElseThrow();
        NetworkSpec network = network("10.1.0.0/24");
        done(call -> networks.ensureNetwork(call, network));
        PortSpec port = new PortSpec(
                ids.nic(),
                network.network(),
                MacAddress.local(7),
                network.cidr().firstServer(),
                List.of());
        PortBinding binding = done(call -> networks.ensurePort(call, port));
        ServerSpec spec = spec(
                site.template("golden", DISK),
                1,
                64,
                List.of(new NicSpec(port.port(), port.mac(), binding)),
                Firmware.BIOS);

        Created made = done(call -> driver.create(call, spec));
        boolean off =
                networks.find(network.network()).orElseThrow().ports().get(0).up();
        done(call -> driver.power(call, made.ref(), PowerWish.ON));

        assertEquals(Cidr.text(port.address()) + "/24", binding.attributes().get(PortBinding.ADDRESS));
        assertFalse(off);
        assertTrue(networks.find(network.network()).orElseThrow().ports().get(0).up());
    }

    /** As the copy of an image has it, that was made of a server with this MAC. */
    @Test
    void aServerThatKeepsTheMacOfItsTemplatePlugsIntoItsOwnNetwork() {
        begin();
        MacAddress mac = MacAddress.local(7);
        Created first = done(call -> driver.create(
                call, spec(site.template("golden", DISK), 1, 64, List.of(nic(7), nic(8)), Firmware.BIOS)));
        NetworkDriver networks = driver.facet(NetworkDriver.class).orElseThrow();
        NetworkSpec network = network("10.1.0.0/24");
        done(call -> networks.ensureNetwork(call, network));
        PortSpec port =
                new PortSpec(ids.nic(), network.network(), mac, network.cidr().firstServer(), List.of());
        PortBinding binding = done(call -> networks.ensurePort(call, port));
        String template = site.copyOf(first.ref(), "gold");
        site.talk().change(vim -> {
            vim.markAsTemplate(Tasks.object("VirtualMachine", template));
            return null;
        });
        ServerSpec spec = spec(template, 1, 64, List.of(new NicSpec(port.port(), mac, binding)), Firmware.BIOS);

        Created made = done(call -> driver.create(call, spec));
        done(call -> driver.power(call, made.ref(), PowerWish.ON));

        assertEquals(
                List.of(new SeenNic(port.port().value(), mac.value())),
                driver.find(spec.server()).orElseThrow().nics());
        assertTrue(networks.find(network.network()).orElseThrow().ports().get(0).up());
    }

    @Test
    void healthTellsWhatItIsAndWhyNot() {
        begin();
        Health up = driver.health();
        stand.unreachable();
        Health away = driver.health();
        stand.reachable();

        assertEquals(Health.State.UP, up.state());
        assertTrue(up.detail().contains("2 hosts"), up.detail());
        assertEquals(Health.State.DOWN, away.state());
        assertFalse(away.detail().isBlank());
    }

    @Test
    void anAccountThatSeesNoHostsIsDeniedAndNotShownAnEmptyEndpoint() {
        begin("-vms", "1");
        stand.hide("HostSystem", "VirtualMachine", "Folder");

        Health health = driver.health();
        DriverException listed = assertThrows(DriverException.class, driver::list);
        DriverException counted = assertThrows(DriverException.class, driver::capacity);
        stand.hide();

        assertEquals(Health.State.DOWN, health.state());
        assertTrue(health.detail().contains("System.View"), health.detail());
        assertTrue(health.detail().contains(Stand.USER), health.detail());
        assertEquals(Kind.DENIED, listed.kind());
        assertEquals(Kind.DENIED, counted.kind());
        assertEquals(1, driver.list().size());
        assertEquals(Health.State.UP, driver.health().state());
    }

    @Test
    void anAccountThatSeesHostsButNoMachinesIsDeniedToo() {
        begin("-vms", "1", "-datacenters", "2");
        stand.hide("VirtualMachine", "Folder");
        VmwareDriver one = site.open(context, "datacenter", "DC1");
        open.add(one);

        for (VmwareDriver each : List.of(driver, one)) {
            Health health = each.health();
            DriverException listed = assertThrows(DriverException.class, each::list);

            assertEquals(Health.State.DOWN, health.state());
            assertTrue(health.detail().contains("System.View"), health.detail());
            assertEquals(Kind.DENIED, listed.kind());
        }
    }

    @Test
    void anEndpointWithoutMachinesIsEmpty() {
        begin();

        assertEquals(List.of(), driver.list());
    }

    @Test
    void anAccountThatMayDoNothingIsToldSo() {
        begin();
        stand.failNext("Login", "NoPermission");

        Health refused = driver.health();
        Health granted = driver.health();

        assertEquals(Health.State.DOWN, refused.state());
        assertTrue(refused.detail().contains("role"), refused.detail());
        assertEquals(Health.State.UP, granted.state(), "it is no wrong password: nothing is locked");
    }

    private static void until(BooleanSupplier condition) {
        Waiting waiting = Waiting.real(Duration.ofMillis(50));
        while (!condition.getAsBoolean()) {
            waiting.pause(Duration.ZERO);
        }
    }

    private ServerSpec sent(ImageContent content) {
        ServerSpec of = spec("none");
        return new ServerSpec(
                of.server(),
                of.name(),
                of.host(),
                1,
                64,
                List.of(new DiskSpec(ids.disk(), content.virtualSizeBytes(), Optional.of(content))),
                List.of(),
                of.seed(),
                Firmware.BIOS,
                Optional.empty());
    }

    @Test
    void closingWhileLoggingInLeavesNoSession() throws Exception {
        begin();
        int sessions = stand.sessions();
        stand.holdCalls("Login");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Health> asked = thread.submit(driver::health);
            until(() -> stand.heldCalls() == 1);

            driver.close();
            stand.releaseCalls();

            assertEquals(Health.State.DOWN, asked.get().state());
            assertEquals(sessions, stand.sessions());
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void closingIsDoneWithinTenSecondsWhateverHangs() {
        Disks.assumeQemu();
        begin();
        ImageContent content = Disks.content(Disks.vmdk(Disks.qcow2(folder, "boot", 4, 1, 1)), 4);
        stand.holdTransfers(1 << 16);
        driver.create(new Call("sent", LATE), sent(content));
        Shape shape = new Shape(
                1,
                64,
                Firmware.BIOS,
                Optional.empty(),
                List.of(new ShapeDisk("vda", content.virtualSizeBytes())),
                List.of());
        ImageSpec image = new ImageSpec(ids.image(), new Name("debian"), shape, List.of(content));
        driver.facet(ImageImport.class).orElseThrow().importImage(new Call("image", LATE), image);
        until(() -> stand.heldTransfers() == 2);
        stand.holdCalls("HttpNfcLeaseAbort");
        long began = System.nanoTime();

        driver.close();

        Duration took = Duration.ofNanos(System.nanoTime() - began);
        stand.releaseCalls();
        stand.releaseTransfers();
        assertTrue(took.compareTo(Duration.ofSeconds(9)) < 0, took::toString);
    }

    @Test
    void aServerWhoseSenderDiedIsDeletedWithoutWaitingForItsLease() {
        Disks.assumeQemu();
        begin();
        ImageContent content = Disks.content(Disks.vmdk(Disks.qcow2(folder, "boot", 4, 1, 1)), 4);
        ServerSpec spec = sent(content);
        stand.holdTransfers(1 << 16);
        driver.create(new Call("sent", LATE), spec);
        until(() -> stand.heldTransfers() == 1);
        HostContext after = new HostContext(Clock.systemUTC(), folder);
        VmwareDriver another = site.open(after);
        open.addAll(List.of(after, another));

        Progress<Void> deleted = Progress.pending("", Duration.ZERO);
        for (int i = 0; i < 100 && !(deleted instanceof Progress.Done); i++) {
            deleted = another.delete(new Call("delete", LATE), spec.server(), Optional.empty());
            Waiting.real(Duration.ofMillis(50)).pause(Duration.ZERO);
        }

        assertEquals(Progress.done(), deleted);
        assertEquals(0, stand.machines());
        assertEquals(0, stand.leases());
    }

    @Test
    void whatVanishesWhileServersAreListedIsLeftOut() {
        begin();
        String template = site.template("golden", DISK);
        Created first = done(call -> driver.create(call, spec(template)));
        Created second = done(call -> driver.create(call, spec(template)));
        // attributes, hosts, machines, and then what is written on each of ours
        stand.failAfter(3, "RetrievePropertiesEx", "ManagedObjectNotFound");

        List<SeenServer> listed = driver.list();

        assertEquals(
                Set.of(first.ref(), second.ref()),
                listed.stream().map(SeenServer::ref).collect(Collectors.toSet()));
        assertEquals(
                List.of(first.ref()),
                site
                        .talk()
                        .see(
                                List.of(
                                        Tasks.object("VirtualMachine", "vm-9999"),
                                        Tasks.object("VirtualMachine", first.ref())),
                                "name")
                        .stream()
                        .map(Seen::ref)
                        .toList());
    }

    @Test
    void openingAndClosingLeavesNoThreadAndNoSession() {
        begin();
        driver.list();
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        int sessions = stand.sessions();

        for (int i = 0; i < 20; i++) {
            try (HostContext another = new HostContext(Clock.systemUTC(), folder);
                    VmwareDriver each = site.open(another)) {
                each.list();
            }
        }

        assertEquals(sessions, stand.sessions());
        Set<Thread> left = new HashSet<>(Thread.getAllStackTraces().keySet());
        left.removeAll(before);
        // the JDK's own, for connections that it keeps for some seconds; and those of the test's own client
        left.removeIf(thread ->
                thread.getName().startsWith("Keep-Alive") || thread.getName().startsWith("HttpClient-"));
        assertEquals(Set.of(), left);
    }
}
