// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds.cloud;

import java.nio.charset.StandardCharsets;
import org.isthmus.spi.compute.ServerSpec.Seed;

/**
 * A seed as the one text that clouds hand to a guest. Meta-data and network configuration come from the cloud itself; what
 * the controller adds goes before the owner's, so that the owner's has the last word.
 */
public final class UserData {
    private static final String BOUNDARY = "=-isthmus-seed-=";

    private UserData() {}

    /** The bytes; the owner's text as it is where nothing is added. */
    public static byte[] of(Seed seed) {
        if (seed.vendorData().isBlank()) {
            return seed.userData().getBytes(StandardCharsets.UTF_8);
        }
        String text = "Content-Type: multipart/mixed; boundary=\"" + BOUNDARY + "\"\nMIME-Version: 1.0\n\n"
                + part(seed.vendorData()) + part(seed.userData()) + "--" + BOUNDARY + "--\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Plain text: cloud-init looks at how it begins. */
    private static String part(String text) {
        return text.isBlank()
                ? ""
                : "--" + BOUNDARY + "\nContent-Type: text/plain; charset=\"utf-8\"\nMIME-Version: 1.0\n\n" + text
                        + (text.endsWith("\n") ? "" : "\n");
    }
}
