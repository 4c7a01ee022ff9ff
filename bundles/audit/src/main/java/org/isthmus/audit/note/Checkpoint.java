// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.note;

import java.util.Base64;

/**
 * A tree head: which log, how many leaves, which root. Its text is what is signed.
 *
 * @param origin the log's name
 * @param root base64
 */
public record Checkpoint(String origin, long size, String root) {
    public static Checkpoint of(String origin, long size, byte[] root) {
        return new Checkpoint(origin, size, Base64.getEncoder().encodeToString(root));
    }

    /** The three lines of a tlog-checkpoint. */
    public String text() {
        return origin + "\n" + size + "\n" + root + "\n";
    }
}
