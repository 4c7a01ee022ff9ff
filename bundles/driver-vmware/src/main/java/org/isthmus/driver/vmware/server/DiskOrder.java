// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.VirtualAHCIController;
import com.vmware.vim25.VirtualController;
import com.vmware.vim25.VirtualDevice;
import com.vmware.vim25.VirtualDisk;
import com.vmware.vim25.VirtualMachineBootOptions;
import com.vmware.vim25.VirtualMachineBootOptionsBootableDiskDevice;
import com.vmware.vim25.VirtualNVMEController;
import com.vmware.vim25.VirtualSCSIController;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The order of a machine's disks: what it is told to start from, then SCSI, SATA, NVMe, IDE. */
public final class DiskOrder {
    private DiskOrder() {}

    /** The disks among these devices as the firmware sees them, the boot disk first. */
    public static List<VirtualDisk> of(
            Collection<? extends VirtualDevice> devices, Optional<VirtualMachineBootOptions> boot) {
        List<Integer> first = boot.map(VirtualMachineBootOptions::getBootOrder).orElse(List.of()).stream()
                .filter(VirtualMachineBootOptionsBootableDiskDevice.class::isInstance)
                .map(each -> ((VirtualMachineBootOptionsBootableDiskDevice) each).getDeviceKey())
                .toList();
        Map<Integer, VirtualController> controllers = controllers(devices);
        return devices.stream()
                .filter(VirtualDisk.class::isInstance)
                .map(VirtualDisk.class::cast)
                .sorted(Comparator.comparing((VirtualDisk disk) ->
                                first.contains(disk.getKey()) ? first.indexOf(disk.getKey()) : Integer.MAX_VALUE)
                        .thenComparing(disk -> rank(controllers.get(disk.getControllerKey())))
                        .thenComparing(disk -> bus(controllers.get(disk.getControllerKey())))
                        .thenComparing(disk -> unit(disk))
                        .thenComparing(VirtualDevice::getKey))
                .toList();
    }

    /** The controllers among these devices, by their keys. */
    public static Map<Integer, VirtualController> controllers(Collection<? extends VirtualDevice> devices) {
        Map<Integer, VirtualController> controllers = new HashMap<>();
        for (VirtualDevice each : devices) {
            if (each instanceof VirtualController controller) {
                controllers.put(each.getKey(), controller);
            }
        }
        return controllers;
    }

    private static int rank(VirtualController controller) {
        if (controller instanceof VirtualSCSIController) {
            return 0;
        }
        if (controller instanceof VirtualAHCIController) {
            return 1;
        }
        return controller instanceof VirtualNVMEController ? 2 : 3;
    }

    private static int bus(VirtualController controller) {
        return controller == null ? Integer.MAX_VALUE : controller.getBusNumber();
    }

    /** A device's place on its controller; one without a place is behind all others. */
    public static int unit(VirtualDevice device) {
        return device.getUnitNumber() == null ? Integer.MAX_VALUE : device.getUnitNumber();
    }
}
