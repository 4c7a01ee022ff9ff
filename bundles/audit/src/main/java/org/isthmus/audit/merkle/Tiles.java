// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit.merkle;

import java.util.Map;
import java.util.Set;

/** Where tiles are kept. */
@FunctionalInterface
public interface Tiles {
    /**
     * Reads the tiles at these places, all at once.
     *
     * @return those that are there: the hashes of each, side by side
     */
    Map<Long, byte[]> at(Set<Long> places);

    /** One number for a tile: its level and its place in that level. */
    static long place(int level, long number) {
        return ((long) level << 48) | number;
    }
}
