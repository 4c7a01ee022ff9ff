// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.token;

import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.Tokens;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.store.TokenStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Tokens}: one's own, and a service account's with the filter {@code user} for those who may read users. */
@Component(service = Tokens.class)
public final class IdentityTokens implements Tokens {
    private final IdentityAccess access;
    private final TokenStore store;
    private final UserStore users;

    @Activate
    public IdentityTokens(@Reference IdentityAccess access, @Reference TokenStore store, @Reference UserStore users) {
        this.access = access;
        this.store = store;
        this.users = users;
    }

    @Override
    public Page<TokenView> list(Caller caller, Ref organization, Query query) {
        Optional<Ref> service = Optional.ofNullable(query.equal().get("user")).map(IdentityTokens::ref);
        Reach reach = access.reach(caller, service.isPresent() ? Action.USER_READ : Action.OWN_ACCOUNT, organization);
        OrganizationView in = reach.organization();
        Places.require(reach, users, service);
        IdentityAccess.requireOwnPassword(caller);
        UserId owner = TokenOwner.of(users, caller, in.id(), service);
        return store.list(in.id(), owner, query, Set.of("user"));
    }

    @Override
    public TokenView get(Caller caller, Ref organization, Ref token) {
        OrganizationView in = access.require(caller, Action.OWN_ACCOUNT, organization);
        IdentityAccess.requireOwnPassword(caller);
        UserId owner = TokenOwner.of(users, caller, in.id(), Optional.empty());
        return store.resolve(in.id(), owner, token)
                .orElseThrow(() -> Problem.NOT_FOUND.because("You have no token %s.", token));
    }

    private static Ref ref(String text) {
        try {
            return new Ref(text);
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("user", e.getMessage());
        }
    }
}
