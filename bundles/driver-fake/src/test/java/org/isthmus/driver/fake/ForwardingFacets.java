// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.util.List;
import org.isthmus.model.Ids.DiskId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.Attachable;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.compute.Snapshots;

/** Facets that do what others do. */
final class ForwardingFacets {
    private ForwardingFacets() {}

    static class Disks implements Attachable {
        final Attachable sound;

        Disks(Attachable sound) {
            this.sound = sound;
        }

        @Override
        public Progress<Void> attachDisk(Call call, String ref, DiskSpec disk) {
            return sound.attachDisk(call, ref, disk);
        }

        @Override
        public Progress<Void> detachDisk(Call call, String ref, DiskId disk) {
            return sound.detachDisk(call, ref, disk);
        }

        @Override
        public Progress<Void> growDisk(Call call, String ref, DiskId disk, long sizeBytes) {
            return sound.growDisk(call, ref, disk, sizeBytes);
        }

        @Override
        public Progress<Void> attachNic(Call call, String ref, NicSpec nic) {
            return sound.attachNic(call, ref, nic);
        }

        @Override
        public Progress<Void> detachNic(Call call, String ref, NicId nic) {
            return sound.detachNic(call, ref, nic);
        }
    }

    static class Pictures implements Snapshots {
        final Snapshots sound;

        Pictures(Snapshots sound) {
            this.sound = sound;
        }

        @Override
        public Progress<Void> takeSnapshot(Call call, String ref, SnapshotId snapshot) {
            return sound.takeSnapshot(call, ref, snapshot);
        }

        @Override
        public Progress<Void> revertSnapshot(Call call, String ref, SnapshotId snapshot) {
            return sound.revertSnapshot(call, ref, snapshot);
        }

        @Override
        public Progress<Void> deleteSnapshot(Call call, String ref, SnapshotId snapshot) {
            return sound.deleteSnapshot(call, ref, snapshot);
        }

        @Override
        public List<SeenSnapshot> snapshots(String ref) {
            return sound.snapshots(ref);
        }
    }
}
