// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.token;

import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;

/** Whose token is meant: the caller's own, or a service account's. */
final class TokenOwner {
    private TokenOwner() {}

    static UserId of(UserStore users, Caller caller, OrganizationId organization, Optional<Ref> service) {
        if (service.isPresent()) {
            UserView user = users.resolve(organization, service.get())
                    .orElseThrow(() ->
                            Problem.NOT_FOUND.because("There is no user %s in this organization.", service.get()));
            if (user.kind() != UserView.Kind.SERVICE) {
                throw Problem.FORBIDDEN.because("A person makes and ends their tokens themself.");
            }
            return user.id();
        }
        return caller.user()
                .filter(own -> caller.organization().equals(organization))
                .orElseThrow(() -> Problem.MALFORMED.at(
                        "/user", "You have no account here to make a token for: name a service account."));
    }
}
