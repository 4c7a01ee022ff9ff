// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.link;

import java.time.Clock;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.DeleteDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Unlinks a directory: its groups go, its people stay and are kept here. */
@Component(service = CommandHandler.class)
public final class DeleteDirectoryHandler implements CommandHandler<DeleteDirectory, DirectoryView> {
    private final DirectoryStore directories;
    private final GroupStore groups;
    private final GrantStore grants;
    private final UserStore users;
    private final KeyStore keys;
    private final SessionStore sessions;
    private final Bearers bearers;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public DeleteDirectoryHandler(
            @Reference DirectoryStore directories,
            @Reference GroupStore groups,
            @Reference GrantStore grants,
            @Reference UserStore users,
            @Reference KeyStore keys,
            @Reference SessionStore sessions,
            @Reference Bearers bearers,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.directories = directories;
        this.groups = groups;
        this.grants = grants;
        this.users = users;
        this.keys = keys;
        this.sessions = sessions;
        this.bearers = bearers;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<DeleteDirectory> handles() {
        return DeleteDirectory.class;
    }

    @Override
    public Plan<DirectoryView> plan(Caller caller, OrganizationView organization, DeleteDirectory command) {
        DirectoryView gone = DirectoryChanges.need(directories, organization, command.directory());
        DirectoryChanges.requireAll(caller, organization, rights.current(organization.id()), clock.instant());
        return Plan.<DirectoryView>of(DirectoryChanges.subject(gone.id()), change -> {
                    DirectoryChanges.requireAll(
                            caller, organization, rights.change(organization.id(), change), change.now());
                    for (GroupView group : groups.of(gone.id())) {
                        grants.deleteOf(organization.id(), group.id().value());
                        groups.delete(group.id());
                    }
                    sessions.deleteOf(gone.id());
                    keys.unlinking(organization.id(), gone.id(), change.now());
                    users.release(gone.id());
                    directories.delete(gone.id());
                    bearers.forgetAfterCommit(organization.id());
                    change.event(
                            "directory.deleted",
                            DirectoryChanges.subject(gone.id()),
                            Map.of("name", gone.name().value()));
                    return gone;
                })
                .destroying();
    }
}
