// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.isthmus.driver.fake.FakeServer.FakeContent;
import org.isthmus.driver.fake.FakeServer.FakeDisk;
import org.isthmus.model.Sha256;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageContent.Format;

/**
 * Content of disks, in files beside the ledger under their checksums. Nothing writes to a simulated disk, so what it started
 * as is what it has. Large content is not kept: such a disk is blank when it is read out.
 */
final class KeptContents {
    private static final long MOST = 1 << 20;
    private static final int CLUSTER = 1 << 16;
    private static final long PER_TABLE = (CLUSTER / 8L) * CLUSTER;

    private final Path directory;

    KeptContents(Path ledger) {
        this.directory = ledger.resolveSibling(ledger.getFileName() + ".disks");
    }

    /** What is read out of a disk. */
    static final class Reading {
        private final Format format;
        private final byte[] bytes;

        private Reading(Format format, byte[] bytes) {
            this.format = format;
            this.bytes = bytes;
        }

        Format format() {
            return format;
        }

        int length() {
            return bytes.length;
        }

        void write(OutputStream out, int from, int to) throws IOException {
            out.write(bytes, from, to - from);
        }
    }

    /** Keeps small content, which is checked; remembers large content by name. */
    FakeContent keep(ImageContent image) {
        FakeContent content = new FakeContent(image.sha256().hex(), image.format(), image.sizeBytes());
        if (image.sizeBytes() <= MOST && !Files.exists(path(content))) {
            try (InputStream in = image.open(0)) {
                byte[] bytes = in.readNBytes((int) image.sizeBytes());
                if (!Sha256.of(bytes).equals(image.sha256())) {
                    throw new DriverException(
                            Kind.BROKEN, "The image store gave other bytes than its checksum says: upload it again.");
                }
                write(content, bytes);
            } catch (IOException e) {
                throw new DriverException(Kind.UNAVAILABLE, "The content of an image cannot be read: " + e, e);
            }
        }
        return content;
    }

    private Path path(FakeContent content) {
        return directory.resolve(new Sha256(content.sha256()).hex());
    }

    private void write(FakeContent content, byte[] bytes) throws IOException {
        Files.createDirectories(directory);
        Path half = Files.createTempFile(directory, "half", "");
        Files.write(half, bytes);
        Files.move(half, path(content), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The disk: what it started as where that is kept and the disk was not grown, else a blank one of its size. */
    Reading read(FakeDisk disk) {
        Optional<FakeContent> content =
                disk.began().filter(kept -> kept.sizeBytes() <= MOST && Files.exists(path(kept)));
        try {
            if (content.isEmpty()) {
                return new Reading(Format.QCOW2, blank(disk.sizeBytes()));
            }
            byte[] bytes = Files.readAllBytes(path(content.get()));
            boolean raw = content.get().format() == Format.RAW;
            if (raw && disk.sizeBytes() > MOST) {
                return new Reading(Format.QCOW2, blank(disk.sizeBytes()));
            }
            return new Reading(
                    content.get().format(), raw ? java.util.Arrays.copyOf(bytes, (int) disk.sizeBytes()) : bytes);
        } catch (IOException e) {
            throw new DriverException(Kind.UNAVAILABLE, "The content of a simulated disk cannot be read: " + e, e);
        }
    }

    /** A qcow2 file of version 3 (docs/interop/qcow2.txt of QEMU) in which nothing is allocated. */
    private static byte[] blank(long virtualBytes) {
        long size = (virtualBytes + 511) / 512 * 512;
        int tables = (int) ((size + PER_TABLE - 1) / PER_TABLE);
        int l1Clusters = (tables * 8 + CLUSTER - 1) / CLUSTER;
        int clusters = 3 + l1Clusters;
        ByteBuffer file = ByteBuffer.allocate(clusters * CLUSTER);
        file.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, size);
        file.putInt(36, tables).putLong(40, 3L * CLUSTER);
        file.putLong(48, CLUSTER).putInt(56, 1).putInt(96, 4).putInt(100, 104);
        // refcounts: a table of one block, which counts each cluster of this file once
        file.putLong(CLUSTER, 2L * CLUSTER);
        for (int i = 0; i < clusters; i++) {
            file.putShort(2 * CLUSTER + 2 * i, (short) 1);
        }
        return file.array();
    }
}
