// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn.ovsdb;

import java.io.IOException;
import org.isthmus.spi.DriverException;

/** Why a connection is no more, or never was; as the callers will hear it. */
final class Lost extends IOException {
    private static final long serialVersionUID = 1L;

    private final DriverException.Kind kind;
    private final boolean leaderless;

    private Lost(DriverException.Kind kind, boolean leaderless, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.leaderless = leaderless;
    }

    /** The peer is away, slow or closed the connection. */
    static Lost unavailable(String message, Throwable cause) {
        return new Lost(DriverException.Kind.UNAVAILABLE, false, message, cause);
    }

    static Lost unavailable(String message) {
        return unavailable(message, null);
    }

    /** The peer is well but is not the one that takes changes now. */
    static Lost leaderless(String message) {
        return new Lost(DriverException.Kind.UNAVAILABLE, true, message, null);
    }

    /** The peer does not let us in. */
    static Lost denied(String message, Throwable cause) {
        return new Lost(DriverException.Kind.DENIED, false, message, cause);
    }

    /** The peer says what no OVSDB server says. */
    static Lost nonsense(String message) {
        return new Lost(DriverException.Kind.BROKEN, false, message, null);
    }

    /** The same, told where it happened. */
    Lost at(Remote remote) {
        return new Lost(kind, leaderless, getMessage() + " (" + remote + ")", this);
    }

    DriverException.Kind kind() {
        return kind;
    }

    boolean leaderless() {
        return leaderless;
    }
}
