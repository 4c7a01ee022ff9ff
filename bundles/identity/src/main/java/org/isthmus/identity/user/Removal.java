// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.store.FactorStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.TokenStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Ends what somebody has, or is, in a transaction of the caller's. */
@Component(service = Removal.class)
public final class Removal {
    private final UserStore users;
    private final GrantStore grants;
    private final GroupStore groups;
    private final SessionStore sessions;
    private final TokenStore tokens;
    private final FactorStore factors;
    private final Bearers bearers;

    @Activate
    public Removal(
            @Reference UserStore users,
            @Reference GrantStore grants,
            @Reference GroupStore groups,
            @Reference SessionStore sessions,
            @Reference TokenStore tokens,
            @Reference FactorStore factors,
            @Reference Bearers bearers) {
        this.users = users;
        this.grants = grants;
        this.groups = groups;
        this.sessions = sessions;
        this.tokens = tokens;
        this.factors = factors;
        this.bearers = bearers;
    }

    /** All of a user. */
    public void remove(OrganizationId organization, UserId user) {
        // the user first: a login at this moment waits for this row, and then finds it gone
        users.delete(organization, user);
        sessions.deleteOf(organization, user, java.util.Optional.empty());
        tokens.deleteOf(organization, user);
        factors.deleteRecovery(organization, user);
        grants.deleteOf(organization, user.value());
        groups.leaveAll(user);
        bearers.forgetAfterCommit(organization, user);
    }

    /** What lets a user in: sessions and tokens. Call it after the user's row was changed. */
    public void shutOut(OrganizationId organization, UserId user) {
        sessions.deleteOf(organization, user, java.util.Optional.empty());
        tokens.deleteOf(organization, user);
        bearers.forgetAfterCommit(organization, user);
    }
}
