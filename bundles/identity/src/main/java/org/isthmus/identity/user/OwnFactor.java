// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.factor.Factors;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.store.UserStore;

/** Whose second factor is meant, where only one's own can be. */
final class OwnFactor {
    private OwnFactor() {}

    static UserView of(UserStore users, Caller caller, OrganizationView organization, Ref user) {
        IdentityAccess.requireOwnPassword(caller);
        Factors.requireLogin(caller);
        // whether another user exists is not looked at: this door is for oneself
        if (!UserRefs.isSelf(caller, user) || !caller.organization().equals(organization.id())) {
            throw Problem.FORBIDDEN.because("Only the user themself has their second factor in hand.");
        }
        UserView self =
                UserRefs.need(users, organization.id(), Ref.of(caller.user().orElseThrow()));
        if (self.kind() == UserView.Kind.SERVICE) {
            throw Problem.CONFLICT.because("A service account has no password, and so no second factor.");
        }
        return self;
    }
}
