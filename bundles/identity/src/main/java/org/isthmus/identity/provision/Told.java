// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.provision;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.gate.Change;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.UserView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.group.GroupChanges;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.identity.store.Versions;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What a directory may speak of: itself, its people and its groups. Everything else is not there for it. */
@Component(service = Told.class)
public final class Told {
    private final DirectoryStore directories;
    private final UserStore users;
    private final GroupStore groups;

    @Activate
    public Told(@Reference DirectoryStore directories, @Reference UserStore users, @Reference GroupStore groups) {
        this.directories = directories;
        this.users = users;
        this.groups = groups;
    }

    /** The caller, which is the directory it speaks of, and enabled. */
    DirectoryView directory(Caller caller, OrganizationId organization, DirectoryId named) {
        return Optional.of(named)
                .filter(id -> caller.directory().filter(id::equals).isPresent())
                .flatMap(id -> directories.find(organization, id))
                .filter(DirectoryView::enabled)
                .orElseThrow(() -> Problem.NOT_FOUND.because("There is no directory %s in this organization.", named));
    }

    /** One of its own people. */
    UserView person(DirectoryView directory, UserId user) {
        return users.resolve(directory.organization(), Ref.of(user))
                .filter(found -> of(found, Set.of(directory.id())))
                .orElseThrow(() -> absent(user));
    }

    /** Somebody who may be in its groups: its own people, and those of the directories whose people log in there. */
    UserView follower(DirectoryView directory, UserId user) {
        return users.resolve(directory.organization(), Ref.of(user))
                .filter(found -> of(found, known(directory)))
                .orElseThrow(() -> absent(user));
    }

    /** MALFORMED naming some, unless all of these may be in its groups. */
    void requireFollowers(DirectoryView directory, Set<UserId> named) {
        Set<UserId> unknown = new HashSet<>(named);
        known(directory).forEach(one -> unknown.removeAll(users.among(one, unknown)));
        if (!unknown.isEmpty()) {
            throw Problem.MALFORMED.at(
                    "/members",
                    "These are not people of this directory: "
                            + unknown.stream()
                                    .limit(5)
                                    .map(UserId::value)
                                    .sorted()
                                    .toList());
        }
    }

    /** One of its own groups, at the version that is asked for. */
    GroupView group(DirectoryView directory, GroupId group, Optional<Long> version) {
        GroupView found = groups.find(directory.organization(), group)
                .filter(one -> one.directory().equals(directory.id()))
                .orElseThrow(() -> GroupChanges.absent(group));
        version.ifPresent(expected -> Versions.check(expected, found.version()));
        return found;
    }

    /** The directories whose people may be in its groups. */
    private Set<DirectoryId> known(DirectoryView directory) {
        Set<DirectoryId> known = new HashSet<>(Set.of(directory.id()));
        Directory.usersOf(directory).forEach(name -> directories
                .resolve(directory.organization(), new Ref(name))
                .filter(DirectoryView::enabled)
                .map(DirectoryView::id)
                .ifPresent(known::add));
        return known;
    }

    private static boolean of(UserView user, Set<DirectoryId> directories) {
        return user.kept()
                .filter(kept -> directories.contains(kept.directory()))
                .isPresent();
    }

    private static ProblemException absent(UserId user) {
        return Problem.NOT_FOUND.because("There is no user %s in this organization.", user);
    }

    /**
     * What a directory says about who left is done also when it leaves nobody in charge; that is told. The machine's root can
     * name somebody.
     */
    static void tellOrphan(Change change, OrganizationView organization, Set<ShippedRole> before, Rights after) {
        Set<ShippedRole> lost = new HashSet<>(before);
        lost.removeAll(after.inCharge(change.now()));
        lost.forEach(role -> change.event(
                "organization.orphaned", Subject.of("organization", organization.id()), Map.of("role", role.key())));
    }
}
