// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.util.Optional;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Users}: all for those who may read users, everybody their own. */
@Component(service = Users.class)
public final class IdentityUsers implements Users {
    private final IdentityAccess access;
    private final UserStore store;

    @Activate
    public IdentityUsers(@Reference IdentityAccess access, @Reference UserStore store) {
        this.access = access;
        this.store = store;
    }

    @Override
    public Page<UserView> list(Caller caller, Ref organization, Query query) {
        return store.list(access.reach(caller, Action.USER_READ, organization), query);
    }

    @Override
    public UserView get(Caller caller, Ref organization, Ref user) {
        if (UserRefs.isSelf(caller, user)) {
            OrganizationView own = access.requireMember(caller, Action.USER_READ, organization);
            return UserRefs.need(store, own.id(), Ref.of(caller.user().orElseThrow()));
        }
        Reach reach = access.reach(caller, Action.USER_READ, organization);
        UserView found = UserRefs.need(store, reach.organization().id(), user);
        if (!reach.covers(Places.of(found, user.text()))) {
            throw UserRefs.absent(user);
        }
        return found;
    }

    @Override
    public Optional<UserView> find(UserId user) {
        return store.find(user);
    }
}
