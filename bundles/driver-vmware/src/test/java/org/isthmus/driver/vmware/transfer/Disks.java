// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.isthmus.model.Sha256;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ImageExport.ImageSink;
import org.junit.jupiter.api.Assumptions;

/** Disks in files, made and compared by qemu-img. */
public final class Disks {
    private Disks() {}

    public static void assumeQemu() {
        Assumptions.assumeTrue(
                Files.exists(Path.of("/usr/bin/qemu-img")), "The package qemu-utils is not installed on this machine.");
    }

    /** A qcow2 of so many MiB, of which some hold noise and the rest nothing. */
    public static Path qcow2(Path folder, String name, int mebibytes, int noisy, long seed) {
        try {
            Path raw = folder.resolve(name + ".raw");
            byte[] content = new byte[mebibytes << 20];
            byte[] noise = new byte[noisy << 20];
            new Random(seed).nextBytes(noise);
            System.arraycopy(noise, 0, content, content.length - noise.length, noise.length);
            Files.write(raw, content);
            Path qcow2 = folder.resolve(name + ".qcow2");
            qemu("convert", "-f", "raw", "-O", "qcow2", raw.toString(), qcow2.toString());
            Files.delete(raw);
            return qcow2;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Path vmdk(Path qcow2) {
        Path vmdk = Path.of(qcow2 + ".vmdk");
        qemu(
                "convert",
                "-f",
                "qcow2",
                "-O",
                "vmdk",
                "-o",
                "subformat=streamOptimized",
                qcow2.toString(),
                vmdk.toString());
        return vmdk;
    }

    public static ImageContent content(Path vmdk, int mebibytes) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(vmdk));
            return new FileContent(
                    vmdk, new Sha256(HexFormat.of().formatHex(sum)), ImageContent.Format.VMDK, (long) mebibytes << 20);
        } catch (IOException | java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a guest sees is the same, whatever the files look like. */
    static void assertSame(Path qcow2, Path vmdk) {
        Path back = Path.of(vmdk + ".back.qcow2");
        qemu("convert", "-f", "vmdk", "-O", "qcow2", vmdk.toString(), back.toString());
        assertEquals("Images are identical.", qemu("compare", qcow2.toString(), back.toString()));
    }

    private static String qemu(String... arguments) {
        try {
            List<String> command = new ArrayList<>(List.of("qemu-img"));
            command.addAll(Arrays.asList(arguments));
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            assertEquals(0, process.waitFor(), said);
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Content in a file. */
    record FileContent(Path path, Sha256 sha256, Format format, long virtualSizeBytes) implements ImageContent {
        @Override
        public long sizeBytes() {
            try {
                return Files.size(path);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public InputStream open(long offset) throws IOException {
            InputStream in = Files.newInputStream(path);
            in.skipNBytes(offset);
            return in;
        }
    }

    /** A sink of files. */
    static final class Sink implements ImageSink {
        private final Path folder;
        private final List<Integer> whole = new ArrayList<>();

        Sink(Path folder) {
            this.folder = folder;
        }

        Path file(int disk) {
            return folder.resolve("taken" + disk + ".vmdk");
        }

        synchronized List<Integer> whole() {
            return List.copyOf(whole);
        }

        @Override
        public OutputStream open(int disk, ImageContent.Format format, long offset) throws IOException {
            assertEquals(ImageContent.Format.VMDK, format);
            assertEquals(0, offset, "a lease begins at the start");
            return Files.newOutputStream(file(disk));
        }

        @Override
        public long written(int disk) throws IOException {
            return Files.exists(file(disk)) ? Files.size(file(disk)) : 0;
        }

        @Override
        public synchronized void whole(int disk, long sizeBytes) throws IOException {
            assertEquals(Files.size(file(disk)), sizeBytes);
            whole.add(disk);
        }
    }
}
