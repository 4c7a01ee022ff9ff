// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.outward;

import java.io.IOException;

/** What is over there cannot be what it should be, however often it is asked: said as it is, in words of our own. */
public final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    public Refusal(String message) {
        super(message);
    }
}
