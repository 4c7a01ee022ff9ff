// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Who could act as somebody else, for keeping two persons apart. What is written down is never overwritten by what others do,
 * and outlives the accounts. Plain JDBC.
 */
@Component(service = KeyStore.class)
public final class KeyStore {
    private static final Duration KEPT = Duration.ofDays(31);
    /** More hands than these are not followed: they are enough to keep anybody apart. */
    private static final int MOST = 200;

    private final Tx tx;

    @Activate
    public KeyStore(@Reference Tx tx) {
        this.tx = tx;
    }

    /** Somebody has had the means to act as this user at a moment, inside a transaction. */
    public void had(UserId user, Optional<UserId> by, Instant at) {
        if (by.filter(one -> !one.equals(user)).isPresent()) {
            had(user.value(), by.get(), at);
        }
    }

    /** Somebody has had the means to act as anybody of this directory. */
    public void had(DirectoryId directory, Optional<UserId> by, Instant at) {
        by.ifPresent(one -> had(directory.value(), one, at));
    }

    private void had(String whose, UserId by, Instant at) {
        long moment = Micros.of(at);
        int known = Jdbc.write(tx, "UPDATE idn_key SET had_at = ? WHERE user_id = ? AND by_id = ?", statement -> {
            statement.setLong(1, moment);
            statement.setString(2, whose);
            statement.setString(3, by.value());
            return statement.executeUpdate();
        });
        if (known == 0) {
            Jdbc.write(tx, "DELETE FROM idn_key WHERE user_id = ? AND had_at < ?", statement -> {
                statement.setString(1, whose);
                statement.setLong(2, Micros.of(at.minus(KEPT)));
                return statement.executeUpdate();
            });
            Jdbc.write(tx, "INSERT INTO idn_key (user_id, by_id, had_at) VALUES (?, ?, ?)", statement -> {
                statement.setString(1, whose);
                statement.setString(2, by.value());
                statement.setLong(3, moment);
                return statement.executeUpdate();
            });
        }
    }

    /** An account and everybody whose hands it could be, one behind the other: by keys since a moment, and by answering for it. */
    public Set<UserId> hands(OrganizationId organization, UserId account, Instant since) {
        Set<UserId> all = new LinkedHashSet<>(Set.of(account));
        Deque<UserId> next = new ArrayDeque<>(all);
        while (!next.isEmpty() && all.size() < MOST) {
            UserId one = next.poll();
            for (UserId each : behind(organization, one, since)) {
                if (all.add(each)) {
                    next.add(each);
                }
            }
        }
        return all;
    }

    private Set<UserId> behind(OrganizationId organization, UserId account, Instant since) {
        Set<UserId> behind = new LinkedHashSet<>();
        Jdbc.read(
                tx,
                "SELECT k.by_id FROM idn_key k WHERE k.user_id = ? AND k.had_at > ?"
                        + " UNION SELECT d.by_id FROM idn_key d, idn_user p WHERE p.id = ? AND d.user_id = p.directory"
                        + " AND d.had_at > ?"
                        + " UNION SELECT s.responsible FROM idn_user s WHERE s.id = ? AND s.responsible IS NOT NULL"
                        // a maker of a token is kept as name@organization, and no username has an @ in it
                        + " UNION SELECT u.id FROM idn_user u WHERE u.organization = ? AND u.username IN (SELECT"
                        + " SUBSTR(t.created_by, 1, LENGTH(t.created_by) - LENGTH(o.name) - 1) FROM idn_token t,"
                        + " idn_organization o WHERE o.id = ? AND t.organization = ? AND t.user_id = ?"
                        + " AND LENGTH(t.created_by) > LENGTH(o.name) + 1)",
                query -> {
                    query.setString(1, account.value());
                    query.setLong(2, Micros.of(since));
                    query.setString(3, account.value());
                    query.setLong(4, Micros.of(since));
                    query.setString(5, account.value());
                    query.setString(6, organization.value());
                    query.setString(7, organization.value());
                    query.setString(8, organization.value());
                    query.setString(9, account.value());
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
