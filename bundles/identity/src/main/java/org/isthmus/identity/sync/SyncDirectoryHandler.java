// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sync;

import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Syncs.SyncDirectory;
import org.isthmus.api.identity.Syncs.SyncView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.SyncStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Writes down that somebody wants a directory brought here now; {@link LdapSync} does it within seconds. */
@Component(service = CommandHandler.class)
public final class SyncDirectoryHandler implements CommandHandler<SyncDirectory, SyncView> {
    private final DirectoryStore directories;
    private final SyncStore runs;

    @Activate
    public SyncDirectoryHandler(@Reference DirectoryStore directories, @Reference SyncStore runs) {
        this.directories = directories;
        this.runs = runs;
    }

    @Override
    public Class<SyncDirectory> handles() {
        return SyncDirectory.class;
    }

    @Override
    public Plan<SyncView> plan(Caller caller, OrganizationView organization, SyncDirectory command) {
        DirectoryView named = need(organization, command);
        Subject subject = Subject.of("directory", named.id());
        return Plan.of(subject, change -> {
            DirectoryView directory = need(organization, command);
            runs.ask(organization.id(), directory.id(), command.confirm(), change.now());
            change.event(
                    command.confirm().isPresent() ? "directory.sync-confirmed" : "directory.sync-asked",
                    subject,
                    command.confirm().map(plan -> Map.of("plan", plan)).orElse(Map.of()));
            return IdentitySyncs.view(runs.find(directory.id()));
        });
    }

    private DirectoryView need(OrganizationView organization, SyncDirectory command) {
        DirectoryView directory = Names.need(directories, organization.id(), command.directory());
        if (!directory.enabled()) {
            throw Problem.CONFLICT.because("The directory %s is disabled: enable it first.", directory.name());
        }
        return directory;
    }
}
