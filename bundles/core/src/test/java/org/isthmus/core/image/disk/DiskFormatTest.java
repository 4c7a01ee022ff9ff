// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.spi.compute.ImageContent.Format;
import org.junit.jupiter.api.Test;

final class DiskFormatTest {
    private static final long LENGTH = 1 << 20;

    /** The header of a good qcow2 file of version 3 that describes 5 GiB, to be spoilt. */
    private static byte[] qcow2(Consumer<ByteBuffer> spoil) {
        ByteBuffer head = ByteBuffer.allocate(DiskFormat.HEAD);
        head.putInt(0, 0x514649fb);
        head.putInt(4, 3);
        head.putInt(20, 16);
        head.putLong(24, 5L << 30);
        head.putLong(40, 0x30000);
        head.putInt(100, 104);
        spoil.accept(head);
        return head.array();
    }

    private static String refusal(Consumer<ByteBuffer> spoil) {
        byte[] head = qcow2(spoil);
        ProblemException problem = assertThrows(ProblemException.class, () -> DiskFormat.of(head, LENGTH));
        assertEquals(ImageProblem.FORMAT, problem.type());
        return problem.getMessage();
    }

    @Test
    void aGoodQcow2SaysItsSize() {
        assertEquals(new DiskFormat(Format.QCOW2, 5L << 30), DiskFormat.of(qcow2(head -> {}), LENGTH));
        assertEquals(new DiskFormat(Format.QCOW2, 5L << 30), DiskFormat.of(qcow2(head -> head.putInt(4, 2)), LENGTH));
    }

    @Test
    void whatWouldReadOtherFilesIsRefused() {
        assertTrue(refusal(head -> head.putLong(8, 512)).contains("backing file"));
        assertTrue(refusal(head -> head.putLong(72, 4)).contains("external file"));
        assertTrue(refusal(head -> head.putInt(104, 0x44415441).putInt(108, 8)).contains("external data file"));
    }

    @Test
    void whatCannotBeStartedIsRefused() {
        assertTrue(refusal(head -> head.putInt(4, 7)).contains("version is 7"));
        assertTrue(refusal(head -> head.putInt(32, 2)).contains("encrypted"));
        assertTrue(refusal(head -> head.putLong(72, 2)).contains("corrupt"));
        assertTrue(refusal(head -> head.putLong(72, 1 << 9)).contains("not known"));
        assertTrue(refusal(head -> head.putLong(24, 0)).contains("empty disk"));
        assertTrue(refusal(head -> head.putLong(24, Long.MAX_VALUE)).contains("64 TiB"));
        assertTrue(refusal(head -> head.putLong(40, LENGTH)).contains("outside"));
        assertTrue(refusal(head -> head.putInt(20, 60)).contains("cluster size"));
        assertTrue(refusal(head -> head.putInt(100, 3)).contains("length"));
    }

    @Test
    void aHeaderExtensionOfAnyLengthEndsTheLookingNotTheProgram() {
        assertTrue(refusal(head -> head.putInt(104, 0x12345678).putInt(108, -1)).contains("too long"));
        assertEquals(
                Format.QCOW2,
                DiskFormat.of(qcow2(head -> head.putInt(104, 0x12345678).putInt(108, 4000)), LENGTH)
                        .format());
    }

    @Test
    void aCutOffHeaderIsRefused() {
        byte[] head = java.util.Arrays.copyOf(qcow2(any -> {}), 60);

        assertThrows(ProblemException.class, () -> DiskFormat.of(head, 60));
    }

    @Test
    void anythingElseIsRawInWholeSectors() {
        assertEquals(new DiskFormat(Format.RAW, 1024), DiskFormat.of(new byte[600], 600));
        assertThrows(ProblemException.class, () -> DiskFormat.of(new byte[10], 10));
    }

    @Test
    void otherFormatsAreNotTakenForRaw() {
        byte[] head = new byte[DiskFormat.HEAD];
        byte[] vmdk = HexFormat.of().parseHex("4b444d56");
        System.arraycopy(vmdk, 0, head, 0, vmdk.length);

        ProblemException problem = assertThrows(ProblemException.class, () -> DiskFormat.of(head, LENGTH));

        assertTrue(problem.getMessage().contains("VMDK"));
    }
}
