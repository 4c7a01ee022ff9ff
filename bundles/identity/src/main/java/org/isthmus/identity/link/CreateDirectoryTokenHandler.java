// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.link;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.CreateDirectoryToken;
import org.isthmus.api.identity.Directories.DirectoryTokenCreated;
import org.isthmus.api.identity.Directories.DirectoryTokenView;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.model.Ids;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Makes a token with which a directory tells who is there. */
@Component(service = CommandHandler.class)
public final class CreateDirectoryTokenHandler implements CommandHandler<CreateDirectoryToken, DirectoryTokenCreated> {
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final int MOST = 10;

    private final DirectoryStore directories;
    private final KeyStore keys;
    private final Bearers bearers;
    private final RightsCache rights;
    private final Clock clock;
    private final Ids ids;

    @Activate
    public CreateDirectoryTokenHandler(
            @Reference DirectoryStore directories,
            @Reference KeyStore keys,
            @Reference Bearers bearers,
            @Reference RightsCache rights,
            @Reference Clock clock,
            @Reference Ids ids) {
        this.directories = directories;
        this.keys = keys;
        this.bearers = bearers;
        this.rights = rights;
        this.clock = clock;
        this.ids = ids;
    }

    @Override
    public Class<CreateDirectoryToken> handles() {
        return CreateDirectoryToken.class;
    }

    @Override
    public Plan<DirectoryTokenCreated> plan(
            Caller caller, OrganizationView organization, CreateDirectoryToken command) {
        DirectoryView directory = DirectoryChanges.need(directories, organization, command.directory());
        DirectoryChanges.requireAll(caller, organization, rights.current(organization.id()), clock.instant());
        if (directory.kind() != Kind.SCIM) {
            throw Problem.CONFLICT.because(
                    "A directory of kind %s is asked by Isthmus and needs no token here; one of kind SCIM does.",
                    directory.kind());
        }
        checkExpiry(command, clock.instant());
        requireRoom(directory, command);
        Bearers.Minted minted = bearers.mintDirectoryToken();
        return Plan.of(DirectoryChanges.subject(directory.id()), change -> {
            DirectoryChanges.requireAll(caller, organization, rights.change(organization.id(), change), change.now());
            requireRoom(directory, command);
            DirectoryTokenView made = new DirectoryTokenView(
                    ids.token(),
                    command.name(),
                    directory.id(),
                    command.expiresAt(),
                    change.now(),
                    change.caller().username());
            directories.insertToken(organization.id(), made, minted.digest());
            DirectoryChanges.had(keys, directories, change.caller(), directory, change.now());
            change.event(
                    "directory.token-created",
                    DirectoryChanges.subject(directory.id()),
                    Map.of("name", made.name().value()));
            return new DirectoryTokenCreated(made, minted.secret());
        });
    }

    private static void checkExpiry(CreateDirectoryToken command, Instant now) {
        if (!command.expiresAt().isAfter(now) || command.expiresAt().isAfter(now.plus(LONGEST))) {
            throw Problem.MALFORMED.at(
                    "/expiresAt", "A token expires in the future, at most " + LONGEST.toDays() + " days from now.");
        }
    }

    private void requireRoom(DirectoryView directory, CreateDirectoryToken command) {
        DirectoryChanges.need(directories, directory);
        List<DirectoryTokenView> there = directories.tokens(directory.id());
        if (there.stream().anyMatch(token -> token.name().equals(command.name()))) {
            throw Problem.NAME_TAKEN.because("This directory has a token %s already.", command.name());
        }
        if (there.size() >= MOST) {
            throw Problem.CONFLICT.because("This directory has %d tokens, which is the most; delete one first.", MOST);
        }
    }
}
