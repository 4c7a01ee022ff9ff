// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.spi.compute.ImageContent.Format;
import org.junit.jupiter.api.Test;

final class VmdkTest {
    private static void refused(VmdkFile file, String because) {
        ProblemException problem = assertThrows(ProblemException.class, file::judged);
        assertEquals(ImageProblem.FORMAT, problem.type());
        assertTrue(problem.getMessage().contains(because), problem.getMessage());
    }

    @Test
    void aGoodOneSaysItsSize() throws IOException {
        assertEquals(new DiskFormat(Format.VMDK, VmdkFile.VIRTUAL), new VmdkFile().judged());
        assertEquals(
                new DiskFormat(Format.VMDK, VmdkFile.VIRTUAL),
                new VmdkFile()
                        .saying("streamOptimized", "monolithicSparse")
                        .head(head -> head.putLong(56, 21))
                        .judged());
    }

    @Test
    void extentsInOtherFilesAreRefused() {
        String own = "SPARSE \"disk1.vmdk\"";
        refused(new VmdkFile().saying(own, "SPARSE \"/etc/shadow\""), "another file");
        refused(new VmdkFile().saying(own, "SPARSE \"..\\\\x.vmdk\""), "another file");
        refused(new VmdkFile().saying(own, "FLAT \"shadow\" 0"), "another file");
        refused(new VmdkFile().saying(own, "VMFS \"disk1-flat.vmdk\""), "another file");
        refused(new VmdkFile().saying(own, own + "\nRW 63 FLAT \"b.vmdk\" 0"), "another file");
        refused(new VmdkFile().saying(own, own + "\nRW 63 SPARSE \"b.vmdk\""), "2 files");
        refused(new VmdkFile().saying("RW 10485760 " + own, ""), "0 files");
    }

    @Test
    void parentsAreRefusedWhereverTheyStand() {
        refused(new VmdkFile().saying("ffffffff", "9a3f0f1b"), "parent");
        refused(new VmdkFile().saying("# Extent", "parentFileNameHint=\"/etc/shadow\"\n# Extent"), "parent");
        refused(new VmdkFile().saying("# Extent", "\0parentFileNameHint=\"/etc/shadow\"\n# Extent"), "parent");

        byte[] twice = new VmdkFile().bytes();
        byte[] good = Arrays.copyOfRange(twice, 512, 21 * 512);
        System.arraycopy(good, 0, twice, 40 * 512, good.length);
        twice[28] = 40;
        twice[twice.length - 1024 + 28] = 40;
        byte[] hint = "parentFileNameHint=\"/etc/shadow\"".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        System.arraycopy(hint, 0, twice, 600, hint.length);
        ProblemException problem = assertThrows(ProblemException.class, () -> VmdkFile.judged(twice));
        assertTrue(problem.getMessage().contains("parent"), "where QEMU looks, beside the descriptor that counts");
    }

    @Test
    void aDescriptorThatIsNotInItIsRefused() {
        refused(new VmdkFile().head(head -> head.putLong(28, 0).putLong(56, 21)), "no descriptor");
        refused(new VmdkFile().head(head -> head.putLong(28, 0)), "footer");
        refused(new VmdkFile().head(head -> head.putLong(28, Long.MAX_VALUE).putLong(56, 21)), "no descriptor");
        refused(new VmdkFile().head(head -> head.putLong(36, -1).putLong(56, 21)), "no descriptor");
        refused(new VmdkFile().saying("streamOptimized", "twoGbMaxExtentSparse"), "twoGbMaxExtentSparse");
    }

    @Test
    void theHeaderThatCountsIsTheOneThatWasChecked() {
        refused(new VmdkFile().footer(foot -> foot.putLong(12, 0)), "another disk");
        refused(new VmdkFile().footer(foot -> foot.putLong(12, 1L << 50)), "another disk");
        refused(new VmdkFile().footer(foot -> foot.putInt(0, 0)), "cut off");
        assertThrows(ProblemException.class, () -> VmdkFile.judged(Arrays.copyOf(new VmdkFile().bytes(), 100_000)));
        assertThrows(ProblemException.class, () -> VmdkFile.judged(Arrays.copyOf(new VmdkFile().bytes(), 40)));
    }

    @Test
    void sizesAreNotBelieved() {
        refused(new VmdkFile().head(head -> head.putLong(12, 0)), "empty");
        refused(new VmdkFile().head(head -> head.putLong(12, -1)), "empty");
        refused(new VmdkFile().head(head -> head.putLong(12, 1L << 50)), "64 TiB");
        refused(new VmdkFile().head(head -> head.putInt(4, 9)), "version");
    }

    @Test
    void aDescriptorAloneIsNoDisk() {
        byte[] text = Arrays.copyOf(VmdkFile.DESCRIPTOR.getBytes(java.nio.charset.StandardCharsets.US_ASCII), 4096);

        ProblemException problem = assertThrows(ProblemException.class, () -> VmdkFile.judged(text));

        assertTrue(problem.getMessage().contains("VMDK"), problem.getMessage());
    }
}
