// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import org.isthmus.core.image.Contents.Item;
import org.isthmus.model.Sha256;

/** Reads contents for their checksums. */
final class Digests {
    private static final int CHUNK = 1 << 20;

    private Digests() {}

    /** The checksum of all of it. */
    static Sha256 of(Contents contents, Item item, LongConsumer read) throws IOException, InterruptedException {
        MessageDigest digest = Sha256.digest();
        feed(digest, contents, item, Long.MAX_VALUE, read);
        return ended(digest);
    }

    /** Feeds the digest with the first bytes of it; as many as asked for, or all. */
    static void feed(MessageDigest digest, Contents contents, Item item, long most, LongConsumer read)
            throws IOException, InterruptedException {
        byte[] chunk = new byte[CHUNK];
        long done = 0;
        try (InputStream content = contents.open(item, 0)) {
            while (done < most) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("The reading was called off");
                }
                int length = content.read(chunk, 0, (int) Math.min(chunk.length, most - done));
                if (length < 0) {
                    return;
                }
                digest.update(chunk, 0, length);
                done += length;
                read.accept(done);
            }
        }
    }

    static Sha256 ended(MessageDigest digest) {
        return new Sha256(HexFormat.of().formatHex(digest.digest()));
    }
}
