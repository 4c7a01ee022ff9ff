// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.isthmus.model.Ids.SnapshotId;
import org.isthmus.spi.Call;
import org.isthmus.spi.Progress;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Facet: the disks of a server, or of a template of the endpoint, are read out. Nothing of the source is changed, and
 * whatever was made below for reading is gone when the call is done, has failed or is not repeated until its deadline.
 */
@ConsumerType
public interface ImageExport {
    /** What it is made of now. NOT_FOUND when there is no such server or template. */
    Shape shape(String ref);

    /**
     * Reads out every disk, in the order of {@link #shape}. Bulk work on the host's executor, pending with percent
     * meanwhile. Broken off, the same call goes on at {@link ImageSink#written} where the far end can, else from the start.
     *
     * <p>A server that runs is CONFLICT, unless a snapshot is named: then the disks are read as they were at it.
     */
    Progress<Void> exportImage(Call call, String ref, Optional<SnapshotId> snapshot, ImageSink sink);

    /** Breaks the reading off, whether it was begun or not, and leaves nothing of it below. */
    Progress<Void> abandonExport(Call call, String ref);

    /** Where the host takes the disks. Thread-safe; each disk is written by one thread at a time. */
    @ProviderType
    interface ImageSink {
        /**
         * Takes the content of a disk from an offset on, in place of whatever was behind it. Closing it means: what came
         * is kept. Whole is said by {@link #whole} alone.
         *
         * @param disk its place in {@link Shape#disks}, from 0
         * @param offset 0 to {@link #written}
         * @throws IOException when there is no space, or nobody wants it any more: break off
         */
        OutputStream open(int disk, ImageContent.Format format, long offset) throws IOException;

        /** How many bytes of the disk are kept. */
        long written(int disk) throws IOException;

        /**
         * All of the disk was written.
         *
         * @param sizeBytes of its content
         */
        void whole(int disk, long sizeBytes) throws IOException;
    }
}
