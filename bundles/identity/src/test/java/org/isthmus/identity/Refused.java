// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemType;
import org.junit.jupiter.api.function.Executable;

/** Asserts refusals. */
public final class Refused {
    private Refused() {}

    public static ProblemException with(ProblemType type, Executable work) {
        ProblemException problem = assertThrows(ProblemException.class, work);
        assertEquals(type, problem.type(), problem.getMessage());
        return problem;
    }
}
