// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.link;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.ChangeDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.DirectorySettings;
import org.isthmus.identity.directory.LinkedDirectories;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.Versions;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Changes what a directory is set up with, enables or disables it. */
@Component(service = CommandHandler.class)
public final class ChangeDirectoryHandler implements CommandHandler<ChangeDirectory, DirectoryView> {
    private final DirectoryStore directories;
    private final LinkedDirectories linked;
    private final SessionStore sessions;
    private final Bearers bearers;
    private final KeyStore keys;
    private final RightsCache rights;
    private final Clock clock;

    @Activate
    public ChangeDirectoryHandler(
            @Reference DirectoryStore directories,
            @Reference LinkedDirectories linked,
            @Reference SessionStore sessions,
            @Reference Bearers bearers,
            @Reference KeyStore keys,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.directories = directories;
        this.linked = linked;
        this.sessions = sessions;
        this.bearers = bearers;
        this.keys = keys;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<ChangeDirectory> handles() {
        return ChangeDirectory.class;
    }

    @Override
    public Plan<DirectoryView> plan(Caller caller, OrganizationView organization, ChangeDirectory command) {
        DirectoryView present = DirectoryChanges.need(directories, organization, command.directory());
        Versions.check(command.version(), present.version());
        DirectoryChanges.requireAll(caller, organization, rights.current(organization.id()), clock.instant());
        DirectorySettings.requireSameServer(
                present,
                command.settings().orElse(present.settings()),
                command.secrets().keySet());
        Map<String, String> sealed = new HashMap<>(directories.sealed(present.id()));
        command.secrets().forEach((name, secret) -> {
            if (secret.reveal().isEmpty()) {
                sealed.remove(name);
            } else {
                sealed.put(name, linked.sealed(present.id(), name, secret));
            }
        });
        DirectoryView wanted = new DirectoryView(
                present.id(),
                command.name().orElse(present.name()),
                present.organization(),
                present.kind(),
                command.enabled().orElse(present.enabled()),
                command.settings().orElse(present.settings()),
                sealed.keySet(),
                present.createdAt(),
                present.createdBy(),
                present.version() + 1);
        DirectorySettings.check(wanted.kind(), wanted.settings(), wanted.secrets(), command.secrets());
        requireName(organization, present, wanted);
        return Plan.of(DirectoryChanges.subject(present.id()), change -> {
            DirectoryChanges.requireAll(caller, organization, rights.change(organization.id(), change), change.now());
            requireName(organization, present, wanted);
            directories.change(wanted, sealed);
            keys.linked(wanted.id(), change.caller().user());
            DirectoryChanges.had(keys, directories, change.caller(), present, change.now());
            DirectoryChanges.had(keys, directories, change.caller(), wanted, change.now());
            if (!wanted.enabled()) {
                sessions.deleteOf(wanted.id());
                bearers.forgetAfterCommit(organization.id());
            }
            change.event(
                    "directory.changed",
                    DirectoryChanges.subject(wanted.id()),
                    Map.of("name", wanted.name().value(), "enabled", Boolean.toString(wanted.enabled())));
            return wanted;
        });
    }

    private void requireName(OrganizationView organization, DirectoryView present, DirectoryView wanted) {
        if (!wanted.name().equals(present.name())) {
            DirectoryChanges.requireFree(directories, organization, wanted.name());
        }
    }
}
