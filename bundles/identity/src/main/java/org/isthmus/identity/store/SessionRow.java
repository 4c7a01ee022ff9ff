// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Optional;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Sha256;

@Entity
@Table(name = "idn_session")
class SessionRow {
    @Id
    @Column(name = "id", length = 40)
    private String id;

    @Column(name = "organization", length = 40)
    private String organization;

    @Column(name = "user_id", length = 40)
    private String userId;

    @Column(name = "token_hash", length = 64)
    private String tokenHash;

    @Column(name = "address", length = 100)
    private String address;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "expires_at")
    private long expiresAt;

    @Column(name = "proved_at")
    private Long provedAt;

    @Column(name = "directory", length = 40)
    private String directory;

    @Column(name = "directory_session", length = 200)
    private String directorySession;

    @Column(name = "directory_subject", length = 255)
    private String directorySubject;

    static SessionRow of(Session session) {
        SessionRow row = new SessionRow();
        row.id = session.id().value();
        row.organization = session.organization().value();
        row.userId = session.user().value();
        row.tokenHash = session.bearer().hex();
        row.address = session.address();
        row.createdAt = Micros.of(session.createdAt());
        row.expiresAt = Micros.of(session.expiresAt());
        row.provedAt = Micros.ofMaybe(session.provedAt());
        row.directory = session.directory().map(DirectoryId::value).orElse(null);
        row.directorySession = session.directorySession().orElse(null);
        row.directorySubject = session.directorySubject().orElse(null);
        return row;
    }

    Session toSession() {
        return new Session(
                new SessionId(id),
                new OrganizationId(organization),
                new UserId(userId),
                new Sha256(tokenHash),
                address,
                Micros.toInstant(createdAt),
                Micros.toInstant(expiresAt),
                Micros.toMaybe(provedAt),
                Optional.ofNullable(directory).map(DirectoryId::new),
                Optional.ofNullable(directorySession),
                Optional.ofNullable(directorySubject));
    }
}
