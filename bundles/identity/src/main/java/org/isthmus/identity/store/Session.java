// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.time.Instant;
import java.util.Optional;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Sha256;

/**
 * A login that lasts.
 *
 * @param bearer the digest of its bearer token; the token itself is kept nowhere
 * @param address from where it was opened
 * @param provedAt when the second factor was last proved in it
 * @param directory the one that let its user in
 * @param directorySession what that calls the session
 * @param directorySubject what that calls the person
 */
public record Session(
        SessionId id,
        OrganizationId organization,
        UserId user,
        Sha256 bearer,
        String address,
        Instant createdAt,
        Instant expiresAt,
        Optional<Instant> provedAt,
        Optional<DirectoryId> directory,
        Optional<String> directorySession,
        Optional<String> directorySubject) {
    /** One that a password opened. */
    public Session(
            SessionId id,
            OrganizationId organization,
            UserId user,
            Sha256 bearer,
            String address,
            Instant createdAt,
            Instant expiresAt,
            Optional<Instant> provedAt) {
        this(
                id,
                organization,
                user,
                bearer,
                address,
                createdAt,
                expiresAt,
                provedAt,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The same, the second factor proved in it just now. */
    public Session proved(Instant now) {
        return new Session(
                id,
                organization,
                user,
                bearer,
                address,
                createdAt,
                expiresAt,
                Optional.of(now),
                directory,
                directorySession,
                directorySubject);
    }
}
