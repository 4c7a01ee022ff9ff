// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.core.CopyingConversions;
import org.isthmus.core.image.Contents.Item;
import org.isthmus.core.image.disk.PackedOva;
import org.isthmus.model.Ids.ImageId;
import org.isthmus.model.Name;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.tck.BytesImage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of images on a filesystem of its own, of three mebibytes. */
final class FullFolderTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final ImageId IMAGE = new ImageId("img_" + new UUID(0x7000L, 0x8000000000000001L));

    @TempDir
    Path folder;

    private final List<Long> safe = new ArrayList<>();
    private DirectoryContents contents;

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }

    @BeforeEach
    void aSmallDisk() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "A filesystem of one's own needs root");
        run("mount", "-t", "tmpfs", "-o", "size=3m", "isthmus-full-folder-test", folder.toString());
        contents = new DirectoryContents(folder);
    }

    @AfterEach
    void noDisk() throws Exception {
        if (contents != null) {
            run("umount", "--lazy", folder.toString());
        }
    }

    private long write(long offset, int length) throws IOException {
        return contents.write(
                Item.uploaded(IMAGE), offset, length, new ByteArrayInputStream(new byte[length]), safe::add);
    }

    @Test
    void whatFindsNoSpaceIsRefusedAndLeavesWhatWasSafe() throws IOException {
        assertEquals(MEBIBYTE, write(0, MEBIBYTE));

        ProblemException refused = assertThrows(ProblemException.class, () -> write(MEBIBYTE, 4 * MEBIBYTE));

        assertEquals(ImageProblem.NO_SPACE, refused.type());
        assertEquals(safe.get(safe.size() - 1), contents.size(Item.uploaded(IMAGE)));
        assertTrue(contents.size(Item.uploaded(IMAGE)) >= MEBIBYTE);
        assertTrue(contents.free() < MEBIBYTE);
    }

    @Test
    void whatFindsNoSpaceAtAllLeavesNoFile() throws IOException {
        Files.write(folder.resolve("something-else"), new byte[5 * MEBIBYTE / 2]);

        ProblemException refused = assertThrows(ProblemException.class, () -> write(0, 4 * MEBIBYTE));

        assertEquals(ImageProblem.NO_SPACE, refused.type());
        assertEquals(List.of(), contents.all());
        assertEquals(MEBIBYTE / 2, contents.free());
    }

    @Test
    void aPackageThatDoesNotFitUnpackedIsRefusedBeforeAnyOfItIsTaken() throws IOException {
        BytesImage disk = new BytesImage(new byte[MEBIBYTE]);
        PackedOva ova = new PackedOva(
                new Name("web"),
                new Shape(
                        1,
                        64,
                        Shape.Firmware.BIOS,
                        Optional.empty(),
                        List.of(new ShapeDisk("disk", MEBIBYTE)),
                        List.of()),
                List.of(BytesImage.lying(disk, ImageContent.Format.VMDK, disk.sha256())));
        contents.write(Item.uploaded(IMAGE), 0, ova.sizeBytes(), ova.open(0), safe::add);
        Files.write(folder.resolve("something-else"), new byte[MEBIBYTE]);
        Unpacking unpacking = new Unpacking(contents, new CopyingConversions(), Long.MAX_VALUE, 1L << 40);

        ProblemException refused = assertThrows(ProblemException.class, () -> unpacking.unpack(IMAGE, percent -> {}));

        assertEquals(ImageProblem.NO_SPACE, refused.type());
        assertTrue(contents.free() > 0, "nothing of it was written");
    }
}
