// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.link;

import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.DeleteDirectoryToken;
import org.isthmus.api.identity.Directories.DirectoryTokenView;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.store.DirectoryStore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Ends a directory's token: refused from then on. */
@Component(service = CommandHandler.class)
public final class DeleteDirectoryTokenHandler implements CommandHandler<DeleteDirectoryToken, DirectoryTokenView> {
    private final DirectoryStore directories;

    @Activate
    public DeleteDirectoryTokenHandler(@Reference DirectoryStore directories) {
        this.directories = directories;
    }

    @Override
    public Class<DeleteDirectoryToken> handles() {
        return DeleteDirectoryToken.class;
    }

    @Override
    public Plan<DirectoryTokenView> plan(Caller caller, OrganizationView organization, DeleteDirectoryToken command) {
        DirectoryView directory = DirectoryChanges.need(directories, organization, command.directory());
        DirectoryTokenView gone = find(directory, command.token());
        return Plan.of(DirectoryChanges.subject(directory.id()), change -> {
            directories.deleteToken(find(directory, command.token()).id());
            change.event(
                    "directory.token-deleted",
                    DirectoryChanges.subject(directory.id()),
                    Map.of("name", gone.name().value()));
            return gone;
        });
    }

    private DirectoryTokenView find(DirectoryView directory, Ref token) {
        return directories.tokens(directory.id()).stream()
                .filter(one -> one.name().value().equals(token.text())
                        || one.id().value().equals(token.text()))
                .findFirst()
                .orElseThrow(() -> Problem.NOT_FOUND.because("This directory has no token %s.", token));
    }
}
