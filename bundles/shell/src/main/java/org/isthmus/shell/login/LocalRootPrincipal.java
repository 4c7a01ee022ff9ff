// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import java.security.Principal;

/** The machine's root, by the local key. The caller is asked of identity only when a command needs one. */
record LocalRootPrincipal() implements Principal {
    /** Whom the local key lets in. */
    static final String NAME = "root";

    @Override
    public String getName() {
        return NAME;
    }
}
