// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.isthmus.api.ProblemException;
import org.isthmus.api.image.ImageProblem;
import org.isthmus.core.image.disk.Ova.Limits;
import org.isthmus.core.image.disk.Ovf.OvfFile;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.Firmware;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.isthmus.tck.BytesImage;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OvaTest {
    private static final Limits ENOUGH = new Limits(1L << 30, 1L << 40);
    private static final Shape SHAPE = new Shape(
            2,
            2048,
            Firmware.EFI,
            Optional.of("Debian"),
            List.of(new ShapeDisk("disk0", 8L << 30), new ShapeDisk("disk1", 1L << 30)),
            List.of(new ShapeNic(Optional.of(new MacAddress("02:00:00:00:00:07")), "front")));

    @TempDir
    private Path directory;

    private final List<byte[]> disks = List.of(bytes(1, 100_003), bytes(2, 512));

    private static byte[] bytes(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static ImageContent vmdk(byte[] bytes) {
        BytesImage raw = new BytesImage(bytes);
        return BytesImage.lying(raw, Format.VMDK, raw.sha256());
    }

    private PackedOva packed() {
        return new PackedOva(
                new Name("web"), SHAPE, disks.stream().map(OvaTest::vmdk).toList());
    }

    private byte[] written() throws IOException {
        return packed().open(0).readAllBytes();
    }

    /** An archive to be made by hand. */
    private static final class Archive {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Archive add(String name, byte[] content) {
            return add(name, '0', String.format(Locale.ROOT, "%011o", content.length), content);
        }

        Archive add(String name, String text) {
            return add(name, text.getBytes(StandardCharsets.UTF_8));
        }

        Archive add(String name, char type, String size, byte[] content) {
            byte[] header = new byte[512];
            put(header, 0, name);
            put(header, 124, size);
            put(header, 148, "        ");
            header[156] = (byte) type;
            put(header, 257, "ustar\00000");
            int sum = 0;
            for (byte one : header) {
                sum += one & 0xff;
            }
            put(header, 148, String.format(Locale.ROOT, "%06o", sum));
            header[154] = 0;
            out.writeBytes(header);
            out.writeBytes(content);
            out.writeBytes(new byte[(512 - content.length % 512) % 512]);
            return this;
        }

        private static void put(byte[] header, int at, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            System.arraycopy(bytes, 0, header, at, bytes.length);
        }

        byte[] end() {
            out.writeBytes(new byte[1024]);
            return out.toByteArray();
        }
    }

    private final Map<Integer, ByteArrayOutputStream> read = new TreeMap<>();

    private Ovf read(byte[] ova, Limits limits) throws IOException {
        return Ova.read(new ByteArrayInputStream(ova), limits, (machine, place, size) -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            read.put(place, out);
            return out;
        });
    }

    private void refused(byte[] ova, String because) {
        refused(ova, ENOUGH, because);
    }

    private void refused(byte[] ova, Limits limits, String because) {
        ProblemException problem = assertThrows(ProblemException.class, () -> read(ova, limits));
        assertEquals(ImageProblem.FORMAT, problem.type());
        assertTrue(problem.getMessage().contains(because), problem.getMessage());
    }

    private String descriptor() {
        return new String(
                Ovf.write(
                        "web",
                        SHAPE,
                        List.of(
                                new OvfFile("a.vmdk", OptionalLong.of(disks.get(0).length)),
                                new OvfFile("b.vmdk", OptionalLong.of(disks.get(1).length)))),
                StandardCharsets.UTF_8);
    }

    private static String line(String algorithm, String name, byte[] content) throws Exception {
        return algorithm + "(" + name + ")= "
                + HexFormat.of()
                        .formatHex(java.security.MessageDigest.getInstance(algorithm.replace("SHA", "SHA-"))
                                .digest(content))
                + "\n";
    }

    @Test
    void whatIsWrittenIsReadBackWithEveryFactAndByte() throws IOException {
        Ovf machine = read(written(), ENOUGH);

        assertEquals(SHAPE, machine.shape());
        assertEquals("web", machine.name());
        for (int place = 0; place < disks.size(); place++) {
            assertArrayEquals(disks.get(place), read.get(place).toByteArray());
        }
    }

    @Test
    void theManifestMayComeLastAndBeOfAnOlderKind() throws Exception {
        byte[] ovf = descriptor().getBytes(StandardCharsets.UTF_8);
        for (String algorithm : List.of("SHA1", "SHA256", "SHA512")) {
            String manifest = line(algorithm, "x.ovf", ovf)
                    + line(algorithm, "a.vmdk", disks.get(0))
                    + line(algorithm, "b.vmdk", disks.get(1));
            byte[] last = new Archive()
                    .add("x.ovf", ovf)
                    .add("b.vmdk", disks.get(1))
                    .add("a.vmdk", disks.get(0))
                    .add("x.mf", manifest)
                    .end();
            byte[] wrong = new Archive()
                    .add("x.ovf", ovf)
                    .add("a.vmdk", bytes(9, disks.get(0).length))
                    .add("b.vmdk", disks.get(1))
                    .add("x.mf", manifest)
                    .end();

            assertEquals(SHAPE, read(last, ENOUGH).shape());
            refused(wrong, "another checksum");
        }
    }

    @Test
    void aChangedByteIsFound() throws IOException {
        byte[] ova = written();
        int inTheLastDisk = ova.length - 1024 - 100;
        ova[inTheLastDisk] ^= 1;

        refused(ova, "another checksum");
    }

    @Test
    void aManifestSpeaksOfEveryFileOnceAndInAWayThatIsUnderstood() throws Exception {
        byte[] ovf = descriptor().getBytes(StandardCharsets.UTF_8);
        String first = line("SHA256", "x.ovf", ovf);
        Map<String, String> manifests = new LinkedHashMap<>();
        manifests.put(first, "does not speak of");
        manifests.put(first + first, "file twice");
        manifests.put("MD5(x.ovf)= 00\n", "not understood");
        manifests.forEach((manifest, because) -> refused(
                new Archive()
                        .add("x.ovf", ovf)
                        .add("x.mf", manifest)
                        .add("a.vmdk", disks.get(0))
                        .add("b.vmdk", disks.get(1))
                        .end(),
                because));
    }

    @Test
    void aDiskThatIsMissingOrThereTwiceIsRefused() {
        refused(
                new Archive()
                        .add("x.ovf", descriptor())
                        .add("a.vmdk", disks.get(0))
                        .end(),
                "b.vmdk is missing");
        refused(
                new Archive()
                        .add("x.ovf", descriptor())
                        .add("a.vmdk", disks.get(0))
                        .add("a.vmdk", disks.get(0))
                        .end(),
                "twice");
        refused(
                new Archive()
                        .add("x.ovf", descriptor())
                        .add("c.vmdk", disks.get(0))
                        .end(),
                "nothing speaks of it");
        refused(
                new Archive()
                        .add("x.ovf", descriptor())
                        .add("a.vmdk", disks.get(1))
                        .end(),
                "another size");
    }

    /** Each file that is taken costs memory: as many as somebody likes are not. */
    @Test
    void oneCertificateIsTakenAndNoMore() throws IOException {
        Archive signed = new Archive()
                .add("x.ovf", descriptor())
                .add("x.cert", "who signed it")
                .add("a.vmdk", disks.get(0))
                .add("b.vmdk", disks.get(1));

        assertEquals(2, read(signed.end(), ENOUGH).disks().size());
        refused(
                new Archive()
                        .add("x.ovf", descriptor())
                        .add("x.cert", "who signed it")
                        .add("y.cert", "who else")
                        .end(),
                "nothing speaks of it");
    }

    @Test
    void namesThatLeadElsewhereAreRefused() {
        for (String name : List.of("../x.ovf", "/x.ovf", "a/x.ovf", "./x.ovf", "a\\x.ovf", "")) {
            refused(new Archive().add(name, descriptor()).end(), "plain name");
        }
        for (String name : List.of("../a.vmdk", "/etc/passwd", "sub/a.vmdk")) {
            refused(
                    new Archive()
                            .add("x.ovf", descriptor())
                            .add(name, disks.get(0))
                            .end(),
                    "plain name");
            byte[] pax = (name.length() + 9 + " path=" + name + "\n").getBytes(StandardCharsets.UTF_8);
            String right = pax.length + " path=" + name + "\n";
            refused(
                    new Archive()
                            .add("x.ovf", descriptor())
                            .add(
                                    "x",
                                    'x',
                                    String.format(Locale.ROOT, "%011o", right.length()),
                                    right.getBytes(StandardCharsets.UTF_8))
                            .add("a.vmdk", disks.get(0))
                            .end(),
                    "plain name");
            refused(
                    new Archive()
                            .add("x.ovf", descriptor())
                            .add(
                                    "././@LongLink",
                                    'L',
                                    String.format(Locale.ROOT, "%011o", name.length() + 1),
                                    (name + "\0").getBytes(StandardCharsets.UTF_8))
                            .add("a.vmdk", disks.get(0))
                            .end(),
                    "plain name");
        }
    }

    @Test
    void whatIsNoPlainFileIsRefused() {
        for (char type : new char[] {'1', '2', '3', '4', '5', '6', '7', 'S', 'M', 'V'}) {
            refused(
                    new Archive()
                            .add("x.ovf", descriptor())
                            .add("a.vmdk", type, "00000000000", new byte[0])
                            .end(),
                    "plain files");
        }
        String sparse = "22 GNU.sparse.major=1\n";
        refused(
                new Archive()
                        .add("x.ovf", descriptor())
                        .add(
                                "p",
                                'x',
                                String.format(Locale.ROOT, "%011o", sparse.length()),
                                sparse.getBytes(StandardCharsets.UTF_8))
                        .end(),
                "holes");
    }

    @Test
    void sizesAreCheckedBeforeTheyAreBelieved() {
        String ovf = descriptor();
        String unsaid = ovf.replaceAll("ovf:size=\"\\d+\"", "");
        byte[] huge = new Archive()
                .add("x.ovf", unsaid)
                .add("a.vmdk", '0', "77777777777", new byte[512])
                .end();
        refused(huge, "more than");
        String most = "\u0080\0\0\0\u007f\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff";
        byte[] larger = new Archive()
                .add("x.ovf", unsaid)
                .add("a.vmdk", '0', most, new byte[512])
                .end();
        refused(larger, "more than");
        byte[] impossible = new Archive()
                .add("x.ovf", unsaid)
                .add("a.vmdk", '0', "\u00ff".repeat(12), new byte[512])
                .end();
        refused(impossible, "impossible size");
        refused(new Archive().add("x.ovf", '0', "77777777777", new byte[512]).end(), "too large");
        refused(
                new Archive()
                        .add("x.ovf", ovf)
                        .add("a.vmdk", disks.get(0))
                        .add("b.vmdk", disks.get(1))
                        .end(),
                new Limits(1L << 30, 8L << 30),
                "more than is allowed");
        refused(
                new Archive()
                        .add("x.ovf", ovf)
                        .add("p", 'x', "00000077777", new byte[0x7fff])
                        .end(),
                "too much");
        Archive endless = new Archive().add("x.ovf", ovf);
        for (int i = 0; i < 20; i++) {
            endless.add("p", 'g', "00000000000", new byte[0]);
        }
        refused(endless.end(), "too much");
    }

    @Test
    void anArchiveThatIsCutOffOrNoneIsRefused() throws IOException {
        byte[] ova = written();
        for (int length : new int[] {0, 100, 511, 512, 2000, ova.length / 2, ova.length - 1024 - 700}) {
            ProblemException problem =
                    assertThrows(ProblemException.class, () -> read(Arrays.copyOf(ova, length), ENOUGH));
            assertEquals(ImageProblem.FORMAT, problem.type());
        }
        refused(bytes(5, 4096), "no tar archive");
        refused(new Archive().add("a.vmdk", disks.get(0)).end(), "begin with its descriptor");
        refused(new Archive().end(), "empty");
    }

    @Test
    void manyRandomChangesNeverDoMoreThanRefuse() throws IOException {
        byte[] ova = written();
        Random random = new Random(11);
        for (int i = 0; i < 1000; i++) {
            byte[] spoilt = ova.clone();
            for (int k = 0; k < 1 + random.nextInt(4); k++) {
                spoilt[random.nextInt(12_000)] = (byte) random.nextInt(256);
            }
            try {
                read(spoilt, ENOUGH);
            } catch (ProblemException e) {
                assertEquals(ImageProblem.FORMAT, e.type());
            }
        }
    }

    @Test
    void contentThatIsNotWhatItWasIsNotPacked() {
        BytesImage disk = new BytesImage(disks.get(0));
        List<ImageContent> lying = new ArrayList<>();
        lying.add(BytesImage.lying(disk, Format.VMDK, Sha256.of(new byte[1])));
        lying.add(vmdk(disks.get(1)));

        PackedOva ova = new PackedOva(new Name("web"), SHAPE, lying);
        assertThrows(IOException.class, () -> ova.open(0).transferTo(OutputStream.nullOutputStream()));
    }

    @Test
    void aPackageIsReadFromAnyPlaceOnAndEndsWhereItSays() throws IOException {
        PackedOva ova = packed();
        byte[] all = written();

        assertEquals(all.length, ova.sizeBytes());
        assertEquals(0, all.length % 512);
        for (int from = 0; from <= all.length; from += 97) {
            try (InputStream rest = ova.open(from)) {
                assertArrayEquals(Arrays.copyOfRange(all, from, all.length), rest.readAllBytes());
            }
        }
        assertEquals(-1, ova.open(all.length).read());
        assertEquals(all[700], (byte) ova.open(700).read());
    }

    @Test
    void theMarkChangesWithTheMachineAndWithTheDisks() {
        Shape other = new Shape(3, 2048, Firmware.EFI, SHAPE.os(), SHAPE.disks(), SHAPE.nics());
        List<ImageContent> same = disks.stream().map(OvaTest::vmdk).toList();
        List<ImageContent> swapped = List.of(same.get(1), same.get(0));

        assertEquals(packed().mark(), new PackedOva(new Name("web"), SHAPE, same).mark());
        assertNotEquals(packed().mark(), new PackedOva(new Name("web"), other, same).mark());
        assertNotEquals(packed().mark(), new PackedOva(new Name("web"), SHAPE, swapped).mark());
    }

    /** What other tools read it with: GNU tar finds the files whole, in the order that DSP0243 asks for. */
    @Test
    void tarSeesTheDescriptorTheManifestAndTheDisksInThisOrder() throws Exception {
        Path tar = Path.of("/usr/bin/tar");
        Assumptions.assumeTrue(Files.isExecutable(tar), "tar is not installed");
        Path file = Files.write(directory.resolve("web.ova"), written());

        Process process = new ProcessBuilder(tar.toString(), "-tf", file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(0, process.waitFor(), said);
        assertEquals(
                List.of("web.ovf", "web.mf", "web-disk0.vmdk", "web-disk1.vmdk"),
                said.lines().toList());
    }
}
