// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.GroupId;
import org.isthmus.model.Ids.UserId;

/** A user as decisions see it. */
public record Member(
        UserId id,
        String username,
        Optional<DepartmentId> department,
        boolean person,
        boolean active,
        boolean mustChangePassword,
        boolean secondFactor,
        Optional<UserId> responsible,
        Set<GroupId> groups) {
    public Member {
        groups = Set.copyOf(groups);
    }

    Member in(Set<GroupId> others) {
        return new Member(
                id, username, department, person, active, mustChangePassword, secondFactor, responsible, others);
    }

    Member as(Optional<DepartmentId> otherDepartment, boolean otherwiseActive) {
        return new Member(
                id,
                username,
                otherDepartment,
                person,
                otherwiseActive,
                mustChangePassword,
                secondFactor,
                responsible,
                groups);
    }
}
