// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** The first and last bytes of a streamOptimized VMDK of 5 GiB as VMware writes it, to be spoilt. */
final class VmdkFile {
    static final long VIRTUAL = 5L << 30;
    static final String DESCRIPTOR =
            """
            # Disk DescriptorFile
            version=1
            CID=9a3f0f1c
            parentCID=ffffffff
            createType="streamOptimized"

            # Extent description
            RW 10485760 SPARSE "disk1.vmdk"

            # The Disk Data Base
            #DDB
            ddb.adapterType = "lsilogic"
            ddb.virtualHWVersion = "13"
            """;

    private static final int LENGTH = 128 << 10;
    private final ByteBuffer bytes = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private String descriptor = DESCRIPTOR;
    private int footer = LENGTH - 1024;

    VmdkFile() {
        header(0, -1);
        header(footer, 9);
        bytes.putInt(footer - 512 + 12, 3);
    }

    private void header(int at, long directory) {
        bytes.putInt(at, 0x564d444b);
        bytes.putInt(at + 4, 3);
        bytes.putInt(at + 8, 0x30001);
        bytes.putLong(at + 12, VIRTUAL / 512);
        bytes.putLong(at + 20, 128);
        bytes.putLong(at + 28, 1);
        bytes.putLong(at + 36, 20);
        bytes.putInt(at + 44, 512);
        bytes.putLong(at + 56, directory);
    }

    /** Spoils the first header. */
    VmdkFile head(Consumer<ByteBuffer> spoil) {
        spoil.accept(bytes);
        return this;
    }

    /** Spoils the header that stands at the end. */
    VmdkFile footer(Consumer<ByteBuffer> spoil) {
        spoil.accept(bytes.slice(footer, 512).order(ByteOrder.LITTLE_ENDIAN));
        return this;
    }

    /** Says something else in its descriptor. */
    VmdkFile saying(String text, String instead) {
        descriptor = descriptor.replace(text, instead);
        return this;
    }

    byte[] bytes() {
        byte[] text = descriptor.getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = bytes.array().clone();
        System.arraycopy(text, 0, all, 512, text.length);
        return all;
    }

    DiskFormat judged() throws IOException {
        return judged(bytes());
    }

    static DiskFormat judged(byte[] all) throws IOException {
        return DiskFormat.of(
                all.length, offset -> new ByteArrayInputStream(Arrays.copyOfRange(all, (int) offset, all.length)));
    }
}
