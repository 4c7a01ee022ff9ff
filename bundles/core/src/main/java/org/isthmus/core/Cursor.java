// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;
import org.isthmus.api.Problem;

/** Keyset cursors: the last row's sort key with a checksum, opaque to clients. */
public final class Cursor {
    private static final int LONGEST = 800;

    private Cursor() {}

    public static String of(String key) {
        byte[] text = key.getBytes(StandardCharsets.UTF_8);
        ByteBuffer whole =
                ByteBuffer.allocate(text.length + Integer.BYTES).put(text).putInt(checksum(text));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(whole.array());
    }

    /** The key behind a cursor; MALFORMED when it is none of ours. */
    public static String key(String cursor) {
        try {
            ByteBuffer whole = ByteBuffer.wrap(Base64.getUrlDecoder().decode(cursor));
            if (whole.remaining() <= Integer.BYTES || whole.remaining() > LONGEST + Integer.BYTES) {
                throw new IllegalArgumentException("not a key");
            }
            byte[] text = new byte[whole.remaining() - Integer.BYTES];
            whole.get(text);
            // so that a guess is refused and not taken for a place in the list
            if (whole.getInt() != checksum(text)) {
                throw new IllegalArgumentException("not ours");
            }
            return new String(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("cursor", "This is no cursor: use the value of next as it was given.");
        }
    }

    private static int checksum(byte[] text) {
        CRC32 sum = new CRC32();
        sum.update(text);
        return (int) sum.getValue();
    }
}
