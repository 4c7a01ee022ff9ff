// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core;

import java.util.Arrays;
import java.util.List;

/** The steps of a process, as its enum lists them. */
public final class Steps {
    private Steps() {}

    public static <E extends Enum<E>> List<String> of(Class<E> steps) {
        return Arrays.stream(steps.getEnumConstants()).map(Enum::name).toList();
    }
}
