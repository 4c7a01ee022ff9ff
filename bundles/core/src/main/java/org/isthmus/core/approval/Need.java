// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.approval;

import java.util.List;

/**
 * Why a second person is asked.
 *
 * @param money whether it is for what it costs
 */
public record Need(List<String> reasons, boolean money) {
    public static final Need NONE = new Need(List.of(), false);

    public Need {
        reasons = List.copyOf(reasons);
    }

    public boolean none() {
        return reasons.isEmpty();
    }
}
