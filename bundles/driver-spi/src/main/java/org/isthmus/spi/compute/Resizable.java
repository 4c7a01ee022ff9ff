// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.osgi.annotation.versioning.ConsumerType;

/** Facet: other CPU counts and memory sizes for a server that is off. */
@ConsumerType
public interface Resizable {
    /**
     * Gives the server this many CPUs and this much memory. The host has stopped it before; on a running server CONFLICT.
     * Already so is done.
     */
    Progress<Void> resize(Call call, String ref, int cpus, long memoryMiB);
}
