// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.api.image.Images.Content;
import org.isthmus.api.image.Images.CreateImage;
import org.isthmus.api.image.Images.DeleteImage;
import org.isthmus.api.image.Images.ExportFormat;
import org.isthmus.api.image.Images.ExportImage;
import org.isthmus.api.image.Images.Firmware;
import org.isthmus.api.image.Images.Format;
import org.isthmus.api.image.Images.ImageDisk;
import org.isthmus.api.image.Images.ImageState;
import org.isthmus.api.image.Images.ImageView;
import org.isthmus.core.Cloud;
import org.isthmus.core.image.disk.Conversions;
import org.isthmus.core.image.disk.Conversions.Conversion;
import org.isthmus.core.image.disk.DiskFormat;
import org.isthmus.core.image.disk.PackedOva;
import org.isthmus.core.image.disk.QemuImg;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.isthmus.tck.BytesImage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads that are no disk that can be started yet, with the real {@code qemu-img}. */
final class PackedUploadTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final Ref PACKED = new Ref("packed");

    @TempDir
    private Path directory;

    private final Conversions qemuImg = new QemuImg(QemuImg.PROGRAM, Clock.systemUTC());
    private Cloud cloud;

    @BeforeEach
    void aCloud() {
        Assumptions.assumeTrue(qemuImg.unavailable().isEmpty(), "qemu-img is not installed");
        cloud = new Cloud("packed", qemuImg);
    }

    @AfterEach
    void close() {
        if (cloud != null) {
            cloud.close();
        }
    }

    /** Whose uploads have disks of at most this many mebibytes, and contents of at most so many. */
    private void limited(int diskMiB, int imageMiB) {
        cloud.close();
        cloud = new Cloud(
                "packed",
                qemuImg,
                usual -> Cloud.settings(usual, (long) imageMiB << 20, (long) diskMiB << 20, usual.fetches()));
    }

    private void refused(byte[] content, String limit) {
        ImageView image = uploaded(content);

        assertEquals(ImageState.FAILED, image.state(), image::toString);
        assertTrue(image.reason().orElseThrow().contains(limit), image::toString);
        assertEquals(0, cloud.contents());
        cloud.submit(cloud.user, new DeleteImage(Cloud.ACME, PACKED));
    }

    @Test
    void aDiskThatIsLargerThanAnyMayBeIsRefusedHoweverSmallItsFileIs() throws IOException, InterruptedException {
        limited(3, 64);
        byte[] large = disk(6, 4 * MEBIBYTE);

        refused(ova(disk(7, MEBIBYTE), large), "largest.disk.gib");
        refused(converted(large, ImageContent.Format.RAW, ImageContent.Format.VMDK), "largest.disk.gib");
        refused(converted(large, ImageContent.Format.RAW, ImageContent.Format.QCOW2), "largest.disk.gib");

        ImageView image = uploaded(ova(disk(8, 3 * MEBIBYTE), disk(9, 3 * MEBIBYTE)));
        assertEquals(ImageState.READY, image.state(), image::toString);
    }

    @Test
    void whatUnpacksToMoreThanAnImageMayHaveIsGivenUp() throws IOException, InterruptedException {
        limited(64, 2);
        byte[] full = new byte[4 * MEBIBYTE];
        Arrays.fill(full, (byte) 'x');
        byte[] packed = converted(full, ImageContent.Format.RAW, ImageContent.Format.VMDK);
        assertTrue(packed.length < MEBIBYTE, () -> packed.length + " bytes");

        refused(packed, "largest.image.gib");
    }

    private static byte[] disk(int seed, int length) {
        byte[] disk = new byte[length];
        byte[] begin = new byte[100_000];
        new Random(seed).nextBytes(begin);
        System.arraycopy(begin, 0, disk, 0, begin.length);
        return disk;
    }

    private byte[] converted(byte[] content, ImageContent.Format from, ImageContent.Format to)
            throws IOException, InterruptedException {
        Path source = Files.write(directory.resolve("source"), content);
        Path target = directory.resolve("target");
        qemuImg.convert(new Conversion(source, from, target, to, Long.MAX_VALUE, Duration.ofMinutes(1)), percent -> {});
        return Files.readAllBytes(target);
    }

    private byte[] ova(byte[]... disks) throws IOException, InterruptedException {
        Shape shape = new Shape(
                2,
                2048,
                Shape.Firmware.EFI,
                Optional.of("Debian"),
                Stream.of(disks)
                        .map(disk -> new ShapeDisk("disk" + Arrays.asList(disks).indexOf(disk), disk.length))
                        .toList(),
                List.of(new ShapeNic(Optional.of(new MacAddress("00:50:56:00:00:07")), "front")));
        List<ImageContent> contents = new ArrayList<>();
        for (byte[] disk : disks) {
            BytesImage bytes = new BytesImage(converted(disk, ImageContent.Format.RAW, ImageContent.Format.VMDK));
            contents.add(BytesImage.lying(bytes, ImageContent.Format.VMDK, bytes.sha256()));
        }
        return new PackedOva(new Name("web"), shape, contents).open(0).readAllBytes();
    }

    private ImageView uploaded(byte[] content) {
        return uploaded("packed", content);
    }

    private ImageView uploaded(String name, byte[] content) {
        cloud.submit(
                cloud.user, new CreateImage(Cloud.ACME, new Name(name), Optional.empty(), Optional.empty(), Map.of()));
        cloud.upload(name, content);
        cloud.house.work();
        return cloud.domain.images().get(cloud.user, Cloud.ACME, new Ref(name));
    }

    private Path file(ImageView image, int place) {
        return cloud.directory.resolve("images").resolve(image.id().value() + "." + place + ".QCOW2");
    }

    private byte[] content(ImageView image, int place) throws IOException {
        return Files.readAllBytes(file(image, place));
    }

    @Test
    void anOvaBecomesAnImageOfItsDisksWithItsHardware() throws IOException, InterruptedException {
        byte[] first = disk(1, 2 * MEBIBYTE);
        byte[] second = disk(2, MEBIBYTE);

        ImageView image = uploaded(ova(first, second));

        assertEquals(ImageState.READY, image.state(), image::toString);
        assertEquals(
                List.of(2L * MEBIBYTE, (long) MEBIBYTE),
                image.disks().stream().map(ImageDisk::virtualSizeBytes).toList());
        assertEquals(Optional.of(Format.QCOW2), image.format());
        assertEquals(Firmware.EFI, image.shape().orElseThrow().firmware());
        assertEquals(Optional.of(2), image.shape().orElseThrow().cpus());
        assertEquals(
                Optional.of(new MacAddress("00:50:56:00:00:07")),
                image.shape().orElseThrow().nics().get(0).mac());
        assertTrue(
                Arrays.equals(first, converted(content(image, 0), ImageContent.Format.QCOW2, ImageContent.Format.RAW)));
        assertTrue(Arrays.equals(
                second, converted(content(image, 1), ImageContent.Format.QCOW2, ImageContent.Format.RAW)));
        assertEquals(2, cloud.contents());
    }

    /** Out as it came in: the machine, and every byte that its guest sees. */
    @Test
    void anImageIsTakenAwayAsAnOvaThatBecomesTheSameImageAgain() throws IOException, InterruptedException {
        byte[] first = disk(1, 2 * MEBIBYTE);
        byte[] second = disk(2, MEBIBYTE);
        ImageView image = uploaded(ova(first, second));
        ProblemException early = assertThrows(
                ProblemException.class,
                () -> cloud.domain.images().export(cloud.user, Cloud.ACME, PACKED, ExportFormat.OVA));
        assertEquals(ImageProblem.NOT_EXPORTED, early.type());

        cloud.done(cloud.user, new ExportImage(Cloud.ACME, PACKED, ExportFormat.OVA));
        Content taken = cloud.domain.images().export(cloud.user, Cloud.ACME, PACKED, ExportFormat.OVA);
        byte[] bytes = taken.open(0).readAllBytes();
        ImageView again = uploaded("again", bytes);

        assertEquals(taken.sizeBytes(), bytes.length);
        assertEquals(ImageState.READY, again.state(), again::toString);
        assertEquals(image.shape(), again.shape());
        assertEquals(
                image.disks().stream().map(ImageDisk::virtualSizeBytes).toList(),
                again.disks().stream().map(ImageDisk::virtualSizeBytes).toList());
        assertSameDisk(image, again, 0);
        assertSameDisk(image, again, 1);
        assertTrue(
                Arrays.equals(first, converted(content(again, 0), ImageContent.Format.QCOW2, ImageContent.Format.RAW)));
    }

    private void assertSameDisk(ImageView one, ImageView other, int place) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        QemuImg.PROGRAM.toString(),
                        "compare",
                        "-s",
                        "-f",
                        "qcow2",
                        "-F",
                        "qcow2",
                        file(one, place).toString(),
                        file(other, place).toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }

    @Test
    void aVmdkBecomesAnImage() throws IOException, InterruptedException {
        byte[] disk = disk(3, MEBIBYTE);

        ImageView image = uploaded(converted(disk, ImageContent.Format.RAW, ImageContent.Format.VMDK));

        assertEquals(ImageState.READY, image.state(), image::toString);
        assertTrue(
                Arrays.equals(disk, converted(content(image, 0), ImageContent.Format.QCOW2, ImageContent.Format.RAW)));
        assertEquals(1, cloud.contents());
    }

    @Test
    void aDamagedOvaFailsWithTheReasonAndLeavesNothing() throws IOException, InterruptedException {
        byte[] ova = ova(disk(4, MEBIBYTE));
        ova[ova.length / 2] ^= 1;

        ImageView image = uploaded(ova);

        assertEquals(ImageState.FAILED, image.state());
        assertTrue(image.reason().orElseThrow().contains("checksum"), image::toString);
        assertEquals(0, cloud.contents());
    }

    /** The same bytes would break it again, every two seconds for a day. */
    @Test
    void anUploadThatBreaksTheUnpackingFailsAtOnce() throws IOException, InterruptedException {
        cloud.close();
        cloud = new Cloud("packed", new Conversions() {
            @Override
            public Optional<String> unavailable() {
                return Optional.empty();
            }

            @Override
            public DiskFormat convert(Conversion conversion, IntConsumer report) {
                throw new IllegalStateException("A defect");
            }

            @Override
            public void clear(Path target) {}
        });

        ImageView image = uploaded(converted(disk(5, MEBIBYTE), ImageContent.Format.RAW, ImageContent.Format.VMDK));

        assertEquals(ImageState.FAILED, image.state(), image::toString);
        assertTrue(image.reason().orElseThrow().contains("A defect"), image::toString);
        assertEquals(0, cloud.contents());
    }
}
