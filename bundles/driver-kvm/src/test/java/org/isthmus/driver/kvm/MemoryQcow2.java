// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.isthmus.driver.kvm.host.Volumes.Backing;

/** As much of a qcow2 file as an overlay has to which nothing was written. */
final class MemoryQcow2 {
    private static final int TABLE = 4096;
    private static final long PER_ENTRY = 512L << 20;

    private MemoryQcow2() {}

    static byte[] blank(long size, Optional<Backing> over) {
        int entries = (int) ((size + PER_ENTRY - 1) / PER_ENTRY);
        ByteBuffer file = ByteBuffer.allocate(TABLE + entries * 8);
        file.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 16).putLong(24, size);
        file.putInt(36, entries).putLong(40, TABLE).putInt(96, 4).putInt(100, 104);
        over.ifPresent(backing -> {
            byte[] format = backing.format().getBytes(StandardCharsets.US_ASCII);
            byte[] path = backing.path().getBytes(StandardCharsets.UTF_8);
            file.putInt(104, 0xe2792aca).putInt(108, format.length).put(112, format);
            file.putLong(8, 512).putInt(16, path.length).put(512, path);
        });
        return file.array();
    }

    /** The same file with a snapshot in it. */
    static byte[] withSnapshot(byte[] file, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer more = ByteBuffer.wrap(Arrays.copyOf(file, file.length + 41 + text.length));
        int entry = file.length;
        more.putLong(entry, more.getLong(40)).putInt(entry + 8, more.getInt(36));
        more.putShort(entry + 12, (short) 1).putShort(entry + 14, (short) text.length);
        more.put(entry + 40, (byte) '1').put(entry + 41, text);
        more.putInt(60, 1).putLong(64, entry);
        return more.array();
    }
}
