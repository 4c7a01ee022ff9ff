// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.network.PortBinding;

/**
 * A server to make.
 *
 * @param host one of the endpoint's hosts, as {@link ComputeDriver.HostCapacity#name} calls it
 * @param cpus 1 to 1024
 * @param memoryMiB 32 or more
 * @param disks the boot disk first; it carries the image, and with an image of several disks each of these its own
 * @param nics in order; the first is the guest's first interface
 * @param seed what the guest reads at first boot
 * @param firmware what starts it; INVALID where the endpoint does not have it
 * @param template an image of the endpoint, by its reference ({@link ImageImport.SeenImage#ref}): the first disks are then
 *     copies of its disks, in order, grown to the sizes wished, and carry no content of their own
 */
public record ServerSpec(
        ServerId server,
        Name name,
        String host,
        int cpus,
        long memoryMiB,
        List<DiskSpec> disks,
        List<NicSpec> nics,
        Seed seed,
        Shape.Firmware firmware,
        Optional<String> template) {
    /** One started by a BIOS, its first disk with its content. */
    public ServerSpec(
            ServerId server,
            Name name,
            String host,
            int cpus,
            long memoryMiB,
            List<DiskSpec> disks,
            List<NicSpec> nics,
            Seed seed) {
        this(server, name, host, cpus, memoryMiB, disks, nics, seed, Shape.Firmware.BIOS, Optional.empty());
    }

    public ServerSpec {
        if (cpus < 1 || cpus > 1024) {
            throw new IllegalArgumentException("cpus is 1 to 1024.");
        }
        if (memoryMiB < 32) {
            throw new IllegalArgumentException("memoryMiB is 32 or more.");
        }
        if (disks.isEmpty()) {
            throw new IllegalArgumentException("A server has at least its boot disk.");
        }
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
    }

    /**
     * A disk.
     *
     * @param sizeBytes the virtual size; for a disk with an image at least the image's
     * @param image what it starts as; blank when empty
     */
    public record DiskSpec(DiskId id, long sizeBytes, Optional<ImageContent> image) {
        public DiskSpec {
            if (sizeBytes < 1) {
                throw new IllegalArgumentException("A disk has at least one byte.");
            }
        }
    }

    /** A network interface, on a port its network driver made. */
    public record NicSpec(NicId id, MacAddress mac, PortBinding binding) {}

    /**
     * The NoCloud seed (cloud-init), on a volume labelled {@code cidata}. The driver writes the texts as they are.
     *
     * @param networkConfig left out when empty
     * @param vendorData what the cloud adds to the owner's user data; left out when empty
     */
    public record Seed(String metaData, String userData, String networkConfig, String vendorData) {
        /** One to which the cloud adds nothing. */
        public Seed(String metaData, String userData, String networkConfig) {
            this(metaData, userData, networkConfig, "");
        }
    }
}
