// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;

/**
 * A user as it is shown.
 *
 * @param name equal to {@code username}
 * @param username without the organization
 * @param secondFactor whether a login needs a code besides the password
 */
public record UserView(
        UserId id,
        String name,
        String username,
        OrganizationId organization,
        String email,
        Optional<DepartmentId> department,
        Kind kind,
        State state,
        boolean mustChangePassword,
        boolean secondFactor,
        Instant createdAt,
        String createdBy,
        long version) {
    /** One without a second factor. */
    public UserView(
            UserId id,
            String name,
            String username,
            OrganizationId organization,
            String email,
            Optional<DepartmentId> department,
            Kind kind,
            State state,
            boolean mustChangePassword,
            Instant createdAt,
            String createdBy,
            long version) {
        this(
                id,
                name,
                username,
                organization,
                email,
                department,
                kind,
                state,
                mustChangePassword,
                false,
                createdAt,
                createdBy,
                version);
    }

    public enum Kind {
        PERSON,
        SERVICE
    }

    public enum State {
        ACTIVE,
        DISABLED
    }
}
