// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.isthmus.spi.compute.ServerSpec.Seed;

/**
 * The seed as the guest reads it through VMware's own channel (cloud-init: DataSourceVMware): no disc is made and nothing
 * uploaded. The network's configuration travels inside the meta data.
 */
final class Seeds {
    private static final String PREFIX = "guestinfo.";

    private Seeds() {}

    /** Keys and values of the extra configuration. */
    static Map<String, String> of(Seed seed) {
        Map<String, String> keys = new LinkedHashMap<>();
        put(keys, "metadata", metaData(seed));
        put(keys, "userdata", seed.userData());
        put(keys, "vendordata", seed.vendorData());
        return keys;
    }

    private static String metaData(Seed seed) {
        StringBuilder text = new StringBuilder(seed.metaData());
        if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
            text.append('\n');
        }
        if (!seed.networkConfig().isBlank()) {
            text.append("network.encoding: base64\nnetwork: ")
                    .append(base64(seed.networkConfig()))
                    .append('\n');
        }
        return text.toString();
    }

    private static void put(Map<String, String> keys, String name, String text) {
        if (!text.isBlank()) {
            keys.put(PREFIX + name, base64(text));
            keys.put(PREFIX + name + ".encoding", "base64");
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
