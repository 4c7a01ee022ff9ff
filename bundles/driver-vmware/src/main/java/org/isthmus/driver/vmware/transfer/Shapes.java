// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualController;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDeviceDeviceBackingInfo;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualEthernetCardDistributedVirtualPortBackingInfo;
import com.vmware.vim25.VirtualMachineBootOptions;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.isthmus.driver.vmware.server.DiskOrder;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.Firmware;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;

/** Reads what a virtual machine or template is made of. */
public final class Shapes {
    /** What has to be asked of a machine. */
    static final List<String> PATHS = List.of(
            "config.hardware.numCPU",
            "config.hardware.memoryMB",
            "config.hardware.device",
            "config.firmware",
            "config.bootOptions",
            "config.guestId");

    private static final String PORTGROUP = "DistributedVirtualPortgroup";
    private static final int NAME_LENGTH = 200;

    private final Map<String, String> portgroups;

    private Shapes(Map<String, String> portgroups) {
        this.portgroups = portgroups;
    }

    /** For these machines: the names of their distributed portgroups are asked for in one question, if there are any. */
    static Shapes ask(Talk talk, Collection<Seen> machines) {
        TreeSet<String> keys = new TreeSet<>();
        for (Seen machine : machines) {
            for (VirtualEthernetCard card : cards(machine)) {
                if (card.getBacking() instanceof VirtualEthernetCardDistributedVirtualPortBackingInfo port) {
                    keys.add(port.getPort().getPortgroupKey());
                }
            }
        }
        List<ManagedObjectReference> refs =
                keys.stream().map(key -> Tasks.object(PORTGROUP, key)).toList();
        Map<String, String> names = new HashMap<>();
        for (Seen portgroup : talk.see(refs, "name")) {
            names.put(portgroup.ref(), portgroup.text("name"));
        }
        return new Shapes(names);
    }

    /** Empty when it has no disk, or one of no size, such as a foreign device: nothing is made of such a machine. */
    Optional<Shape> of(Seen machine) {
        List<VirtualDisk> all = disks(machine);
        if (all.isEmpty() || all.stream().anyMatch(disk -> bytes(disk) < 1)) {
            return Optional.empty();
        }
        List<ShapeDisk> disks = all.stream()
                .map(disk -> new ShapeDisk(Integer.toString(disk.getKey()), bytes(disk)))
                .toList();
        List<ShapeNic> nics = cards(machine).stream().map(this::nic).toList();
        return Optional.of(new Shape(
                machine.must("config.hardware.numCPU", Integer.class),
                machine.must("config.hardware.memoryMB", Integer.class),
                firmware(machine),
                Optional.of(machine.text("config.guestId")).filter(id -> !id.isBlank() && id.length() <= 100),
                disks,
                nics));
    }

    private ShapeNic nic(VirtualEthernetCard card) {
        String network = "";
        if (card.getBacking() instanceof VirtualEthernetCardDistributedVirtualPortBackingInfo port) {
            String key = port.getPort().getPortgroupKey();
            network = portgroups.getOrDefault(key, key);
        } else if (card.getBacking() instanceof VirtualDeviceDeviceBackingInfo device) {
            network = device.getDeviceName();
        }
        return new ShapeNic(mac(card), network.length() <= NAME_LENGTH ? network : network.substring(0, NAME_LENGTH));
    }

    /** Empty when it has none yet, or one that is no unicast address. */
    private static Optional<MacAddress> mac(VirtualEthernetCard card) {
        String text = card.getMacAddress() == null ? "" : card.getMacAddress().strip();
        try {
            return Optional.of(new MacAddress(text.toLowerCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Firmware firmware(Seen machine) {
        if (!machine.text("config.firmware").equalsIgnoreCase("efi")) {
            return Firmware.BIOS;
        }
        boolean secure = machine.get("config.bootOptions", VirtualMachineBootOptions.class)
                .map(options -> Boolean.TRUE.equals(options.isEfiSecureBootEnabled()))
                .orElse(false);
        return secure ? Firmware.EFI_SECURE : Firmware.EFI;
    }

    private static long bytes(VirtualDisk disk) {
        Long bytes = disk.getCapacityInBytes();
        return bytes == null || bytes == 0 ? disk.getCapacityInKB() * 1024 : bytes;
    }

    private static List<VirtualEthernetCard> cards(Seen machine) {
        return devices(machine).stream()
                .filter(VirtualEthernetCard.class::isInstance)
                .map(VirtualEthernetCard.class::cast)
                .sorted(Comparator.comparing((VirtualEthernetCard card) -> DiskOrder.unit(card))
                        .thenComparing(VirtualDevice::getKey))
                .toList();
    }

    static List<VirtualDisk> disks(Seen machine) {
        return DiskOrder.of(devices(machine), machine.get("config.bootOptions", VirtualMachineBootOptions.class));
    }

    static Map<Integer, VirtualController> controllers(Seen machine) {
        return DiskOrder.controllers(devices(machine));
    }

    private static List<VirtualDevice> devices(Seen machine) {
        return machine.list("config.hardware.device", VirtualDevice.class);
    }
}
