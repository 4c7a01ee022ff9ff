// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.merkle;

import java.util.Arrays;

/** Up to 256 hashes of complete subtrees of 256^level leaves each, side by side. Immutable once its 256th is there. */
final class Tile {
    /** log2 of a tile's width. */
    static final int HEIGHT = 8;

    static final int WIDTH = 1 << HEIGHT;

    private final byte[] hashes;

    Tile(byte[] hashes) {
        if (hashes.length % Hashing.LENGTH != 0 || hashes.length > WIDTH * Hashing.LENGTH) {
            throw new IllegalArgumentException("A tile of " + hashes.length + " bytes is damaged.");
        }
        this.hashes = hashes;
    }

    int width() {
        return hashes.length / Hashing.LENGTH;
    }

    /** The root of the complete subtree over 2^height of its hashes, the {@code number}th such. */
    byte[] node(int height, int number) {
        int from = number << height;
        int to = from + (1 << height);
        if (to > width()) {
            throw new IllegalArgumentException("The tile has " + width() + " hashes, not " + to + ".");
        }
        byte[][] row = new byte[1 << height][];
        for (int i = from; i < to; i++) {
            row[i - from] = Arrays.copyOfRange(hashes, i * Hashing.LENGTH, (i + 1) * Hashing.LENGTH);
        }
        for (int length = row.length / 2; length > 0; length /= 2) {
            for (int i = 0; i < length; i++) {
                row[i] = Hashing.node(row[2 * i], row[2 * i + 1]);
            }
        }
        return row[0];
    }
}
