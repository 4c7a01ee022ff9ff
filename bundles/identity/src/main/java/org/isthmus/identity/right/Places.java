// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.Resource;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.store.UserStore;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;

/** Users and departments as grants see them: only grants on departments, and on the whole organization, reach them. */
public final class Places {
    private Places() {}

    /** A user lies in their department. */
    public static Resource of(UserView user, String named) {
        return user(named, user.department(), Optional.of(Action.USER_READ));
    }

    /** The user a command names, if it names one and there is one. */
    public static List<Resource> named(UserStore users, OrganizationId organization, Optional<Ref> user) {
        return user.flatMap(ref -> users.resolve(organization, ref).map(found -> of(found, ref.text())))
                .map(List::of)
                .orElse(List.of());
    }

    /** That the user named is in reach; else they are not there. */
    public static void require(Reach reach, UserStore users, Optional<Ref> user) {
        for (Resource each : named(users, reach.organization().id(), user)) {
            if (!reach.covers(each)) {
                throw Problem.NOT_FOUND.because(
                        "There is no user %s in this organization.",
                        each.thing().id());
            }
        }
    }

    /** What will be a user of this department, or of none. */
    public static Resource newUser(String named, Optional<DepartmentId> department) {
        return user(named, department, Optional.empty());
    }

    private static Resource user(String named, Optional<DepartmentId> department, Optional<Action> seenWith) {
        return new Resource(
                new Subject("user", named),
                department.map(of -> Set.of(Subject.of("department", of))).orElse(Set.of()),
                seenWith);
    }

    /** A department, or for none the whole organization. */
    public static Resource of(Optional<DepartmentId> department) {
        return department.map(Places::of).orElse(Resource.WHOLE_ORGANIZATION);
    }

    /** A department lies in itself. */
    public static Resource of(DepartmentId department) {
        Subject self = Subject.of("department", department);
        return new Resource(self, Set.of(self), Optional.of(Action.ORGANIZATION_READ));
    }
}
