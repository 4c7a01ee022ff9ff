// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ServerSpec.Seed;

/**
 * The seed as the guest reads it through VMware's own channel (cloud-init: DataSourceVMware): no disc is made and nothing
 * uploaded. The network's configuration travels inside the meta data.
 */
final class Seeds {
    private static final String PREFIX = "guestinfo.";
    private static final String ENCODING = ".encoding";
    private static final List<String> PARTS = List.of("metadata", "userdata", "vendordata");
    /** Longer answers do not get into a guest (open-vm-tools, guest_msg_def.h: 64 KiB a message, which begins with its status). */
    private static final int LONGEST = 64 * 1024 - 16;

    private Seeds() {}

    /**
     * Keys and values of the extra configuration.
     *
     * @throws DriverException INVALID when a part is too long for the guest to read
     */
    static Map<String, String> of(Seed seed) {
        Map<String, String> keys = new LinkedHashMap<>();
        put(keys, "metadata", metaData(seed));
        put(keys, "userdata", seed.userData());
        put(keys, "vendordata", seed.vendorData());
        return keys;
    }

    /** Whether a key belongs to a seed: on a template it is what another machine was told. */
    static boolean isSeed(String key) {
        return PARTS.stream()
                .map(part -> PREFIX + part)
                .anyMatch(part -> key.equals(part) || key.equals(part + ENCODING));
    }

    private static String metaData(Seed seed) {
        StringBuilder text = new StringBuilder(seed.metaData());
        if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
            text.append('\n');
        }
        if (!seed.networkConfig().isBlank()) {
            text.append("network.encoding: base64\nnetwork: ")
                    .append(base64(seed.networkConfig().getBytes(StandardCharsets.UTF_8)))
                    .append('\n');
        }
        return text.toString();
    }

    private static void put(Map<String, String> keys, String name, String text) {
        if (text.isBlank()) {
            return;
        }
        String value = base64(text.getBytes(StandardCharsets.UTF_8));
        String encoding = "base64";
        if (value.length() > LONGEST) {
            value = base64(packed(text));
            encoding = "gzip+base64";
        }
        if (value.length() > LONGEST) {
            throw new DriverException(
                    Kind.INVALID,
                    "The seed's " + name + " is " + value.length()
                            + " bytes long when packed; a guest of VMware reads 64 KiB at most.");
        }
        keys.put(PREFIX + name, value);
        keys.put(PREFIX + name + ENCODING, encoding);
    }

    private static byte[] packed(String text) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
