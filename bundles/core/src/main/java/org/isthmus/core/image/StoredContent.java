// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;

/** A ready image's content, as drivers get it. */
final class StoredContent implements ImageContent {
    private final Image image;
    private final Contents contents;

    /** The content of an image that is READY. */
    StoredContent(Image image, Contents contents) {
        this.image = image;
        this.contents = contents;
    }

    @Override
    public Sha256 sha256() {
        return image.sha256().orElseThrow();
    }

    @Override
    public Format format() {
        return Format.valueOf(image.format().orElseThrow().name());
    }

    @Override
    public long sizeBytes() {
        return image.uploadOffset();
    }

    @Override
    public long virtualSizeBytes() {
        return image.virtualBytes().orElseThrow();
    }

    @Override
    public InputStream open(long offset) throws IOException {
        return contents.open(image.id(), offset);
    }

    @Override
    public Optional<Path> file() {
        return contents.file(image.id());
    }
}
