// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.user;

import java.util.List;
import java.util.Optional;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.api.identity.IdentityProblem;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.right.Places;
import org.isthmus.identity.right.Responsible;
import org.isthmus.identity.right.Rights;
import org.isthmus.identity.role.ShippedRole;
import org.isthmus.identity.store.DepartmentStore;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;

/** What references to users and departments stand for, and what is said when there is no such thing. */
final class UserRefs {
    private UserRefs() {}

    static UserView need(UserStore users, OrganizationId organization, Ref user) {
        return users.resolve(organization, user).orElseThrow(() -> absent(user));
    }

    static ProblemException absent(Ref user) {
        return Problem.NOT_FOUND.because("There is no user %s in this organization.", user);
    }

    /** The user a command names, as grants see them. */
    static List<Resource> touched(UserStore users, OrganizationId organization, Ref user) {
        return users.resolve(organization, user).stream()
                .map(found -> Places.of(found, user.text()))
                .toList();
    }

    static Optional<DepartmentId> department(
            DepartmentStore departments, OrganizationId organization, Optional<Ref> department) {
        return department.map(ref -> departments
                .resolve(organization, ref)
                .map(DepartmentView::id)
                .orElseThrow(() -> Problem.MALFORMED.at(
                        "/department", "There is no department " + ref + " in this organization.")));
    }

    /** The active person who is to answer for a service account. */
    static UserId responsible(UserStore users, OrganizationId organization, Rights rights, Ref person) {
        return users.resolve(organization, person)
                .map(UserView::id)
                .filter(id -> Responsible.can(rights, id))
                .orElseThrow(() -> Problem.MALFORMED.at(
                        "/responsible", "There is no active person " + person + " in this organization."));
    }

    /** True when the caller wrote their own id or name. */
    static boolean isSelf(Caller caller, Ref user) {
        if (caller.user().isEmpty()) {
            return false;
        }
        // no username has an @ in it
        boolean byName = user.text().indexOf('@') < 0 && caller.username().startsWith(user.text() + "@");
        return byName || caller.user().get().value().equals(user.text());
    }

    static void refuseOrphan(Optional<ShippedRole> orphaned) {
        orphaned.ifPresent(role -> {
            throw IdentityProblem.LAST_ADMINISTRATOR.because(
                    "Afterwards no active person would hold %s for good. Give that role to somebody else first.",
                    role.key());
        });
    }
}
