// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Facet: disks and interfaces that come, go and grow while the server exists, running or not. Each call is done when the
 * hypervisor has it; what a guest makes of it is the guest's affair.
 */
@ConsumerType
public interface Attachable {
    /** Makes the disk and attaches it. A disk of that id already there is done. */
    Progress<Void> attachDisk(Call call, String ref, ServerSpec.DiskSpec disk);

    /** Detaches the disk and removes its content. Absent is done. The boot disk is INVALID. */
    Progress<Void> detachDisk(Call call, String ref, DiskId disk);

    /** Grows the disk. At least that large already is done; a disk never shrinks. */
    Progress<Void> growDisk(Call call, String ref, DiskId disk, long sizeBytes);

    /** Attaches an interface. One of that id already there is done. */
    Progress<Void> attachNic(Call call, String ref, ServerSpec.NicSpec nic);

    /** Detaches an interface. Absent is done. */
    Progress<Void> detachNic(Call call, String ref, NicId nic);
}
