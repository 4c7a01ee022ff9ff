// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.ImageExport.ImageSink;
import org.junit.jupiter.api.Assertions;

/** Where exported disks are kept in memory, as strict as a controller's store; fails once when told to. */
public final class CollectedDisks implements ImageSink {
    private static final int MOST = 1 << 28;

    /** A disk as it came. */
    public static final class Disk {
        private final Format format;
        private final byte[] content;
        private final long whole;

        private Disk(Format format, byte[] content, long whole) {
            this.format = format;
            this.content = content;
            this.whole = whole;
        }

        public Format format() {
            return format;
        }

        public byte[] content() {
            return content.clone();
        }

        /** Its size once that was said, else -1. */
        public long whole() {
            return whole;
        }
    }

    private final Map<Integer, Disk> disks = new TreeMap<>();
    private long failAt = Long.MAX_VALUE;
    private boolean failed;

    /** Fails once, after so many bytes of a disk. */
    public static CollectedDisks failingAt(long bytes) {
        CollectedDisks disks = new CollectedDisks();
        disks.failAt = bytes;
        return disks;
    }

    /** Whether it has failed as it was told to. */
    public synchronized boolean failed() {
        return failed;
    }

    /** What came, by place. */
    public synchronized Map<Integer, Disk> disks() {
        return Map.copyOf(disks);
    }

    @Override
    public synchronized OutputStream open(int disk, Format format, long offset) throws IOException {
        Assertions.assertTrue(
                offset >= 0 && offset <= written(disk),
                () -> "Disk " + disk + " is written from " + offset + " on, where " + disks.get(disk).content.length
                        + " bytes are kept.");
        byte[] kept = offset == 0 ? new byte[0] : Arrays.copyOf(disks.get(disk).content, (int) offset);
        if (offset > 0) {
            Assertions.assertEquals(disks.get(disk).format(), format, "a disk goes on in its format");
        }
        keep(disk, new Disk(format, kept, -1));
        return new OutputStream() {
            private final ByteArrayOutputStream more = new ByteArrayOutputStream();

            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                long before = kept.length + (long) more.size();
                Assertions.assertTrue(before + length <= MOST, "a test's disk has at most " + MOST + " bytes");
                long room = room(before);
                more.write(bytes, from, (int) Math.min(length, room));
                if (room < length) {
                    close();
                    throw new IOException("The sink fails as it was told to.");
                }
            }

            @Override
            public void close() {
                byte[] all = Arrays.copyOf(kept, kept.length + more.size());
                System.arraycopy(more.toByteArray(), 0, all, kept.length, more.size());
                keep(disk, new Disk(format, all, -1));
            }
        };
    }

    private synchronized long room(long before) {
        long room = Math.max(0, failAt - before);
        return failed ? Long.MAX_VALUE : room;
    }

    private synchronized void keep(int disk, Disk kept) {
        if (!failed && kept.content.length >= failAt) {
            failed = true;
        }
        disks.put(disk, kept);
    }

    @Override
    public synchronized long written(int disk) {
        return disks.containsKey(disk) ? disks.get(disk).content.length : 0;
    }

    @Override
    public synchronized void whole(int disk, long sizeBytes) {
        Assertions.assertEquals(sizeBytes, written(disk), "the size of the disk that is said to be whole");
        Disk kept = disks.get(disk);
        disks.put(disk, new Disk(kept.format(), kept.content, sizeBytes));
    }
}
