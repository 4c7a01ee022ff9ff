// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.link;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.right.Held;
import org.isthmus.identity.right.Holdings;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.KeyStore;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Name;

/** What all changes of directories have in common. */
public final class DirectoryChanges {
    private static final GrantId NONE = new GrantId("grt_00000000-0000-0000-0000-000000000000");

    private DirectoryChanges() {}

    static DirectoryView need(DirectoryStore directories, OrganizationView organization, Ref directory) {
        return directories.resolve(organization.id(), directory).orElseThrow(() -> absent(directory));
    }

    /** That it is there still. */
    static void need(DirectoryStore directories, DirectoryView directory) {
        if (directories.find(directory.organization(), directory.id()).isEmpty()) {
            throw absent(Ref.of(directory.id()));
        }
    }

    static ProblemException absent(Ref directory) {
        return Problem.NOT_FOUND.because("There is no directory %s in this organization.", directory);
    }

    static Subject subject(DirectoryId directory) {
        return Subject.of("directory", directory);
    }

    static void requireFree(DirectoryStore directories, OrganizationView organization, Name name) {
        directories.resolve(organization.id(), Ref.of(name)).ifPresent(taken -> {
            throw Problem.NAME_TAKEN.because("There is a directory %s in %s already.", name, organization.name());
        });
    }

    /**
     * Whoever sets up a directory can let anybody in as anybody that it keeps, whatever those hold: so only who holds all that an
     * administrator of the organization does, and on the platform all that an operator does.
     */
    public static void requireAll(Caller caller, OrganizationView organization, Rights rights, Instant now) {
        boolean platform = !rights.grantsOf(ShippedRole.OPERATOR.role()).isEmpty();
        List<Held> everything = (platform
                        ? Stream.of(ShippedRole.ORGANIZATION_ADMIN, ShippedRole.OPERATOR)
                        : Stream.of(ShippedRole.ORGANIZATION_ADMIN))
                .map(role -> Held.wished(
                        NONE,
                        new Subject("user", "anybody"),
                        role.role(),
                        Subject.of("organization", organization.id()),
                        java.util.Set.of(),
                        Optional.empty(),
                        Optional.empty()))
                .toList();
        Holdings.require(caller, rights, everything, now);
    }

    /** Writes down that the caller could be anybody of this directory, and of those whose people log in there. */
    static void had(KeyStore keys, DirectoryStore directories, Caller caller, DirectoryView view, Instant now) {
        keys.had(view.id(), caller.user(), now);
        Directory.usersOf(view).forEach(name -> directories
                .resolve(view.organization(), new Ref(name))
                .ifPresent(other -> keys.had(other.id(), caller.user(), now)));
    }
}
