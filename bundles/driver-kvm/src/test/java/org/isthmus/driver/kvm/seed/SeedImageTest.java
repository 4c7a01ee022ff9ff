// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.seed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.compute.ServerSpec.Seed;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads the image back as ISO 9660 (ECMA-119) says, by a reader of the test's own and by the system's where it has one. */
final class SeedImageTest {
    private static final int SECTOR = 2048;
    private static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");
    private static final String LONG = "#cloud-config\n" + "# ü and more\n".repeat(500);
    private static final Seed SEED = new Seed("instance-id: i-1\n", LONG, "version: 2\n", "#cloud-boothook\n");
    private static final Map<String, String> FILES = Map.of(
            "meta-data", SEED.metaData(),
            "user-data", SEED.userData(),
            "network-config", SEED.networkConfig(),
            "vendor-data", SEED.vendorData());

    @TempDir
    private Path directory;

    @Test
    void theLabelIsWhatCloudInitLooksFor() {
        byte[] image = SeedImage.of(SEED, NOW);

        assertEquals("cidata", new String(image, 16 * SECTOR + 40, 6, StandardCharsets.US_ASCII));
        assertEquals(0, image.length % SECTOR);
    }

    @Test
    void bothNameSpacesHoldTheFiles() {
        byte[] image = SeedImage.of(SEED, NOW);

        assertEquals(FILES, files(image, 16, false));
        assertEquals(FILES, files(image, 17, true));
    }

    @Test
    void theSameSeedGivesTheSameBytes() {
        assertArrayEquals(SeedImage.of(SEED, NOW), SeedImage.of(SEED, NOW));
    }

    @Test
    void anEmptyNetworkConfigurationIsLeftOutAndSoIsVendorData() {
        byte[] image = SeedImage.of(new Seed("m", "u", ""), NOW);

        assertEquals(Map.of("meta-data", "m", "user-data", "u"), files(image, 16, false));
    }

    @Test
    void oneMebibyteFitsAndMoreIsRefused() {
        String most = "x".repeat(1 << 20);
        byte[] image = SeedImage.of(new Seed("", most, ""), NOW);

        assertEquals(most, files(image, 16, false).get("user-data"));
        assertThrows(DriverException.class, () -> SeedImage.of(new Seed("", most + "x", ""), NOW));
    }

    @Test
    void theSystemsOwnToolReadsItToo() throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/isoinfo")), "isoinfo (genisoimage) is not installed.");
        Path file = directory.resolve("seed.iso");
        Files.write(file, SeedImage.of(SEED, NOW));

        for (String names : new String[] {"-R", "-J"}) {
            Process process = new ProcessBuilder("isoinfo", names, "-i", file.toString(), "-x", "/user-data").start();
            String content = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor());
            assertEquals(LONG, content, names);
        }
    }

    /** The root directory's files, by their Joliet names or their Rock Ridge ones. */
    private static Map<String, String> files(byte[] bytes, int descriptor, boolean joliet) {
        ByteBuffer image = ByteBuffer.wrap(bytes);
        image.order(ByteOrder.LITTLE_ENDIAN);
        int root = image.getInt(descriptor * SECTOR + 156 + 2);
        int at = root * SECTOR;
        Map<String, String> files = new TreeMap<>();
        while (image.get(at) != 0) {
            int length = Byte.toUnsignedInt(image.get(at));
            int name = Byte.toUnsignedInt(image.get(at + 32));
            boolean directory = (image.get(at + 25) & 2) != 0;
            if (!directory) {
                String text = joliet
                        ? new String(bytes, at + 33, name, StandardCharsets.UTF_16BE)
                        : rockRidgeName(bytes, at + 33 + name + (name + 1) % 2, at + length);
                assertEquals(image.getInt(at + 2), Integer.reverseBytes(image.getInt(at + 6)), "both byte orders");
                files.put(
                        text,
                        new String(
                                bytes, image.getInt(at + 2) * SECTOR, image.getInt(at + 10), StandardCharsets.UTF_8));
            }
            at += length;
        }
        return files;
    }

    private static String rockRidgeName(byte[] bytes, int from, int end) {
        int at = from;
        while (at + 4 <= end) {
            int length = bytes[at + 2];
            if (bytes[at] == 'N' && bytes[at + 1] == 'M') {
                return new String(bytes, at + 5, length - 5, StandardCharsets.US_ASCII);
            }
            assertTrue(length > 0, "a field has a length");
            at += length;
        }
        throw new AssertionError("No Rock Ridge name");
    }
}
