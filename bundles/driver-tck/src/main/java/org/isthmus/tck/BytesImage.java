// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;

/** A raw image held in memory: for drivers that never boot it, or boot anything. */
public final class BytesImage implements ImageContent {
    private final byte[] content;
    private final Sha256 sha256;

    public BytesImage(byte[] content) {
        this.content = content.clone();
        this.sha256 = Sha256.of(this.content);
    }

    /** An image of this many zero bytes. */
    public static BytesImage blank(int bytes) {
        return new BytesImage(new byte[bytes]);
    }

    /** The same, but said to be in another format, or to have another checksum: what no driver may take. */
    public static ImageContent lying(ImageContent content, ImageContent.Format format, Sha256 sha256) {
        return new ImageContent() {
            @Override
            public Sha256 sha256() {
                return sha256;
            }

            @Override
            public Format format() {
                return format;
            }

            @Override
            public long sizeBytes() {
                return content.sizeBytes();
            }

            @Override
            public long virtualSizeBytes() {
                return content.virtualSizeBytes();
            }

            @Override
            public InputStream open(long offset) throws IOException {
                return content.open(offset);
            }
        };
    }

    @Override
    public Sha256 sha256() {
        return sha256;
    }

    @Override
    public Format format() {
        return Format.RAW;
    }

    @Override
    public long sizeBytes() {
        return content.length;
    }

    @Override
    public long virtualSizeBytes() {
        return content.length;
    }

    @Override
    public InputStream open(long offset) {
        int from = Math.toIntExact(Objects.checkFromToIndex(offset, content.length, content.length));
        return new ByteArrayInputStream(content, from, content.length - from);
    }
}
