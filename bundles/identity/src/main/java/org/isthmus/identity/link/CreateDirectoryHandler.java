// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.link;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.CreateDirectory;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.DirectorySettings;
import org.isthmus.identity.directory.LinkedDirectories;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.model.Ids;
import org.isthmus.model.Ids.DirectoryId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Links a directory. */
@Component(service = CommandHandler.class)
public final class CreateDirectoryHandler implements CommandHandler<CreateDirectory, DirectoryView> {
    private static final int MOST = 20;

    private final DirectoryStore directories;
    private final LinkedDirectories linked;
    private final KeyStore keys;
    private final RightsCache rights;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public CreateDirectoryHandler(
            @Reference DirectoryStore directories,
            @Reference LinkedDirectories linked,
            @Reference KeyStore keys,
            @Reference RightsCache rights,
            @Reference Clock clock,
            @Reference Ids ids) {
        this.directories = directories;
        this.linked = linked;
        this.keys = keys;
        this.rights = rights;
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public Class<CreateDirectory> handles() {
        return CreateDirectory.class;
    }

    @Override
    public Plan<DirectoryView> plan(Caller caller, OrganizationView organization, CreateDirectory command) {
        DirectoryChanges.requireAll(caller, organization, rights.current(organization.id()), clock.instant());
        DirectorySettings.check(
                command.kind(), command.settings(), command.secrets().keySet(), command.secrets());
        requireRoom(organization, command);
        DirectoryId id = ids.directory();
        Map<String, String> sealed = new HashMap<>();
        command.secrets().forEach((name, secret) -> sealed.put(name, linked.sealed(id, name, secret)));
        return Plan.of(DirectoryChanges.subject(id), change -> {
            DirectoryChanges.requireAll(caller, organization, rights.change(organization.id(), change), change.now());
            requireRoom(organization, command);
            DirectoryView made = new DirectoryView(
                    id,
                    command.name(),
                    organization.id(),
                    command.kind(),
                    command.enabled(),
                    command.settings(),
                    sealed.keySet(),
                    change.now(),
                    change.caller().username(),
                    1);
            directories.insert(made, sealed);
            keys.linked(made.id(), change.caller().user());
            DirectoryChanges.had(keys, directories, change.caller(), made, change.now());
            change.event(
                    "directory.created",
                    DirectoryChanges.subject(id),
                    Map.of("name", made.name().value(), "kind", made.kind().name()));
            return made;
        });
    }

    private void requireRoom(OrganizationView organization, CreateDirectory command) {
        DirectoryChanges.requireFree(directories, organization, command.name());
        if (directories.all(organization.id()).size() >= MOST) {
            throw Problem.CONFLICT.because(
                    "%s has %d directories, which is the most; unlink one first.", organization.name(), MOST);
        }
    }
}
