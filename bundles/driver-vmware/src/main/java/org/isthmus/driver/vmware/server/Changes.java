// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.OptionValue;
import com.vmware.vim25.ParaVirtualSCSIController;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDeviceConfigSpec;
import com.vmware.vim25.VirtualDeviceConfigSpecFileOperation;
import com.vmware.vim25.VirtualDeviceConfigSpecOperation;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualDiskFlatVer2BackingInfo;
import com.vmware.vim25.VirtualMachineBootOptions;
import com.vmware.vim25.VirtualMachineBootOptionsBootableDiskDevice;
import com.vmware.vim25.VirtualMachineConfigSpec;
import com.vmware.vim25.VirtualSCSIController;
import com.vmware.vim25.VirtualSCSISharing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/** What is to be changed of a machine, collected into one reconfiguration, so that all of it comes or nothing. */
final class Changes {
    /** The controller has this unit itself; a disk put there is refused, or worse. */
    private static final int CONTROLLERS_OWN = 7;

    private static final int LAST_UNIT = 15;
    private static final int LAST_BUS = 3;
    private static final long KIB = 1024;

    private final Machine machine;
    private final VirtualMachineConfigSpec spec = new VirtualMachineConfigSpec();
    private final List<VirtualDevice> added = new ArrayList<>();
    private boolean any;
    private int nextKey = -100;

    Changes(Machine machine) {
        this.machine = machine;
        if (!machine.version().isEmpty()) {
            // what was decided on another configuration is refused, and decided anew
            spec.setChangeVersion(machine.version());
        }
    }

    boolean any() {
        return any;
    }

    VirtualMachineConfigSpec spec() {
        return spec;
    }

    void cpus(int wanted) {
        if (machine.cpus() != wanted) {
            spec.setNumCPUs(wanted);
            spec.setNumCoresPerSocket(machine.coresOf(wanted));
            any = true;
        }
    }

    /** vSphere gives memory in steps of 4 MiB. */
    static long memory(long wantedMiB) {
        return (wantedMiB + 3) / 4 * 4;
    }

    void memoryMiB(long wanted) {
        if (machine.memoryMiB() != memory(wanted)) {
            spec.setMemoryMB(memory(wanted));
            any = true;
        }
    }

    void uuid(String instanceUuid) {
        spec.setInstanceUuid(instanceUuid);
        any = true;
    }

    void firmware(String firmware, boolean secure) {
        spec.setFirmware(firmware);
        boot().setEfiSecureBootEnabled(secure);
        any = true;
    }

    /** How it starts, to be changed; what it is told to start from stays. */
    private VirtualMachineBootOptions boot() {
        if (spec.getBootOptions() == null) {
            VirtualMachineBootOptions boot = new VirtualMachineBootOptions();
            machine.bootOptions().ifPresent(now -> {
                boot.setEfiSecureBootEnabled(now.isEfiSecureBootEnabled());
                boot.getBootOrder().addAll(now.getBootOrder());
            });
            spec.setBootOptions(boot);
        }
        return spec.getBootOptions();
    }

    /** Nothing when it is there already; an empty value takes the key away. */
    void extra(String key, String value) {
        if (machine.extra().getOrDefault(key, "").equals(value)) {
            return;
        }
        OptionValue option = new OptionValue();
        option.setKey(key);
        option.setValue(value);
        spec.getExtraConfig().add(option);
        any = true;
    }

    int key() {
        return nextKey--;
    }

    void add(VirtualDevice device) {
        change(VirtualDeviceConfigSpecOperation.ADD, null, device);
    }

    void remove(VirtualDevice device) {
        change(VirtualDeviceConfigSpecOperation.REMOVE, null, device);
    }

    /** Takes the disk off, and its content away. */
    void destroy(VirtualDisk disk) {
        change(VirtualDeviceConfigSpecOperation.REMOVE, VirtualDeviceConfigSpecFileOperation.DESTROY, disk);
        extra(Machine.DISK + machine.place(disk), "");
    }

    /** Grows it; a disk never shrinks. */
    void grow(VirtualDisk disk, long bytes) {
        long wanted = wholeKib(bytes);
        if (Machine.bytes(disk) >= wanted) {
            return;
        }
        disk.setCapacityInBytes(wanted);
        disk.setCapacityInKB(wanted / KIB);
        change(VirtualDeviceConfigSpecOperation.EDIT, null, disk);
    }

    /** Says which of our disks the one at a place is. */
    void name(VirtualDisk disk, String id) {
        extra(Machine.DISK + machine.place(disk), id);
    }

    /** Adds an empty disk at the first place that is free, on a controller that is there, or on a new one. */
    void addDisk(String id, long bytes) {
        VirtualSCSIController controller = controller();
        int unit = free(controller);
        VirtualDiskFlatVer2BackingInfo backing = new VirtualDiskFlatVer2BackingInfo();
        // beside the machine's other files
        backing.setFileName("");
        backing.setDiskMode("persistent");
        backing.setThinProvisioned(true);
        VirtualDisk disk = new VirtualDisk();
        disk.setKey(key());
        disk.setControllerKey(controller.getKey());
        disk.setUnitNumber(unit);
        disk.setCapacityInBytes(wholeKib(bytes));
        disk.setCapacityInKB(wholeKib(bytes) / KIB);
        disk.setBacking(backing);
        change(VirtualDeviceConfigSpecOperation.ADD, VirtualDeviceConfigSpecFileOperation.CREATE, disk);
        keepBootDisk();
        extra(Machine.DISK + "scsi" + controller.getBusNumber() + ":" + unit, id);
    }

    /** Where a new disk would come before the boot disk, the machine is told which one it starts from. */
    private void keepBootDisk() {
        Optional<VirtualMachineBootOptions> told =
                spec.getBootOptions() == null ? machine.bootOptions() : Optional.of(spec.getBootOptions());
        if (machine.disks().isEmpty()
                || !added.contains(DiskOrder.of(devices(), told).get(0))) {
            return;
        }
        VirtualMachineBootOptionsBootableDiskDevice first = new VirtualMachineBootOptionsBootableDiskDevice();
        first.setDeviceKey(machine.disks().get(0).getKey());
        boot().getBootOrder().add(0, first);
    }

    static long wholeKib(long bytes) {
        return (bytes + KIB - 1) / KIB * KIB;
    }

    private VirtualSCSIController controller() {
        List<VirtualSCSIController> all = new ArrayList<>();
        for (VirtualDevice each : devices()) {
            if (each instanceof VirtualSCSIController controller) {
                all.add(controller);
            }
        }
        all.sort(Comparator.comparingInt(VirtualSCSIController::getBusNumber));
        Set<Integer> buses = new HashSet<>();
        for (VirtualSCSIController each : all) {
            if (free(each) >= 0) {
                return each;
            }
            buses.add(each.getBusNumber());
        }
        for (int bus = 0; bus <= LAST_BUS; bus++) {
            if (!buses.contains(bus)) {
                ParaVirtualSCSIController made = new ParaVirtualSCSIController();
                made.setKey(key());
                made.setBusNumber(bus);
                made.setSharedBus(VirtualSCSISharing.NO_SHARING);
                add(made);
                return made;
            }
        }
        throw new DriverException(Kind.INVALID, "There is no place for another disk: four controllers are full.");
    }

    private List<VirtualDevice> devices() {
        List<VirtualDevice> all = new ArrayList<>(machine.devices());
        all.addAll(added);
        return all;
    }

    /** The first free unit of a controller, or -1. */
    private int free(VirtualSCSIController controller) {
        Set<Integer> taken = new HashSet<>(Set.of(CONTROLLERS_OWN));
        for (VirtualDevice each : devices()) {
            if (each.getControllerKey() != null
                    && each.getControllerKey() == controller.getKey()
                    && each.getUnitNumber() != null) {
                taken.add(each.getUnitNumber());
            }
        }
        for (int unit = 0; unit <= LAST_UNIT; unit++) {
            if (!taken.contains(unit)) {
                return unit;
            }
        }
        return -1;
    }

    private void change(
            VirtualDeviceConfigSpecOperation operation,
            VirtualDeviceConfigSpecFileOperation file,
            VirtualDevice device) {
        VirtualDeviceConfigSpec change = new VirtualDeviceConfigSpec();
        change.setOperation(operation);
        change.setFileOperation(file);
        change.setDevice(device);
        spec.getDeviceChange().add(change);
        if (operation == VirtualDeviceConfigSpecOperation.ADD) {
            added.add(device);
        }
        any = true;
    }
}
