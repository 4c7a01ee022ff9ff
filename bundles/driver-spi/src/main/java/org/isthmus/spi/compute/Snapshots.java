// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.time.Instant;
import java.util.List;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.osgi.annotation.versioning.ConsumerType;

/** Facet: points in time of all of a server's disks, to go back to. */
@ConsumerType
public interface Snapshots {
    /** Takes a snapshot. One of that id already there is done. */
    Progress<Void> takeSnapshot(Call call, String ref, SnapshotId snapshot);

    /** Goes back to it, once per token; the server is off afterwards. NOT_FOUND when there is none. */
    Progress<Void> revertSnapshot(Call call, String ref, SnapshotId snapshot);

    /** Removes it. Absent is done. */
    Progress<Void> deleteSnapshot(Call call, String ref, SnapshotId snapshot);

    /** The server's snapshots, oldest first. */
    List<SeenSnapshot> snapshots(String ref);

    /** A snapshot as it is below. */
    record SeenSnapshot(SnapshotId id, Instant takenAt) {}
}
