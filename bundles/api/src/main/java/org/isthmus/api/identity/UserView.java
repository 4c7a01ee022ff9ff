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
 * @param responsible the person who answers for a service account; one who is gone or disabled answers for nothing
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
        Optional<UserId> responsible,
        Instant createdAt,
        String createdBy,
        long version) {
    /** One without a second factor, for whom nobody else answers. */
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
                Optional.empty(),
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
