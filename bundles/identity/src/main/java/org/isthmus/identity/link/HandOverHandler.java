// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.link;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.gate.Plan;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.identity.Users.HandOver;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.login.Bearers;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.right.RightsCache;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.identity.store.SessionStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DirectoryId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Hands an account over to a directory: one that is kept here, or one that single sign-on made before its people came from that
 * directory.
 */
@Component(service = CommandHandler.class)
public final class HandOverHandler implements CommandHandler<HandOver, UserView> {
    private final UserStore users;
    private final DirectoryStore directories;
    private final KeyStore keys;
    private final SessionStore sessions;
    private final Bearers bearers;
    private final RightsCache rights;
    private final Clock clock;

    private record Handed(UserView user, DirectoryView directory) {}

    @Activate
    public HandOverHandler(
            @Reference UserStore users,
            @Reference DirectoryStore directories,
            @Reference KeyStore keys,
            @Reference SessionStore sessions,
            @Reference Bearers bearers,
            @Reference RightsCache rights,
            @Reference Clock clock) {
        this.users = users;
        this.directories = directories;
        this.keys = keys;
        this.sessions = sessions;
        this.bearers = bearers;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public Class<HandOver> handles() {
        return HandOver.class;
    }

    @Override
    public Plan<UserView> plan(Caller caller, OrganizationView organization, HandOver command) {
        Handed found = check(caller, organization, command, rights.current(organization.id()), clock.instant());
        Subject subject = Subject.of("user", found.user().id());
        return Plan.of(subject, change -> {
            Handed handed =
                    check(caller, organization, command, rights.change(organization.id(), change), change.now());
            UserView user = handed.user();
            users.handOver(
                    organization.id(),
                    user.id(),
                    new UserView.Kept(
                            handed.directory().id(),
                            user.username(),
                            command.externalId(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            true,
                            user.state() == UserView.State.DISABLED),
                    change.now());
            // who could be them by the old directory is not forgotten with it
            user.kept().map(UserView.Kept::directory).ifPresent(old -> keys.over(
                            organization.id(), old, change.now(), KeyStore.KEPT)
                    .forEach(one -> keys.had(user.id(), Optional.of(one), change.now())));
            // by the name it gives them there, whoever does this could be the one whom the directory lets in
            keys.had(user.id(), change.caller().user(), change.now());
            sessions.deleteOf(organization.id(), user.id(), Optional.empty());
            bearers.forgetAfterCommit(organization.id(), user.id());
            change.event(
                    "user.handed-over",
                    subject,
                    Map.of(
                            "username",
                            user.username(),
                            "directory",
                            handed.directory().name().value()));
            return users.find(user.id()).orElseThrow();
        });
    }

    private Handed check(Caller caller, OrganizationView organization, HandOver command, Rights before, Instant now) {
        UserView user = users.resolve(organization.id(), command.user())
                .orElseThrow(
                        () -> Problem.NOT_FOUND.because("There is no user %s in this organization.", command.user()));
        DirectoryChanges.requireAll(caller, organization, before, now);
        Holdings.require(caller, before, before.heldBy(user.id()), now);
        DirectoryView directory = directories
                .resolve(organization.id(), command.directory())
                .orElseThrow(() -> Problem.MALFORMED.at(
                        "/directory", "There is no directory " + command.directory() + " in this organization."));
        if (user.kind() == UserView.Kind.SERVICE) {
            throw Problem.CONFLICT.because("Directories keep people; %s is a service account.", user.username());
        }
        user.kept()
                .filter(kept -> !letsIn(organization, kept.directory(), directory))
                .ifPresent(kept -> {
                    throw Problem.CONFLICT.because("%s is kept by a directory already.", user.username());
                });
        command.externalId()
                .flatMap(external -> users.external(organization.id(), directory.id(), external))
                .ifPresent(taken -> {
                    throw Problem.NAME_TAKEN.because(
                            "The directory %s has a person of that external id already: %s.",
                            directory.name(), taken.username());
                });
        return new Handed(user, directory);
    }

    /** Whether people of the other directory log in by this one: it then does not need to keep them itself. */
    private boolean letsIn(OrganizationView organization, DirectoryId door, DirectoryView other) {
        return directories
                .find(organization.id(), door)
                .filter(view -> Directory.usersOf(view).contains(other.name().value()))
                .isPresent();
    }
}
