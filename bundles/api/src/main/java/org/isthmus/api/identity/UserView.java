// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.identity;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;

/**
 * A user as it is shown.
 *
 * @param name equal to {@code username}
 * @param username without the organization
 * @param secondFactor whether a login needs a code besides the password
 * @param responsible the person who answers for a service account; one who is gone or disabled answers for nothing
 * @param displayName as people call them, when a directory told
 * @param kept the directory that knows them, and what it alone may change; absent: they are kept here
 * @param changedAt when any of this changed last
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
        Optional<String> displayName,
        Optional<Kept> kept,
        Instant createdAt,
        String createdBy,
        Instant changedAt,
        long version) {
    /**
     * What a directory knows of a person.
     *
     * @param nameThere what it calls their login
     * @param externalId what it calls them itself: never changes
     * @param department as it writes it
     * @param active false: gone or locked out there, so disabled here
     * @param blocked disabled by somebody here besides
     */
    public record Kept(
            DirectoryId directory,
            String nameThere,
            Optional<String> externalId,
            Optional<String> givenName,
            Optional<String> familyName,
            Optional<String> department,
            boolean active,
            boolean blocked) {}

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
                Optional.empty(),
                Optional.empty(),
                createdAt,
                createdBy,
                createdAt,
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
