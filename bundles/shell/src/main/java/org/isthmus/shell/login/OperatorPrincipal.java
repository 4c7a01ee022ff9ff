// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import java.security.Principal;
import org.isthmus.api.Caller;

/** An operator who logged in with a password: as whom the commands of the session ask. */
record OperatorPrincipal(Caller caller) implements Principal {
    @Override
    public String getName() {
        return caller.username();
    }
}
