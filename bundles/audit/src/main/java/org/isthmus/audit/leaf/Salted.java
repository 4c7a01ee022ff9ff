// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.leaf;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.isthmus.model.Sha256;

/**
 * A value and 128 random bits: their hash says nothing about the value once these are forgotten.
 *
 * @param salt 32 hexadecimal digits
 */
public record Salted(String value, String salt) {
    private static final int SALT_BYTES = 16;

    static Salted of(String value, RandomGenerator random) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return new Salted(value, HexFormat.of().formatHex(salt));
    }

    /** SHA-256 over the salt's 16 bytes and the value in UTF-8, hex. */
    public String hash() {
        MessageDigest digest = Sha256.digest();
        digest.update(HexFormat.of().parseHex(salt));
        return HexFormat.of().formatHex(digest.digest(value.getBytes(StandardCharsets.UTF_8)));
    }
}
