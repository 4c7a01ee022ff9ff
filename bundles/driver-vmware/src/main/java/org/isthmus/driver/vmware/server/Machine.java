// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.GuestNicInfo;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.OptionValue;
import com.vmware.vim25.VirtualController;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualMachineBootOptions;
import com.vmware.vim25.VirtualMachineConnectionState;
import com.vmware.vim25.VirtualMachinePowerState;
import com.vmware.vim25.VirtualSCSIController;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.xml.datatype.XMLGregorianCalendar;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.spi.compute.ComputeDriver.Power;
import org.isthmus.spi.compute.ComputeDriver.SeenDisk;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;

/** A virtual machine as it was seen in one moment. */
public final class Machine {
    static final String[] PATHS = {
        "name",
        "customValue",
        "config.template",
        "config.instanceUuid",
        "config.changeVersion",
        "config.firmware",
        "config.bootOptions",
        "config.hardware.numCPU",
        "config.hardware.numCoresPerSocket",
        "config.hardware.memoryMB",
        "config.hardware.device",
        "guest.net",
        "guest.toolsRunningStatus",
        "runtime.host",
        "runtime.powerState",
        "runtime.connectionState",
        "summary.runtime.bootTime"
    };
    static final String EXTRA = "config.extraConfig";
    /** Keys of the extra configuration that say which disk and interface is which, by place and by MAC. */
    static final String DISK = "isthmus.disk.";

    static final String NIC = "isthmus.nic.";
    private static final String NOT_RUNNING = "guestToolsNotRunning";

    private final Seen seen;
    private final Map<String, String> attributes;
    private final Map<String, String> extra;

    Machine(Seen seen, Map<String, String> attributes) {
        this(seen, attributes, extraOf(seen));
    }

    private Machine(Seen seen, Map<String, String> attributes, Map<String, String> extra) {
        this.seen = seen;
        this.attributes = attributes;
        this.extra = extra;
    }

    /** The same one, with the extra configuration that was asked for apart. */
    Machine with(Seen apart) {
        return new Machine(seen, attributes, extraOf(apart));
    }

    private static Map<String, String> extraOf(Seen seen) {
        Map<String, String> extra = new HashMap<>();
        for (OptionValue each : seen.list(EXTRA, OptionValue.class)) {
            extra.put(each.getKey(), String.valueOf(each.getValue()));
        }
        return extra;
    }

    public ManagedObjectReference object() {
        return seen.object();
    }

    public String ref() {
        return seen.ref();
    }

    public String name() {
        return seen.text("name");
    }

    Map<String, String> attributes() {
        return attributes;
    }

    Map<String, String> extra() {
        return extra;
    }

    Optional<Mark> mark() {
        return Mark.on(ref(), attributes);
    }

    public boolean template() {
        return seen.get("config.template", Boolean.class).orElse(false);
    }

    /** False while it is being made, and where its files cannot be read. */
    boolean configured() {
        return seen.get("config.hardware.numCPU", Integer.class).isPresent();
    }

    int cpus() {
        return seen.get("config.hardware.numCPU", Integer.class).orElse(0);
    }

    /** Cores of a socket when it has this many CPUs: as they are, or one where that does not come out even. */
    int coresOf(int cpus) {
        int cores = seen.get("config.hardware.numCoresPerSocket", Integer.class).orElse(1);
        return cores > 0 && cpus % cores == 0 ? cores : 1;
    }

    long memoryMiB() {
        return seen.get("config.hardware.memoryMB", Integer.class).orElse(0);
    }

    String firmware() {
        return seen.text("config.firmware");
    }

    Optional<VirtualMachineBootOptions> bootOptions() {
        return seen.get("config.bootOptions", VirtualMachineBootOptions.class);
    }

    boolean secureBoot() {
        return bootOptions()
                .map(VirtualMachineBootOptions::isEfiSecureBootEnabled)
                .orElse(false);
    }

    /** Names the configuration that was seen; empty where there is none. */
    String version() {
        return seen.text("config.changeVersion");
    }

    boolean uuidIsNot(String uuid) {
        return !seen.text("config.instanceUuid").equalsIgnoreCase(uuid);
    }

    Optional<ManagedObjectReference> host() {
        return seen.get("runtime.host", ManagedObjectReference.class);
    }

    /** When it was switched on last, which a reset does not change; empty when it never was, or is off. */
    Optional<String> bootTime() {
        return seen.get("summary.runtime.bootTime", XMLGregorianCalendar.class).map(XMLGregorianCalendar::toXMLFormat);
    }

    public Power power() {
        boolean connected = seen.get("runtime.connectionState", VirtualMachineConnectionState.class)
                .map(state -> state == VirtualMachineConnectionState.CONNECTED)
                .orElse(false);
        if (!connected) {
            return Power.UNKNOWN;
        }
        return switch (seen.must("runtime.powerState", VirtualMachinePowerState.class)) {
            case POWERED_ON -> Power.ON;
            case POWERED_OFF -> Power.OFF;
            case SUSPENDED -> Power.PAUSED;
        };
    }

    List<VirtualDevice> devices() {
        return seen.list("config.hardware.device", VirtualDevice.class);
    }

    /** Its disks as the firmware sees them, the boot disk first. */
    List<VirtualDisk> disks() {
        return DiskOrder.of(devices(), bootOptions());
    }

    /** Its interfaces in the order in which the guest sees them. */
    List<VirtualEthernetCard> nics() {
        return all(VirtualEthernetCard.class);
    }

    private <T> List<T> all(Class<T> type) {
        return devices().stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Where a disk is, as VMware names such places: {@code scsi0:1}. */
    String place(VirtualDisk disk) {
        int key = orZero(disk.getControllerKey());
        for (VirtualDevice each : devices()) {
            if (each.getKey() == key && each instanceof VirtualController controller) {
                String bus = controller instanceof VirtualSCSIController
                        ? "scsi"
                        : controller
                                .getClass()
                                .getSimpleName()
                                .replace("Virtual", "")
                                .toLowerCase(Locale.ROOT);
                return bus + controller.getBusNumber() + ":" + orZero(disk.getUnitNumber());
            }
        }
        return "disk" + disk.getKey();
    }

    /** Our id of a disk, or its place when it is not ours. */
    String diskId(VirtualDisk disk) {
        return extra.getOrDefault(DISK + place(disk), place(disk));
    }

    Optional<VirtualDisk> disk(String id) {
        return disks().stream().filter(disk -> diskId(disk).equals(id)).findFirst();
    }

    String nicId(VirtualEthernetCard nic) {
        return extra.getOrDefault(nicKey(mac(nic)), "nic" + nic.getKey());
    }

    Optional<VirtualEthernetCard> nic(String id) {
        return nics().stream().filter(nic -> nicId(nic).equals(id)).findFirst();
    }

    static String mac(VirtualEthernetCard nic) {
        return nic.getMacAddress() == null ? "" : nic.getMacAddress().toLowerCase(Locale.ROOT);
    }

    /**
     * What the guest's tools say are the addresses of an interface; nothing while they do not run: what a vCenter then still
     * has is of before.
     */
    private List<String> guestAddresses(VirtualEthernetCard nic) {
        if (power() != Power.ON || seen.text("guest.toolsRunningStatus").equals(NOT_RUNNING)) {
            return List.of();
        }
        return seen.list("guest.net", GuestNicInfo.class).stream()
                .filter(said -> isOf(said, nic))
                .flatMap(said -> said.getIpAddress().stream())
                .toList();
    }

    /** By the device that the vCenter made out, or, where it made out none, by MAC; a guest has interfaces of its own too. */
    private static boolean isOf(GuestNicInfo said, VirtualEthernetCard nic) {
        return said.getDeviceConfigId() < 0
                ? said.getMacAddress() != null && said.getMacAddress().equalsIgnoreCase(mac(nic))
                : said.getDeviceConfigId() == nic.getKey();
    }

    static String nicKey(String mac) {
        return NIC + mac.toLowerCase(Locale.ROOT).replace(':', '-');
    }

    static long bytes(VirtualDisk disk) {
        Long bytes = disk.getCapacityInBytes();
        return bytes != null && bytes > 0 ? bytes : disk.getCapacityInKB() * 1024;
    }

    private static int orZero(Integer number) {
        return number == null ? 0 : number;
    }

    /** For the host. */
    SeenServer toServer(UnaryOperator<String> hostName) {
        Optional<Mark> whole = mark().filter(Mark::whole);
        return new SeenServer(
                ref(),
                host().map(host -> hostName.apply(host.getValue())).orElse(""),
                name(),
                whole.map(Mark::server),
                whole.flatMap(Mark::token),
                whole.isPresent(),
                power(),
                cpus(),
                memoryMiB(),
                disks().stream()
                        .map(disk -> new SeenDisk(diskId(disk), bytes(disk)))
                        .toList(),
                nics().stream()
                        .map(nic -> new SeenNic(nicId(nic), mac(nic), guestAddresses(nic)))
                        .toList());
    }
}
