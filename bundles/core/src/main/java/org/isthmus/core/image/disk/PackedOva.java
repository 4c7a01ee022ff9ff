// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.isthmus.core.image.disk.Ovf.OvfFile;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.Shape;

/**
 * An OVA to be read: descriptor, manifest and disks in one archive (DSP0243, 5.3), which is made while it is read and kept
 * nowhere. The same machine, name and disks give the same bytes, so it can be read from any place on.
 */
public final class PackedOva {
    private static final long OCTAL_MOST = (1L << 33) - 1;

    private final List<Piece> pieces = new ArrayList<>();
    private final Sha256 mark;

    /** A run of its bytes. */
    private record Piece(long size, DiskFormat.Opening content) {
        static Piece of(byte[] bytes) {
            return new Piece(
                    bytes.length, offset -> new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset));
        }
    }

    /** @param disks streamOptimized VMDK, one for each of the shape's */
    public PackedOva(Name name, Shape shape, List<ImageContent> disks) {
        List<OvfFile> files = new ArrayList<>();
        for (ImageContent disk : disks) {
            if (disk.format() != ImageContent.Format.VMDK) {
                throw new IllegalArgumentException("Disks of an OVA are VMDK.");
            }
            files.add(new OvfFile(name + "-disk" + files.size() + ".vmdk", OptionalLong.of(disk.sizeBytes())));
        }
        byte[] descriptor = Ovf.write(name.value(), shape, files);
        StringBuilder lines = new StringBuilder(line(name + ".ovf", Sha256.of(descriptor)));
        for (int i = 0; i < disks.size(); i++) {
            lines.append(line(files.get(i).name(), disks.get(i).sha256()));
        }
        byte[] manifest = lines.toString().getBytes(StandardCharsets.UTF_8);
        mark = Sha256.of(manifest);
        ByteArrayOutputStream between = new ByteArrayOutputStream();
        small(between, name + ".ovf", descriptor);
        small(between, name + ".mf", manifest);
        for (int i = 0; i < disks.size(); i++) {
            between.writeBytes(header(files.get(i).name(), disks.get(i).sizeBytes()));
            pieces.add(Piece.of(between.toByteArray()));
            ImageContent disk = disks.get(i);
            String file = files.get(i).name();
            pieces.add(new Piece(disk.sizeBytes(), offset -> new Reading(file, disk, offset)));
            between.reset();
            between.writeBytes(new byte[TarReader.padding(disk.sizeBytes())]);
        }
        between.writeBytes(new byte[2 * TarReader.BLOCK]);
        pieces.add(Piece.of(between.toByteArray()));
    }

    public long sizeBytes() {
        return pieces.stream().mapToLong(Piece::size).reduce(0, Math::addExact);
    }

    /** The checksum of its manifest, in which those of all other files are: the same one, the same bytes. */
    public Sha256 mark() {
        return mark;
    }

    /**
     * Its bytes from an offset on; the caller closes it. A disk that is read from its first byte on is compared with its
     * checksum before its last bytes are given: one that was damaged does not come to its end.
     */
    public InputStream open(long offset) throws IOException {
        Iterator<Piece> left = pieces.iterator();
        long skip = offset;
        while (left.hasNext()) {
            Piece piece = left.next();
            if (skip < piece.size()) {
                return new Joined(piece.content().open(skip), left);
            }
            skip -= piece.size();
        }
        return InputStream.nullInputStream();
    }

    /** One piece after the other, each opened when it is its turn. */
    private static final class Joined extends InputStream {
        private final Iterator<Piece> left;
        private InputStream now;

        Joined(InputStream first, Iterator<Piece> left) {
            this.now = first;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int got = now.read(bytes, from, length);
            while (got < 0 && left.hasNext()) {
                now.close();
                now = left.next().content().open(0);
                got = now.read(bytes, from, length);
            }
            return got;
        }

        @Override
        public void close() throws IOException {
            now.close();
        }
    }

    private static final class Reading extends InputStream {
        private final String name;
        private final ImageContent disk;
        private final InputStream content;
        private final Optional<MessageDigest> digest;
        private long left;

        Reading(String name, ImageContent disk, long offset) throws IOException {
            this.name = name;
            this.disk = disk;
            this.left = disk.sizeBytes() - offset;
            this.digest = offset == 0 ? Optional.of(Sha256.digest()) : Optional.empty();
            this.content = disk.open(offset);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int got = content.read(bytes, from, (int) Math.min(length, left));
            if (got < 0) {
                throw new IOException("The content of " + name + " is cut off.");
            }
            left -= got;
            if (digest.isPresent()) {
                digest.get().update(bytes, from, got);
                if (left == 0 && !hex(digest.get()).equals(disk.sha256().hex())) {
                    throw new IOException("The content of " + name + " has another checksum than it had.");
                }
            }
            return got;
        }

        private static String hex(MessageDigest digest) {
            return HexFormat.of().formatHex(digest.digest());
        }

        @Override
        public void close() throws IOException {
            content.close();
        }
    }

    private static String line(String file, Sha256 checksum) {
        return "SHA256(" + file + ")= " + checksum.hex() + "\n";
    }

    private static void small(ByteArrayOutputStream out, String name, byte[] content) {
        out.writeBytes(header(name, content.length));
        out.writeBytes(content);
        out.writeBytes(new byte[TarReader.padding(content.length)]);
    }

    private static byte[] header(String name, long size) {
        byte[] header = new byte[TarReader.BLOCK];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        if (size <= OCTAL_MOST) {
            put(header, 124, String.format(Locale.ROOT, "%011o\0", size));
        } else {
            header[124] = (byte) 0x80;
            for (int i = 0; i < 8; i++) {
                header[128 + i] = (byte) (size >> (8 * (7 - i)));
            }
        }
        put(header, 136, "00000000000\0");
        put(header, 148, "        ");
        header[156] = '0';
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
