// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import org.isthmus.core.image.ImageParts.Kept;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;

/** A disk's content that is kept here, as drivers get it. */
final class StoredContent implements ImageContent {
    private final Kept kept;
    private final long virtualBytes;
    private final Contents contents;

    StoredContent(Kept kept, long virtualBytes, Contents contents) {
        this.kept = kept;
        this.virtualBytes = virtualBytes;
        this.contents = contents;
    }

    Kept kept() {
        return kept;
    }

    @Override
    public Sha256 sha256() {
        return kept.sha256();
    }

    @Override
    public Format format() {
        return Format.valueOf(kept.format().name());
    }

    @Override
    public long sizeBytes() {
        return kept.sizeBytes();
    }

    @Override
    public long virtualSizeBytes() {
        return virtualBytes;
    }

    @Override
    public InputStream open(long offset) throws IOException {
        return contents.open(kept.item(), offset);
    }

    @Override
    public Optional<Path> file() {
        return contents.file(kept.item());
    }
}
