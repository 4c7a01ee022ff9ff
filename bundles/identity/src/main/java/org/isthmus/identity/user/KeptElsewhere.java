// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.util.Optional;
import org.isthmus.api.ProblemException;
import org.isthmus.api.identity.Directories.DirectoryView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.directory.Directory;
import org.isthmus.identity.store.DirectoryStore;

/** What is not changed here about somebody whom a directory keeps. */
final class KeptElsewhere {
    private KeptElsewhere() {}

    /** KEPT_ELSEWHERE, saying where, for who is kept by a directory. */
    static void refuse(DirectoryStore directories, UserView user, String what) {
        user.kept().ifPresent(kept -> {
            throw problem(directories, user, what);
        });
    }

    static ProblemException problem(DirectoryStore directories, UserView user, String what) {
        Optional<DirectoryView> directory = directory(directories, user);
        return IdentityProblem.KEPT_ELSEWHERE
                .because(
                        "%s of %s is kept in the directory %s; change it there.",
                        what,
                        user.username(),
                        directory
                                .map(view -> view.name() + " (" + view.kind() + ")")
                                .orElse("that is gone"))
                .with("directory", directory.map(view -> view.id().value()).orElse(""));
    }

    /** Whether the department of somebody comes from a directory. */
    static boolean department(DirectoryStore directories, UserView user) {
        return directory(directories, user).filter(Directory::ownsDepartments).isPresent();
    }

    private static Optional<DirectoryView> directory(DirectoryStore directories, UserView user) {
        return user.kept().flatMap(kept -> directories.find(user.organization(), kept.directory()));
    }
}
