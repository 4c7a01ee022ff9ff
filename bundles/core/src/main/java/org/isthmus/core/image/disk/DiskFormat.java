// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.spi.compute.ImageContent.Format;

/**
 * What a disk image's own bytes say. Knows qcow2 (docs/interop/qcow2.txt of QEMU) and VMDK ({@link Vmdk}), refuses what
 * would make a hypervisor read other files, and takes everything it does not know for raw, except formats that are surely
 * not meant.
 *
 * @param virtualBytes size of the disk it describes
 */
public record DiskFormat(Format format, long virtualBytes) {
    /** How many first bytes {@link #of(byte[], long)} wants to see. */
    public static final int HEAD = 4096;

    private static final int MAGIC = 0x514649fb;
    private static final int HEADER_V2 = 72;
    private static final int HEADER_V3 = 104;
    private static final long INCOMPATIBLE_CORRUPT = 1L << 1;
    private static final long INCOMPATIBLE_DATA_FILE = 1L << 2;
    /** Dirty bit, corrupt bit, external data file, compression type, extended L2 entries. */
    private static final long INCOMPATIBLE_KNOWN = 0x1f;

    private static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    private static final int EXTENSION_DATA_FILE = 0x44415441;
    private static final long MOST_BYTES = 65536L << 30;
    private static final int SECTOR = 512;

    /** A format that has these bytes, in hexadecimal, at this offset, and cannot be started. */
    private record Foreign(String name, int offset, String magic) {
        static Foreign at(String name, int offset, String magic) {
            return new Foreign(name, offset, magic);
        }

        boolean matches(byte[] head) {
            int end = offset + magic.length() / 2;
            return head.length >= end
                    && HexFormat.of().formatHex(head, offset, end).equals(magic);
        }
    }

    private static final List<Foreign> FOREIGN = List.of(
            Foreign.at("VMDK", 0, "4b444d56"),
            Foreign.at("VMDK", 0, "434f5744"),
            Foreign.at("VMDK", 0, "23204469736b204465736372"),
            Foreign.at("VHDX", 0, "7668647866696c65"),
            Foreign.at("VHD", 0, "636f6e6563746978"),
            Foreign.at("VDI", 64, "7f10dabe"),
            Foreign.at("gzip", 0, "1f8b08"),
            Foreign.at("xz", 0, "fd377a585a00"),
            Foreign.at("bzip2", 0, "425a68"),
            Foreign.at("zstd", 0, "28b52ffd"),
            Foreign.at("zip", 0, "504b0304"),
            Foreign.at("qed", 0, "51454400"),
            Foreign.at("tar or OVA", 257, "7573746172"));

    /** Content to look at, from an offset on. */
    @FunctionalInterface
    public interface Opening {
        InputStream open(long offset) throws IOException;
    }

    /**
     * Looks at a file of any format that can be converted.
     *
     * @param length of the file
     */
    public static DiskFormat of(long length, Opening content) throws IOException {
        byte[] head = read(content, 0, Vmdk.HEAD);
        if (Vmdk.looksLike(head)) {
            long tail = Math.max(0, length - Vmdk.TAIL);
            return sized(Format.VMDK, Vmdk.of(head, read(content, tail, Vmdk.TAIL), length));
        }
        return of(java.util.Arrays.copyOf(head, Math.min(head.length, HEAD)), length);
    }

    private static byte[] read(Opening content, long offset, int most) throws IOException {
        try (InputStream in = content.open(offset)) {
            return in.readNBytes(most);
        }
    }

    /**
     * Reads the head of a file that a hypervisor may start from as it is: qcow2 or raw.
     *
     * @param head its first {@link #HEAD} bytes, or all when it is shorter
     * @param length of the file
     */
    public static DiskFormat of(byte[] head, long length) {
        if (head.length >= 4 && ByteBuffer.wrap(head).getInt() == MAGIC) {
            return qcow2(ByteBuffer.wrap(head), length);
        }
        for (Foreign foreign : FOREIGN) {
            if (foreign.matches(head)) {
                throw ImageProblem.FORMAT.because(
                        "It is a %s file: convert it with qemu-img convert -O qcow2, or unpack it, and upload that.",
                        foreign.name());
            }
        }
        return raw(length);
    }

    /** A disk whose bytes are the file's, whatever they look like. */
    static DiskFormat raw(long length) {
        if (length < SECTOR) {
            throw ImageProblem.FORMAT.because("A raw disk has at least one sector of %d bytes.", SECTOR);
        }
        return sized(Format.RAW, (length + SECTOR - 1) / SECTOR * SECTOR);
    }

    private static DiskFormat qcow2(ByteBuffer head, long length) {
        require(head.limit() >= HEADER_V2, "its header is cut off");
        int version = head.getInt(4);
        require(version == 2 || version == 3, "its version is " + version + ", and 2 and 3 are understood");
        require(
                head.getLong(8) == 0,
                "it has a backing file, and would make the hypervisor read another file; flatten it with qemu-img convert");
        int clusterBits = head.getInt(20);
        require(clusterBits >= 9 && clusterBits <= 21, "its cluster size is not possible");
        require(head.getInt(32) == 0, "it is encrypted, and nobody here has the key");
        long l1 = head.getLong(40);
        require(l1 > 0 && l1 < length, "its tables lie outside of it");
        if (version == 3) {
            require(head.limit() >= HEADER_V3, "its header is cut off");
            long incompatible = head.getLong(72);
            require((incompatible & INCOMPATIBLE_DATA_FILE) == 0, "its data is in an external file");
            require(
                    (incompatible & INCOMPATIBLE_CORRUPT) == 0,
                    "it is marked as corrupt; repair it with qemu-img check -r");
            require((incompatible & ~INCOMPATIBLE_KNOWN) == 0, "it uses features that are not known here");
            requireHarmlessExtensions(head);
        }
        return sized(Format.QCOW2, head.getLong(24));
    }

    private static void requireHarmlessExtensions(ByteBuffer head) {
        int at = head.getInt(100);
        require(at >= HEADER_V3 && at % 8 == 0, "its header's length is not possible");
        while (at + 8 <= head.limit()) {
            int type = head.getInt(at);
            int size = head.getInt(at + 4);
            if (type == 0) {
                return;
            }
            require(type != EXTENSION_DATA_FILE, "it names an external data file");
            require(type != EXTENSION_BACKING_FORMAT, "it names the format of a backing file");
            require(size >= 0 && size <= HEAD, "a header extension is too long");
            at += 8 + (size + 7) / 8 * 8;
        }
    }

    private static DiskFormat sized(Format format, long virtualBytes) {
        require(virtualBytes > 0, "it describes an empty disk");
        require(virtualBytes <= MOST_BYTES, "it describes a disk of more than 64 TiB");
        return new DiskFormat(format, virtualBytes);
    }

    static void require(boolean holds, String wrong) {
        if (!holds) {
            throw ImageProblem.FORMAT.because("The content is no disk image that can be started: %s.", wrong);
        }
    }
}
