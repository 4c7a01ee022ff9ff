// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.ResultSet;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Who could act as somebody else: for keeping two persons apart. Plain JDBC. */
@Component(service = KeyStore.class)
public final class KeyStore {
    private final Tx tx;

    @Activate
    public KeyStore(@Reference Tx tx) {
        this.tx = tx;
    }

    /** Somebody has had the means to log in as this user at a moment, inside a transaction. */
    public void had(UserId user, Optional<UserId> by, Instant at) {
        if (by.isPresent()) {
            Jdbc.write(tx, "UPDATE idn_user SET keys_by = ?, keys_at = ? WHERE id = ?", statement -> {
                statement.setString(1, by.get().value());
                statement.setLong(2, Micros.of(at));
                statement.setString(3, user.value());
                return statement.executeUpdate();
            });
        }
    }

    /** Who last had them, when that was after a moment. */
    public Optional<UserId> from(UserId user, Instant after) {
        return Jdbc.read(tx, "SELECT keys_by FROM idn_user WHERE id = ? AND keys_at > ?", query -> {
            query.setString(1, user.value());
            query.setLong(2, Micros.of(after));
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(new UserId(row.getString(1))) : Optional.empty();
            }
        });
    }

    /** Who is behind a service account: who is responsible, and who made a token of it. */
    public Set<UserId> behind(OrganizationId organization, UserId service, Optional<UserId> responsible) {
        Set<UserId> behind = new HashSet<>();
        responsible.ifPresent(behind::add);
        // a maker is kept as name@organization, and no username has an @ in it
        Jdbc.read(
                tx,
                "SELECT u.id FROM idn_user u WHERE u.organization = ? AND u.username IN (SELECT SUBSTR(t.created_by, 1,"
                        + " LENGTH(t.created_by) - LENGTH(o.name) - 1) FROM idn_token t, idn_organization o WHERE"
                        + " o.id = ? AND t.organization = ? AND t.user_id = ? AND LENGTH(t.created_by) > LENGTH(o.name) + 1)",
                query -> {
                    query.setString(1, organization.value());
                    query.setString(2, organization.value());
                    query.setString(3, organization.value());
                    query.setString(4, service.value());
                    try (ResultSet rows = query.executeQuery()) {
                        while (rows.next()) {
                            behind.add(new UserId(rows.getString(1)));
                        }
                    }
                    return behind;
                });
        return behind;
    }
}
