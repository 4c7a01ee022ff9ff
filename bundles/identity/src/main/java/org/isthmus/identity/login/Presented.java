// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.login;

import java.util.Optional;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.factor.Factors;
import org.isthmus.model.Secret;

/**
 * What somebody gave to be let in.
 *
 * @param appended true where there is one field only: a code is behind the password, with a space between
 */
record Presented(Secret password, Optional<Secret> code, boolean appended) {
    /** The same, taken apart for a user who has a second factor; everybody else's password may end like a code. */
    Presented to(Optional<UserView> user) {
        String all = password.reveal();
        int space = all.lastIndexOf(' ');
        boolean both = appended
                && space > 0
                && user.filter(UserView::secondFactor).isPresent()
                && Factors.looksLikeOne(all.substring(space + 1));
        return both
                ? new Presented(
                        new Secret(all.substring(0, space)), Optional.of(new Secret(all.substring(space + 1))), false)
                : this;
    }
}
