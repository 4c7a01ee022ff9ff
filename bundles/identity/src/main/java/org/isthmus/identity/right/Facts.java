// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.isthmus.api.Subject;
import org.isthmus.identity.role.Role;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/** What rights follow from, in one organization: as it is, or as it would be after a change. */
interface Facts {
    Optional<Member> member(UserId user);

    /** All departments and what they are below of. */
    Map<DepartmentId, Optional<DepartmentId>> parents();

    /** Grants to exactly this user, department or group, by id. */
    List<Held> givenTo(String subject);

    /** The role that grants name so, if there is one. */
    Optional<Role> role(String key);

    /** The roles that the organization made itself. */
    Collection<Role> ownRoles();

    /** All grants that hold on exactly this part of the organization. */
    List<Held> on(Subject scope);

    /** All grants of a role. */
    List<Held> of(Role role);

    /** Active persons in exactly this department: two when there are two or more. */
    Set<UserId> somePersonsIn(DepartmentId department);

    /** Active persons in this group: two when there are two or more. */
    Set<UserId> somePersonsIn(GroupId group);

    /** Active persons in this group and in another one besides: two when there are two or more. */
    Set<UserId> somePersonsIn(GroupId group, GroupId other);

    /** Active persons in this group and in exactly one of these departments: two when there are two or more. */
    Set<UserId> somePersonsIn(GroupId group, Set<DepartmentId> departments);
}
