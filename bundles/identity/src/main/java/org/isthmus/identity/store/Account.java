// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Optional;
import org.isthmus.api.identity.UserView;

/**
 * A user with what only logins may see.
 *
 * @param password its hash with its parameters; absent for service accounts
 */
public record Account(UserView user, Optional<String> password) {
    /** Hides the hash: an account may end up in a message. */
    @Override
    public String toString() {
        return "Account[" + user.id() + "]";
    }
}
