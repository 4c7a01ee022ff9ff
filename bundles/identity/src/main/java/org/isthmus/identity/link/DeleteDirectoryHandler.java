// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.link;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.ProblemException;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.DeleteDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GrantStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.TokenStore;
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
    private final TokenStore tokens;
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
            @Reference TokenStore tokens,
            @Reference Bearers bearers,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.directories = directories;
        this.groups = groups;
        this.grants = grants;
        this.users = users;
        this.keys = keys;
        this.sessions = sessions;
        this.tokens = tokens;
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
                    // a login by it waits here, and then finds it gone
                    directories.lock(gone.id());
                    for (GroupView group : groups.of(gone.id())) {
                        grants.deleteOf(organization.id(), group.id().value());
                        groups.delete(group.id());
                    }
                    requireInCharge(caller, organization, gone, rights.current(organization.id()), change.now());
                    sessions.deleteOf(gone.id());
                    tokens.deleteOf(gone.id());
                    keys.unlinking(organization.id(), gone.id(), change.now());
                    users.release(gone.id(), change.now());
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

    /** Its people have neither a password nor its groups afterwards: somebody else must be in charge, and that is who does it. */
    private void requireInCharge(
            Caller caller, OrganizationView organization, DirectoryView gone, Rights then, Instant now) {
        boolean ofIt = caller.user()
                .flatMap(users::find)
                .flatMap(UserView::kept)
                .filter(kept -> kept.directory().equals(gone.id()))
                .isPresent();
        try {
            if (!ofIt) {
                DirectoryChanges.requireAll(caller, organization, then, now);
                return;
            }
        } catch (ProblemException lost) {
            if (lost.type() != IdentityProblem.GRANT_TOO_MUCH) {
                throw lost;
            }
        }
        throw IdentityProblem.LAST_ADMINISTRATOR.because(
                "Afterwards you could not log in, or not administer %s any more. Somebody unlinks %s who is kept elsewhere and"
                        + " holds organization-admin without its groups.",
                organization.name(), gone.name());
    }
}
