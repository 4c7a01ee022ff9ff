// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Optional;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.identity.Tokens.TokenView;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.TokenId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Name;
import org.isthmus.model.Sha256;

@Entity
@Table(name = "idn_token")
class TokenRow {
    @Id
    @Column(name = "id", length = 40)
    private String id;

    @Column(name = "organization", length = 40)
    private String organization;

    @Column(name = "user_id", length = 40)
    private String userId;

    @Column(name = "name", length = 63)
    private String name;

    @Column(name = "token_hash", length = 64)
    private String tokenHash;

    /** Keys separated by commas; absent: whatever the owner may. */
    @Column(name = "actions", length = 4000)
    private String actions;

    @Column(name = "expires_at")
    private long expiresAt;

    @Column(name = "last_used_at")
    private Long lastUsedAt;

    /** Absent, of tokens before there was any such: no. */
    @Column(name = "destructive")
    private Boolean destructive;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by", length = 200)
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    static TokenRow of(OrganizationId organization, TokenView view, Sha256 bearer) {
        TokenRow row = new TokenRow();
        row.id = view.id().value();
        row.organization = organization.value();
        row.userId = view.user().value();
        row.name = view.name().value();
        row.tokenHash = bearer.hex();
        row.actions = view.actions().map(Actions::text).orElse(null);
        row.expiresAt = Micros.of(view.expiresAt());
        row.lastUsedAt = Micros.ofMaybe(view.lastUsedAt());
        row.destructive = view.destructive();
        row.createdAt = Micros.of(view.createdAt());
        row.createdBy = view.createdBy();
        return row;
    }

    TokenView toView() {
        return new TokenView(
                new TokenId(id),
                new Name(name),
                new UserId(userId),
                Optional.ofNullable(actions).map(Actions::of),
                Micros.toInstant(expiresAt),
                Micros.toMaybe(lastUsedAt),
                Boolean.TRUE.equals(destructive),
                Micros.toInstant(createdAt),
                createdBy,
                version);
    }

    String organization() {
        return organization;
    }
}
