// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;

/** A qcow2 file as an image. */
final class FileImage implements ImageContent {
    private static final int SIZE_AT = 24;
    private final Path path;
    private final Sha256 sha256;
    private final long virtualSize;

    FileImage(Path path) throws IOException {
        this.path = path;
        this.sha256 = Sha256.of(Files.readAllBytes(path));
        try (DataInputStream content = new DataInputStream(Files.newInputStream(path))) {
            content.readFully(new byte[SIZE_AT]);
            this.virtualSize = content.readLong();
        }
    }

    @Override
    public Sha256 sha256() {
        return sha256;
    }

    @Override
    public Format format() {
        return Format.QCOW2;
    }

    @Override
    public long sizeBytes() {
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long virtualSizeBytes() {
        return virtualSize;
    }

    @Override
    public InputStream open(long offset) throws IOException {
        InputStream content = Files.newInputStream(path);
        content.skipNBytes(offset);
        return content;
    }
}
