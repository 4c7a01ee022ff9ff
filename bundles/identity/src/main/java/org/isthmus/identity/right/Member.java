// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.right;

import java.util.Optional;
import org.isthmus.model.Ids.DepartmentId;
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
        Optional<UserId> responsible) {
    Member as(Optional<DepartmentId> otherDepartment, boolean otherwiseActive) {
        return new Member(
                id, username, otherDepartment, person, otherwiseActive, mustChangePassword, secondFactor, responsible);
    }
}
