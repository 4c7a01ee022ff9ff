// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.time.Duration;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** Facet: counters of what a server has used since it was last started. */
@ConsumerType
public interface Metered {
    /** All servers of the endpoint in one call, those that are off left out. */
    List<Counters> counters();

    /**
     * Counters that only grow while the server is on.
     *
     * @param cpuTime CPU time used
     * @param memoryMiB resident now
     */
    record Counters(
            String ref,
            Duration cpuTime,
            long memoryMiB,
            long diskReadBytes,
            long diskWrittenBytes,
            long networkReceivedBytes,
            long networkSentBytes) {}
}
