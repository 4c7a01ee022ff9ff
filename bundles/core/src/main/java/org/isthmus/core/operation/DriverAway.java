// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

/**
 * The driver itself is not here: its bundle is being replaced or was stopped. Operations wait for it, and the time does not
 * count against their deadline.
 */
public final class DriverAway extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DriverAway(String message) {
        super(message, null, false, false);
    }
}
