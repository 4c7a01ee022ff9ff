// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.disk;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * A qcow2 file (docs/interop/qcow2.txt of QEMU), as its guest sees it now or saw it at a snapshot. Of a file that a running
 * QEMU writes to only a snapshot may be read: what belongs to one is written no more.
 */
final class Qcow2Layer implements Layer {
    private static final int HEADER = 112;
    private static final int MAGIC = 0x514649fb;
    private static final int HEADER_V3 = 104;
    private static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    /** Dirty, and how clusters are packed. Not: corrupt, data elsewhere, entries of 16 bytes. */
    private static final long FEATURES_READ = 0b1001;

    private static final long OFFSET = 0x00fffffffffffe00L;
    private static final long PACKED = 1L << 62;
    private static final int MOST_TABLE = 1 << 25;
    private static final int MOST_SNAPSHOTS = 65536;
    private static final int TABLES_KEPT = 32;

    private final Bytes file;
    private final int clusterBits;
    private final long size;
    private final long[] tables;
    private final Optional<Backing> backing;
    private final Map<Integer, long[]> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, long[]> eldest) {
            return size() > TABLES_KEPT;
        }
    };

    /** What an overlay lies over. */
    record Backing(String path, String format) {}

    private Qcow2Layer(Bytes file, int clusterBits, long size, long[] tables, Optional<Backing> backing) {
        this.file = file;
        this.clusterBits = clusterBits;
        this.size = size;
        this.tables = tables;
        this.backing = backing;
    }

    /**
     * Reads the file's header and first table.
     *
     * @param snapshot by name; as it is now when empty
     * @throws DriverException NOT_FOUND when there is no such snapshot; INVALID for a file that is not understood
     */
    static Qcow2Layer open(Bytes file, Optional<String> snapshot) {
        byte[] head = file.read(0, 1 << 16);
        if (head.length < HEADER_V3 || ByteBuffer.wrap(head).getInt() != MAGIC) {
            throw invalid("it does not begin like one");
        }
        ByteBuffer header = ByteBuffer.wrap(Arrays.copyOf(head, Math.max(head.length, HEADER)));
        int version = header.getInt(4);
        int clusterBits = header.getInt(20);
        require(version == 2 || version == 3, "its version is " + version);
        require(clusterBits >= 9 && clusterBits <= 21, "its clusters have an impossible size");
        require(header.getInt(32) == 0, "it is encrypted");
        if (version == 3) {
            require((header.getLong(72) & ~FEATURES_READ) == 0, "it has features that are not read here");
            boolean deflate = header.getInt(100) <= HEADER_V3 || header.get(HEADER_V3) == 0;
            require(deflate, "it is packed in a way that is not read here");
        }
        Table table = snapshot.map(name -> snapshot(file, header, name))
                .orElseGet(() -> new Table(header.getLong(40), header.getInt(36), header.getLong(24)));
        long covered = 1L << (2 * clusterBits - 3);
        require(
                table.size() > 0
                        && table.entries() >= 0
                        && table.entries() <= MOST_TABLE / 8
                        && (table.size() - 1) / covered < table.entries(),
                "its tables have an impossible size");
        return new Qcow2Layer(
                file,
                clusterBits,
                table.size(),
                longs(Layer.full(file, table.at(), table.entries() * 8)),
                backing(header, head, version));
    }

    /** A first table of the file, and the size of the disk it describes. */
    private record Table(long at, int entries, long size) {}

    private static Table snapshot(Bytes file, ByteBuffer header, String name) {
        int count = header.getInt(60);
        require(count >= 0 && count <= MOST_SNAPSHOTS, "it has an impossible number of snapshots");
        long at = header.getLong(64);
        for (int i = 0; i < count; i++) {
            ByteBuffer entry = ByteBuffer.wrap(Layer.full(file, at, 64));
            int id = entry.getShort(12) & 0xffff;
            int named = entry.getShort(14) & 0xffff;
            int extra = entry.getInt(36);
            require(extra >= 0 && extra <= 1024, "a snapshot in it is not understood");
            byte[] text = Layer.full(file, at + 40 + extra + id, named);
            if (new String(text, StandardCharsets.UTF_8).equals(name)) {
                return new Table(
                        entry.getLong(0), entry.getInt(8), extra >= 16 ? entry.getLong(48) : header.getLong(24));
            }
            at += (40L + extra + id + named + 7) / 8 * 8;
        }
        throw new DriverException(Kind.NOT_FOUND, "The disk has no snapshot " + name + ".");
    }

    private static Optional<Backing> backing(ByteBuffer header, byte[] head, int version) {
        long at = header.getLong(8);
        int length = header.getInt(16);
        if (at == 0) {
            return Optional.empty();
        }
        require(at > 0 && length > 0 && length < 1024 && at + length <= head.length, "what it lies over is not said");
        String path = new String(head, (int) at, length, StandardCharsets.UTF_8);
        String format = "";
        int extension = version == 2 ? 72 : header.getInt(100);
        while (extension >= 72 && extension + 8 <= at) {
            int type = header.getInt(extension);
            int size = header.getInt(extension + 4);
            if (type == 0 || size < 0 || size > at - extension - 8) {
                break;
            }
            if (type == EXTENSION_BACKING_FORMAT) {
                format = new String(head, extension + 8, size, StandardCharsets.US_ASCII);
            }
            extension += 8 + (size + 7) / 8 * 8;
        }
        return Optional.of(new Backing(path, format));
    }

    private static long[] longs(byte[] bytes) {
        long[] values = new long[bytes.length / 8];
        ByteBuffer.wrap(bytes).asLongBuffer().get(values);
        return values;
    }

    private static void require(boolean holds, String why) {
        if (!holds) {
            throw invalid(why);
        }
    }

    private static DriverException invalid(String why) {
        return new DriverException(Kind.INVALID, "The disk's file is no qcow2 file that can be read: " + why + ".");
    }

    Optional<Backing> backing() {
        return backing;
    }

    @Override
    public long size() {
        return size;
    }

    private int cluster() {
        return 1 << clusterBits;
    }

    @Override
    public Piece at(long place, long most) {
        int entryBits = clusterBits - 3;
        long covered = 1L << (clusterBits + entryBits);
        int table = Math.toIntExact(place / covered);
        long end = Math.min(size, place + most);
        long entries = tables[table] & OFFSET;
        if (entries == 0) {
            return Piece.of(Holds.ABSENT, Math.min(end, (table + 1) * covered) - place);
        }
        long entry = known.computeIfAbsent(table, key -> longs(Layer.full(file, entries, cluster())))[
                (int) ((place >> clusterBits) & ((1 << entryBits) - 1))];
        int within = (int) (place & (cluster() - 1));
        long length = Math.min(end - place, cluster() - within);
        if ((entry & PACKED) != 0) {
            int bits = 62 - (clusterBits - 8);
            long at = entry & ((1L << bits) - 1);
            int sectors = (int) ((entry & (PACKED - 1)) >> bits) + 1;
            return new Piece(Holds.PACKED, length, at, within, sectors * 512 - (int) (at & 511));
        }
        if ((entry & 1) != 0) {
            return Piece.of(Holds.ZERO, length);
        }
        long at = entry & OFFSET;
        return at == 0 ? Piece.of(Holds.ABSENT, length) : Piece.data(at + within, length);
    }

    @Override
    public byte[] read(Piece piece) {
        if (piece.holds() == Holds.DATA) {
            return Layer.full(file, piece.at(), Math.toIntExact(piece.length()));
        }
        byte[] cluster = new byte[cluster()];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(file.read(piece.at(), piece.packed()));
            int got = 0;
            while (got < cluster.length && !inflater.finished()) {
                int more = inflater.inflate(cluster, got, cluster.length - got);
                require(more > 0 || inflater.finished(), "a packed cluster in it is damaged");
                got += more;
            }
            require(got == cluster.length, "a packed cluster in it is damaged");
        } catch (DataFormatException e) {
            throw invalid("a packed cluster in it is damaged");
        } finally {
            inflater.end();
        }
        return Arrays.copyOfRange(cluster, piece.skip(), piece.skip() + Math.toIntExact(piece.length()));
    }
}
