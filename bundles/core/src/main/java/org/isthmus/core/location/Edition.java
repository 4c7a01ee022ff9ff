// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.util.Comparator;

/**
 * Which of several installed copies of one driver: of two, endpoints are opened with the greater one, which is the same one
 * after every restart.
 *
 * @param bundle the number of its bundle; of two with the same version, the one installed later is greater
 */
public record Edition(int major, int minor, int micro, String qualifier, long bundle) implements Comparable<Edition> {
    private static final Comparator<Edition> ORDER = Comparator.comparingInt(Edition::major)
            .thenComparingInt(Edition::minor)
            .thenComparingInt(Edition::micro)
            .thenComparing(Edition::qualifier)
            .thenComparingLong(Edition::bundle);

    @Override
    public int compareTo(Edition other) {
        return ORDER.compare(this, other);
    }
}
