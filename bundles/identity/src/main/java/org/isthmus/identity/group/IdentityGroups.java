// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.group;

import java.util.HashMap;
import java.util.Map;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Groups;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Groups} for those who may see directories. */
@Component(service = Groups.class)
public final class IdentityGroups implements Groups {
    private final IdentityAccess access;
    private final GroupStore store;
    private final DirectoryStore directories;
    private final UserStore users;

    @Activate
    public IdentityGroups(
            @Reference IdentityAccess access,
            @Reference GroupStore store,
            @Reference DirectoryStore directories,
            @Reference UserStore users) {
        this.access = access;
        this.store = store;
        this.directories = directories;
        this.users = users;
    }

    @Override
    public Page<GroupView> list(Caller caller, Ref organization, Query query) {
        OrganizationView in = access.require(caller, Action.DIRECTORY_READ, organization);
        Map<String, String> equal = new HashMap<>(query.equal());
        equal.computeIfPresent("directory", (field, named) -> directories
                .resolve(in.id(), new Ref(named))
                .map(directory -> directory.id().value())
                .orElse(named));
        return store.list(in.id(), new Query(equal, query.tag(), query.page()));
    }

    @Override
    public GroupView get(Caller caller, Ref organization, Ref group) {
        return GroupChanges.need(store, access.require(caller, Action.DIRECTORY_READ, organization), group);
    }

    @Override
    public Page<UserView> members(Caller caller, Ref organization, Ref group, Query query) {
        // who is who takes the right to see users too
        access.require(caller, Action.USER_READ, organization);
        OrganizationView in = access.require(caller, Action.DIRECTORY_READ, organization);
        return store.members(in.id(), GroupChanges.need(store, in, group).id(), query, users);
    }
}
