// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.isthmus.model.MacAddress;

/**
 * What a machine is besides the content of its disks: what has to be kept when it moves to another hypervisor. The words
 * are those of OVF (DMTF DSP0243), whose descriptor carries the same facts.
 *
 * @param cpus 1 to 1024
 * @param memoryMiB 1 or more
 * @param os what runs on it, as the hypervisor says it; at most 100 characters
 * @param disks in the order in which the firmware sees them, the boot disk first
 * @param nics in the order in which the guest sees them
 */
public record Shape(
        int cpus, long memoryMiB, Firmware firmware, Optional<String> os, List<ShapeDisk> disks, List<ShapeNic> nics) {
    public Shape {
        if (cpus < 1 || cpus > 1024) {
            throw new IllegalArgumentException("cpus is 1 to 1024.");
        }
        if (memoryMiB < 1) {
            throw new IllegalArgumentException("memoryMiB is 1 or more.");
        }
        Objects.requireNonNull(firmware, "firmware");
        if (disks.isEmpty()) {
            throw new IllegalArgumentException("A machine has at least its boot disk.");
        }
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
    }

    /** What starts the machine. */
    public enum Firmware {
        BIOS,
        /** UEFI without Secure Boot. */
        EFI,
        /** UEFI that starts signed loaders only. */
        EFI_SECURE
    }

    /**
     * A disk.
     *
     * @param id the hypervisor's own name for it, unique on the machine
     * @param virtualSizeBytes what the guest sees
     */
    public record ShapeDisk(String id, long virtualSizeBytes) {
        public ShapeDisk {
            if (virtualSizeBytes < 1) {
                throw new IllegalArgumentException("A disk has at least one byte.");
            }
        }
    }

    /**
     * An interface.
     *
     * @param network what it is plugged into, as the hypervisor calls it; at most 200 characters, may be empty
     */
    public record ShapeNic(Optional<MacAddress> mac, String network) {}
}
