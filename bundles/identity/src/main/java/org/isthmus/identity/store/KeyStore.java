// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Directories.DirectoryView;
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
    /** How long is known who had a key. */
    public static final Duration KEPT = Duration.ofDays(31);

    /** More hands than these are not followed: they are enough to keep anybody apart. */
    private static final int MOST = 200;

    /** With the directory asked for behind it. */
    private static final String MAKERS_OF_DIRECTORY_TOKENS =
            "SELECT u.id FROM idn_user u WHERE u.organization = ? AND u.username IN (SELECT"
                    + " SUBSTR(t.created_by, 1, LENGTH(t.created_by) - LENGTH(o.name) - 1) FROM idn_directory_token t,"
                    + " idn_organization o WHERE o.id = ? AND LENGTH(t.created_by) > LENGTH(o.name) + 1"
                    + " AND t.expires_at > ?";

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

    /** Somebody has made or changed this directory: as long as nobody else does, they could be anybody whom it lets in. */
    public void linked(DirectoryId directory, Optional<UserId> by) {
        Jdbc.write(tx, "UPDATE idn_directory SET changed_by = ? WHERE id = ?", statement -> {
            statement.setString(1, by.map(UserId::value).orElse(null));
            statement.setString(2, directory.value());
            return statement.executeUpdate();
        });
    }

    /** Whoever could have been anybody of this directory could have been each of its people: before it is unlinked. */
    public void unlinking(OrganizationId organization, DirectoryId directory, Instant now) {
        Map<UserId, Instant> by = new HashMap<>();
        Jdbc.read(tx, "SELECT by_id, had_at FROM idn_key WHERE user_id = ?", query -> {
            query.setString(1, directory.value());
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    by.put(new UserId(rows.getString(1)), Micros.toInstant(rows.getLong(2)));
                }
            }
            return by;
        });
        lettingIn(organization, directory).forEach(one -> by.put(one, now));
        ids(
                        MAKERS_OF_DIRECTORY_TOKENS + " AND t.directory = ?)",
                        organization.value(),
                        organization.value(),
                        Micros.of(now),
                        directory.value())
                .forEach(one -> by.put(one, now));
        by.forEach((one, at) -> copied(directory, one, Micros.of(at)));
    }

    private void copied(DirectoryId directory, UserId by, long at) {
        Jdbc.write(
                tx,
                "UPDATE idn_key SET had_at = ? WHERE by_id = ? AND had_at < ? AND user_id IN (SELECT u.id FROM idn_user u"
                        + " WHERE u.directory = ?)",
                statement -> {
                    statement.setLong(1, at);
                    statement.setString(2, by.value());
                    statement.setLong(3, at);
                    statement.setString(4, directory.value());
                    return statement.executeUpdate();
                });
        Jdbc.write(
                tx,
                "INSERT INTO idn_key (user_id, by_id, had_at) SELECT u.id, CAST(? AS VARCHAR(40)), CAST(? AS BIGINT)"
                        + " FROM idn_user u WHERE u.directory = ? AND u.id <> ? AND NOT EXISTS (SELECT k.user_id FROM"
                        + " idn_key k WHERE k.user_id = u.id AND k.by_id = ?)",
                statement -> {
                    statement.setString(1, by.value());
                    statement.setLong(2, at);
                    statement.setString(3, directory.value());
                    statement.setString(4, by.value());
                    statement.setString(5, by.value());
                    return statement.executeUpdate();
                });
    }

    /** Who last set up the directories by which people of this one log in: itself, and those that name it now. */
    private Set<UserId> lettingIn(OrganizationId organization, DirectoryId directory) {
        DirectoryStore directories = new DirectoryStore(tx);
        List<DirectoryView> all = directories.all(organization);
        Set<String> doors = new LinkedHashSet<>();
        all.stream().filter(one -> one.id().equals(directory)).findFirst().ifPresent(own -> all.stream()
                .filter(one -> one.id().equals(directory)
                        || usersOf(one).contains(own.name().value()))
                .forEach(one -> doors.add(one.id().value())));
        Set<UserId> last = new LinkedHashSet<>();
        doors.forEach(door -> last.addAll(
                ids("SELECT d.changed_by FROM idn_directory d WHERE d.id = ? AND d.changed_by IS NOT NULL", door)));
        return last;
    }

    /** As {@code Directory.usersOf}, which is above stores. */
    private static Set<String> usersOf(DirectoryView door) {
        return Arrays.stream(door.settings().getOrDefault("users.of", "").split(",", -1))
                .map(String::strip)
                .collect(Collectors.toSet());
    }

    private Set<UserId> ids(String sql, Object... values) {
        return Jdbc.read(tx, sql, query -> {
            for (int i = 0; i < values.length; i++) {
                query.setObject(i + 1, values[i]);
            }
            Set<UserId> found = new LinkedHashSet<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    found.add(new UserId(rows.getString(1)));
                }
            }
            return found;
        });
    }

    /**
     * Whoever could be anybody of the directories that say who is in this group or department, and so put anybody into it.
     * Nobody where that is said here.
     */
    public Set<UserId> telling(OrganizationId organization, Subject of, Instant now, Duration kept) {
        Set<UserId> telling = new LinkedHashSet<>();
        for (DirectoryView directory : new DirectoryStore(tx).all(organization)) {
            boolean tells = of.kind().equals("group")
                    ? isOf(of.id(), directory.id())
                    : of.kind().equals("department")
                            && "MATCH".equals(directory.settings().get("departments"));
            if (tells) {
                telling.addAll(over(organization, directory.id(), now, kept));
            }
        }
        return telling;
    }

    private boolean isOf(String group, DirectoryId directory) {
        return Jdbc.read(tx, "SELECT id FROM idn_group WHERE id = ? AND directory = ?", query -> {
            query.setString(1, group);
            query.setString(2, directory.value());
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        });
    }

    /** Whoever could be anybody of this directory. */
    public Set<UserId> over(OrganizationId organization, DirectoryId directory, Instant now, Duration kept) {
        Set<UserId> over = ids(
                "SELECT by_id FROM idn_key WHERE user_id = ? AND had_at > ?",
                directory.value(),
                Micros.of(now.minus(kept)));
        over.addAll(ids(
                MAKERS_OF_DIRECTORY_TOKENS + " AND t.directory = ?)",
                organization.value(),
                organization.value(),
                Micros.of(now),
                directory.value()));
        over.addAll(lettingIn(organization, directory));
        return over;
    }

    /** The accounts as which somebody could act, one behind the other; themselves not among them. */
    public Set<UserId> fronts(OrganizationId organization, UserId person, Instant now, Duration kept) {
        Set<UserId> all = new LinkedHashSet<>(Set.of(person));
        Deque<UserId> next = new ArrayDeque<>(all);
        while (!next.isEmpty()) {
            UserId one = next.poll();
            ids(
                            "SELECT k.user_id FROM idn_key k, idn_user u WHERE k.by_id = ? AND k.had_at > ? AND u.id = k.user_id"
                                    + " UNION SELECT s.id FROM idn_user s WHERE s.organization = ? AND s.responsible = ?"
                                    + " UNION SELECT t.user_id FROM idn_token t, idn_organization o, idn_user m WHERE"
                                    + " m.id = ? AND o.id = ? AND t.organization = ?"
                                    + " AND t.created_by = m.username || '@' || o.name",
                            one.value(),
                            Micros.of(now.minus(kept)),
                            organization.value(),
                            one.value(),
                            one.value(),
                            organization.value(),
                            organization.value())
                    .stream()
                    .filter(all::add)
                    .forEach(next::add);
        }
        all.remove(person);
        return all;
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

    /** An account and everybody whose hands it could be, one behind the other: by keys of the last time, and by answering for it. */
    public Set<UserId> hands(OrganizationId organization, UserId account, Instant now, Duration kept) {
        Set<UserId> all = new LinkedHashSet<>(Set.of(account));
        Deque<UserId> next = new ArrayDeque<>(all);
        while (!next.isEmpty() && all.size() < MOST) {
            UserId one = next.poll();
            for (UserId each : behind(organization, one, now, now.minus(kept))) {
                if (all.add(each)) {
                    next.add(each);
                }
            }
        }
        return all;
    }

    private Set<UserId> behind(OrganizationId organization, UserId account, Instant now, Instant since) {
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
        behind.addAll(ids(
                MAKERS_OF_DIRECTORY_TOKENS + " AND t.directory = (SELECT p.directory FROM idn_user p WHERE p.id = ?))",
                organization.value(),
                organization.value(),
                Micros.of(now),
                account.value()));
        directory(account).ifPresent(own -> behind.addAll(lettingIn(organization, own)));
        return behind;
    }

    private Optional<DirectoryId> directory(UserId account) {
        return Jdbc.read(tx, "SELECT directory FROM idn_user WHERE id = ? AND directory IS NOT NULL", query -> {
            query.setString(1, account.value());
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(new DirectoryId(row.getString(1))) : Optional.empty();
            }
        });
    }
}
