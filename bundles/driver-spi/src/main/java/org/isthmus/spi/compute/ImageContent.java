// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import org.isthmus.model.Sha256;
import org.osgi.annotation.versioning.ProviderType;

/** An image's content, in the controller's store. Checked: its bytes have the checksum it says. Thread-safe. */
@ProviderType
public interface ImageContent {
    /** The checksum of the file as stored: an image's identity, and the name under which a driver may cache it. */
    Sha256 sha256();

    Format format();

    /** Length of the file. */
    long sizeBytes();

    /** Size of the disk it describes. */
    long virtualSizeBytes();

    /** The content from an offset on; the caller closes it. */
    InputStream open(long offset) throws IOException;

    /** The file itself where the store is a local directory: a driver on the same machine may read it, never write it. */
    default Optional<Path> file() {
        return Optional.empty();
    }

    /** How the file is laid out. */
    enum Format {
        QCOW2,
        RAW,
        /** VMDK, subformat streamOptimized (Virtual Disk Format 5.0): written from front to end. */
        VMDK
    }
}
