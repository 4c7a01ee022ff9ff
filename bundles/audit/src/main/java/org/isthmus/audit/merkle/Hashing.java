// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.merkle;

import java.security.MessageDigest;
import org.isthmus.model.Sha256;

/** The hash functions of RFC 6962: leaves and nodes differ in their first byte, so that none can pass for the other. */
public final class Hashing {
    /** Bytes in a hash. */
    public static final int LENGTH = 32;

    private Hashing() {}

    /** The hash of a leaf. */
    public static byte[] leaf(byte[] content) {
        MessageDigest digest = Sha256.digest();
        digest.update((byte) 0);
        return digest.digest(content);
    }

    /** The hash of a node over its two children. */
    public static byte[] node(byte[] left, byte[] right) {
        MessageDigest digest = Sha256.digest();
        digest.update((byte) 1);
        digest.update(left);
        return digest.digest(right);
    }

    /** The root of a tree without leaves. */
    public static byte[] empty() {
        return Sha256.digest().digest();
    }
}
