// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is flattened here is what QEMU's own tools see, where they are installed. */
final class FlatQcow2Test {
    private static final String MIB = "1048576";

    @TempDir
    private Path folder;

    @BeforeEach
    void toolsAreThere() {
        Assumptions.assumeTrue(
                Stream.of("qemu-img", "qemu-io").allMatch(tool -> Files.isExecutable(Path.of("/usr/bin", tool))),
                "qemu-utils is not installed");
    }

    private String run(String... words) throws Exception {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", words) + ": " + said);
        return said;
    }

    private Path path(String name) {
        return folder.resolve(name);
    }

    private void image(String... words) throws Exception {
        run(Stream.concat(Stream.of("qemu-img"), Stream.of(words)).toArray(String[]::new));
    }

    /** Writes a pattern into a disk, as its guest would. */
    private void write(String disk, int pattern, String offset, String length) throws Exception {
        run(
                "qemu-io",
                "-f",
                "qcow2",
                "-c",
                "write -P " + pattern + " " + offset + " " + length,
                path(disk).toString());
    }

    private static Chain.File file(String path) {
        return Chain.File.of(
                (offset, length) -> {
                    try (RandomAccessFile file = new RandomAccessFile(path, "r")) {
                        file.seek(Math.min(offset, file.length()));
                        byte[] bytes = new byte[length];
                        int got = 0;
                        for (int more = 0; more >= 0 && got < length; more = file.read(bytes, got, length - got)) {
                            got += more;
                        }
                        return Arrays.copyOf(bytes, got);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Path.of(path).toFile().length());
    }

    private FlatQcow2 flat(String disk, Optional<String> snapshot) {
        return new FlatQcow2(Chain.open(path(disk).toString(), "qcow2", snapshot, FlatQcow2Test::file));
    }

    private static byte[] all(FlatQcow2 flat, long from) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (long at = from; at < flat.length(); at = from + out.size()) {
            out.writeBytes(flat.read(at));
        }
        return out.toByteArray();
    }

    private void assertSame(String disk, Optional<String> snapshot) throws Exception {
        FlatQcow2 flat = flat(disk, snapshot);
        byte[] content = all(flat, 0);
        assertEquals(flat.length(), content.length);
        Files.write(path("flat"), content);
        image("check", "-f", "qcow2", path("flat").toString());
        if (snapshot.isPresent()) {
            image(
                    "convert",
                    "-f",
                    "qcow2",
                    "-l",
                    "snapshot.name=" + snapshot.get(),
                    "-O",
                    "raw",
                    path(disk).toString(),
                    path("expected").toString());
            image(
                    "compare",
                    "-f",
                    "raw",
                    "-F",
                    "qcow2",
                    path("expected").toString(),
                    path("flat").toString());
        } else {
            image(
                    "compare",
                    "-f",
                    "qcow2",
                    "-F",
                    "qcow2",
                    path(disk).toString(),
                    path("flat").toString());
        }
        for (long from : new long[] {1, 511, 65536, flat.length() / 3, flat.length() - 1, flat.length()}) {
            assertArrayEquals(
                    Arrays.copyOfRange(content, (int) Math.min(from, content.length), content.length),
                    all(flat, from),
                    () -> "gone on with at " + from);
        }
    }

    private void base(String format, String... options) throws Exception {
        byte[] random = new byte[3 << 20];
        new Random(4).nextBytes(random);
        Arrays.fill(random, 1 << 20, (1 << 20) + 300_000, (byte) 0);
        Files.write(path("random"), random);
        String[] words = Stream.of(
                        Stream.of("convert", "-f", "raw", "-O", format),
                        Stream.of(options),
                        Stream.of(path("random").toString(), path("base").toString()))
                .flatMap(each -> each)
                .toArray(String[]::new);
        image(words);
    }

    private void overlay(String format, String size) throws Exception {
        image(
                "create",
                "-q",
                "-f",
                "qcow2",
                "-F",
                format,
                "-b",
                path("base").toString(),
                path("disk").toString(),
                size);
    }

    @Test
    void overlaysOverEveryKindOfFileAreFlattened() throws Exception {
        List<List<String>> kinds = List.of(
                List.of("raw"),
                List.of("qcow2"),
                List.of("qcow2", "-c"),
                List.of("qcow2", "-o", "cluster_size=4096"),
                List.of("qcow2", "-o", "cluster_size=2097152"),
                List.of("qcow2", "-o", "compat=0.10"));
        for (List<String> kind : kinds) {
            base(kind.get(0), kind.subList(1, kind.size()).toArray(String[]::new));
            Files.deleteIfExists(path("disk"));
            overlay(kind.get(0), "700M");
            write("disk", 17, "100k", "300k");
            write("disk", 18, "600M", "1M");
            run("qemu-io", "-f", "qcow2", "-c", "write -z 2M 512k", path("disk").toString());

            assertSame("disk", Optional.empty());
        }
    }

    @Test
    void aSnapshotIsReadAsTheDiskWasThen() throws Exception {
        base("qcow2");
        overlay("qcow2", "8M");
        write("disk", 1, "0", MIB);
        image("snapshot", "-c", "first", path("disk").toString());
        write("disk", 2, "512k", MIB);
        image("snapshot", "-c", "second", path("disk").toString());
        write("disk", 3, "0", "4M");

        assertSame("disk", Optional.of("first"));
        assertSame("disk", Optional.of("second"));
        assertSame("disk", Optional.empty());
        DriverException absent = assertThrows(DriverException.class, () -> flat("disk", Optional.of("third")));
        assertEquals(Kind.NOT_FOUND, absent.kind());
    }

    @Test
    void aBlankDiskIsSmallHoweverLarge() throws Exception {
        image("create", "-q", "-f", "qcow2", path("disk").toString(), "3T");

        FlatQcow2 flat = flat("disk", Optional.empty());

        assertTrue(flat.length() <= 5 << 16, () -> flat.length() + " bytes");
        assertSame("disk", Optional.empty());
    }

    @Test
    void anotherArrangementHasAnotherPrint() throws Exception {
        image("create", "-q", "-f", "qcow2", path("disk").toString(), "8M");
        String before = flat("disk", Optional.empty()).print();

        write("disk", 1, "0", MIB);

        assertNotEquals(before, flat("disk", Optional.empty()).print());
    }

    @Test
    void filesThatAreNotUnderstoodAreRefused() throws Exception {
        image(
                "create",
                "-q",
                "-f",
                "qcow2",
                "-o",
                "extended_l2=on,cluster_size=65536",
                path("disk").toString(),
                "8M");
        DriverException subclusters = assertThrows(DriverException.class, () -> flat("disk", Optional.empty()));
        assertEquals(Kind.INVALID, subclusters.kind());

        Files.write(path("disk"), new byte[100]);
        assertThrows(DriverException.class, () -> flat("disk", Optional.empty()));
    }

    @Test
    void damagedFilesAreRefusedAndNeverReadForEver() throws Exception {
        base("qcow2");
        overlay("qcow2", "8M");
        image("snapshot", "-c", "first", path("disk").toString());
        byte[] good = Files.readAllBytes(path("disk"));
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(200)] = (byte) random.nextInt(256);
            bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            Files.write(path("disk"), bad);
            try {
                FlatQcow2 flat = flat("disk", i % 2 == 0 ? Optional.empty() : Optional.of("first"));
                flat.read(0);
            } catch (DriverException e) {
                assertTrue(e.kind() == Kind.INVALID || e.kind() == Kind.NOT_FOUND, e::getMessage);
            }
        }
    }
}
