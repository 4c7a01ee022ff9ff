// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.disk;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import org.isthmus.model.Sha256;

/**
 * A disk as one qcow2 file of version 3 that lies over nothing, without being written anywhere: where everything goes is
 * known from the start, so that it can be read from any offset on. Clusters that are not known to be zero are in it, in the
 * guest's order, behind all tables.
 */
public final class FlatQcow2 {
    private static final int CLUSTER_BITS = 16;
    private static final int CLUSTER = 1 << CLUSTER_BITS;
    private static final int PER_TABLE = CLUSTER / 8;
    private static final int COUNTS = CLUSTER / 2;
    private static final long OWN = 1L << 63;
    private static final int AT_ONCE = 64;

    private final Chain chain;
    private final long size;
    /** Clusters of the guest that are in the file, in order. */
    private final int[] clusters;
    /** Tables of the first table that there are, in order. */
    private final int[] tables;

    private final int first;
    private final int countBlocks;
    private final int countTables;
    private final int firstTableClusters;
    private final long total;

    /** Looks through the whole chain for what there is. */
    public FlatQcow2(Chain chain) {
        this.chain = chain;
        this.size = (chain.size() + 511) / 512 * 512;
        BitSet there = new BitSet();
        chain.content((place, length) -> there.set(
                Math.toIntExact(place >> CLUSTER_BITS), Math.toIntExact((place + length - 1) >> CLUSTER_BITS) + 1));
        this.clusters = there.stream().toArray();
        this.tables =
                Arrays.stream(clusters).map(each -> each / PER_TABLE).distinct().toArray();
        this.first = Math.toIntExact((((size + CLUSTER - 1) >> CLUSTER_BITS) + PER_TABLE - 1) / PER_TABLE);
        this.firstTableClusters = ceil(first * 8L, CLUSTER);
        long fixed = 1L + firstTableClusters + tables.length + clusters.length;
        int blocks = 0;
        int blockTables = 0;
        long all = fixed;
        while (blocks < ceil(all, COUNTS)) {
            blocks = ceil(all, COUNTS);
            blockTables = ceil(blocks * 8L, CLUSTER);
            all = fixed + blocks + blockTables;
        }
        this.countBlocks = blocks;
        this.countTables = blockTables;
        this.total = all;
    }

    private static int ceil(long amount, int unit) {
        return Math.toIntExact((amount + unit - 1) / unit);
    }

    /** Length of the file. */
    public long length() {
        return total * CLUSTER;
    }

    /** Another for each arrangement of clusters: what was begun by one is gone on with by none but an equal one. */
    public String print() {
        ByteBuffer all = ByteBuffer.allocate(8 + clusters.length * 4);
        all.putLong(size);
        all.asIntBuffer().put(clusters);
        return HexFormat.of().formatHex(Sha256.digest().digest(all.array())).substring(0, 16);
    }

    /** The file from an offset on: at least one byte, as many as are read at once, none at its end. */
    public byte[] read(long offset) {
        if (offset >= length()) {
            return new byte[0];
        }
        long cluster = offset / CLUSTER;
        int skip = (int) (offset % CLUSTER);
        long data = total - clusters.length;
        byte[] bytes = cluster < data ? table(cluster) : data(Math.toIntExact(cluster - data));
        return skip == 0 ? bytes : Arrays.copyOfRange(bytes, skip, bytes.length);
    }

    /** Clusters of data from a number on, as far as they are neighbours of the guest's. */
    private byte[] data(int from) {
        int to = from + 1;
        while (to < clusters.length && to - from < AT_ONCE && clusters[to] == clusters[to - 1] + 1) {
            to++;
        }
        return chain.read((long) clusters[from] << CLUSTER_BITS, (to - from) * CLUSTER);
    }

    private byte[] table(long cluster) {
        ByteBuffer out = ByteBuffer.allocate(CLUSTER);
        long at = cluster;
        if (at == 0) {
            header(out);
            return out.array();
        }
        at--;
        if (at < countTables) {
            for (int i = 0; i < PER_TABLE && at * PER_TABLE + i < countBlocks; i++) {
                out.putLong((1 + countTables + at * PER_TABLE + i) << CLUSTER_BITS);
            }
            return out.array();
        }
        at -= countTables;
        if (at < countBlocks) {
            for (int i = 0; i < COUNTS && at * COUNTS + i < total; i++) {
                out.putShort((short) 1);
            }
            return out.array();
        }
        at -= countBlocks;
        if (at < firstTableClusters) {
            for (int i = 0; i < tables.length; i++) {
                if (tables[i] / PER_TABLE == at) {
                    out.putLong(
                            tables[i] % PER_TABLE * 8, ((firstTable() + firstTableClusters + i) << CLUSTER_BITS) | OWN);
                }
            }
            return out.array();
        }
        secondTable(out, tables[Math.toIntExact(at - firstTableClusters)]);
        return out.array();
    }

    private long firstTable() {
        return 1L + countTables + countBlocks;
    }

    private void secondTable(ByteBuffer out, int table) {
        int from = Arrays.binarySearch(clusters, table * PER_TABLE);
        int i = from < 0 ? -from - 1 : from;
        long data = total - clusters.length;
        for (; i < clusters.length && clusters[i] / PER_TABLE == table; i++) {
            out.putLong(clusters[i] % PER_TABLE * 8, ((data + i) << CLUSTER_BITS) | OWN);
        }
    }

    private void header(ByteBuffer out) {
        out.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, CLUSTER_BITS).putLong(24, size);
        out.putInt(36, first).putLong(40, firstTable() << CLUSTER_BITS);
        out.putLong(48, CLUSTER).putInt(56, countTables).putInt(96, 4).putInt(100, 104);
    }
}
