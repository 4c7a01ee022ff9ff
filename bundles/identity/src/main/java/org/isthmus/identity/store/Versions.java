// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import org.isthmus.api.Problem;

/** Says no to a change of something that was read at another version. */
public final class Versions {
    private Versions() {}

    /** STALE unless both are the same. */
    public static void check(long read, long present) {
        if (read != present) {
            throw Problem.STALE.because(
                    "You read version %d, it is at version %d now. Read it again and repeat the change.",
                    read, present);
        }
    }
}
