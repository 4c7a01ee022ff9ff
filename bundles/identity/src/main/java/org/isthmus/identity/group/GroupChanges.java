// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.group;

import java.util.Optional;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.Directories.Kind;
import org.isthmus.api.identity.Groups.GroupView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.identity.store.DirectoryStore;
import org.isthmus.identity.store.GroupStore;
import org.isthmus.model.Ids.GroupId;

/** What all changes of groups have in common. */
public final class GroupChanges {
    private GroupChanges() {}

    static GroupView need(GroupStore groups, OrganizationView organization, Ref group) {
        return groups.resolve(organization.id(), group).orElseThrow(() -> absent(group));
    }

    /** There is no such group, or not for who asks. */
    public static ProblemException absent(Object group) {
        return Problem.NOT_FOUND.because("There is no group %s in this organization.", group);
    }

    public static Subject subject(GroupId group) {
        return Subject.of("group", group);
    }

    /** NAME_TAKEN when another group has it. */
    public static void requireFree(
            GroupStore groups, OrganizationView organization, String name, Optional<GroupId> except) {
        groups.resolve(organization.id(), new Ref(name))
                .filter(taken -> except.filter(taken.id()::equals).isEmpty())
                .ifPresent(taken -> {
                    throw Problem.NAME_TAKEN.because("There is a group %s in %s already.", name, organization.name());
                });
    }

    /** A SCIM directory names its groups itself. */
    static void requireDeclaredHere(DirectoryStore directories, GroupView group) {
        directories
                .find(group.organization(), group.directory())
                .filter(directory -> directory.kind() == Kind.SCIM)
                .ifPresent(directory -> {
                    throw keptIn(directory, "The group " + group.name());
                });
    }

    /** Says where it is kept. */
    public static ProblemException keptIn(DirectoryView directory, String what) {
        return IdentityProblem.KEPT_ELSEWHERE
                .because(
                        "%s is kept in the directory %s (%s); change it there.",
                        what, directory.name(), directory.kind())
                .with("directory", directory.id().value());
    }
}
