// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.link;

import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Directories;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.right.IdentityAccess;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.model.Page;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@link Directories} for those who may see them. */
@Component(service = Directories.class)
public final class IdentityDirectories implements Directories {
    private final IdentityAccess access;
    private final DirectoryStore store;

    @Activate
    public IdentityDirectories(@Reference IdentityAccess access, @Reference DirectoryStore store) {
        this.access = access;
        this.store = store;
    }

    @Override
    public Page<DirectoryView> list(Caller caller, Ref organization, Query query) {
        OrganizationView in = access.require(caller, Action.DIRECTORY_READ, organization);
        return store.list(in.id(), query);
    }

    @Override
    public DirectoryView get(Caller caller, Ref organization, Ref directory) {
        OrganizationView in = access.require(caller, Action.DIRECTORY_READ, organization);
        return DirectoryChanges.need(store, in, directory);
    }

    @Override
    public Page<DirectoryTokenView> tokens(Caller caller, Ref organization, Ref directory, Query query) {
        OrganizationView in = access.require(caller, Action.DIRECTORY_READ, organization);
        return store.tokens(DirectoryChanges.need(store, in, directory).id(), query);
    }
}
