// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.Provisioning.Found;
import org.isthmus.api.identity.Provisioning.People;
import org.isthmus.api.identity.UserView;
import org.isthmus.identity.store.History.Kept;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of users. */
@Component(service = UserStore.class)
public final class UserStore {
    private static final Set<String> FILTERS =
            Set.of("name", "username", "state", "kind", "department", "responsible", "directory", "externalId");

    private static final int MOST_AT_ONCE = 500;

    private final Tx tx;
    private final History history;
    private final EntityManagerFactory unit;

    @Activate
    public UserStore(@Reference Tx tx, @Reference(target = "(osgi.unit.name=identity)") EntityManagerFactory unit) {
        this.tx = tx;
        this.history = new History(tx);
        this.unit = unit;
    }

    /** Whoever it is: for showing who did something. */
    public Optional<UserView> find(UserId user) {
        return tx.read(() ->
                Optional.ofNullable(em().find(UserRow.class, user.value())).map(UserRow::toView));
    }

    /** By id or username. */
    public Optional<UserView> resolve(OrganizationId organization, Ref ref) {
        String field = ref.isId(UserId.PREFIX) ? "id" : "username";
        return tx.read(() -> new Selection<>(UserRow.class, "username")
                .where("organization", organization.value())
                .where(field, ref.text())
                .one(em())
                .map(UserRow::toView));
    }

    /** By username alone, also where that looks like an id. */
    public Optional<UserView> named(OrganizationId organization, String username) {
        return tx.read(() -> new Selection<>(UserRow.class, "username")
                .where("organization", organization.value())
                .where("username", username)
                .one(em())
                .map(UserRow::toView));
    }

    public Optional<Account> account(OrganizationId organization, UserId user) {
        return tx.read(() -> Optional.ofNullable(em().find(UserRow.class, user.value()))
                .filter(row -> row.organization().equals(organization.value()))
                .map(UserRow::toAccount));
    }

    /** For a login: one query, whatever of the two is unknown. */
    public Optional<Account> account(String organizationName, String username) {
        return tx.read(() -> em()
                .createQuery(
                        "select r from UserRow r, OrganizationRow o where o.id = r.organization"
                                + " and o.name = :organization and r.username = :username",
                        UserRow.class)
                .setParameter("organization", organizationName)
                .setParameter("username", username)
                .getResultList()
                .stream()
                .findFirst()
                .map(UserRow::toAccount));
    }

    /** Filters: name, username, state, kind, externalId, department, responsible and directory (ids). By username. */
    public Page<UserView> list(Reach reach, Query query) {
        Map<String, String> filters = Selection.filters(query, FILTERS);
        Selection<UserRow> selection = new Selection<>(UserRow.class, "username")
                .where("organization", reach.organization().id().value());
        if (!reach.everything()) {
            selection.whereAny("r.department in (:departments)", "departments", reach.ids("department"));
        }
        String name = filters.get("name");
        String username = filters.get("username");
        if (name != null && username != null && !name.equals(username)) {
            return Page.last(java.util.List.of());
        }
        filters.forEach((field, value) -> {
            switch (field) {
                case "state" -> selection.where(field, constant(UserView.State.class, field, value));
                case "kind" -> selection.where(field, constant(UserView.Kind.class, field, value));
                case "department", "responsible", "directory", "externalId" -> selection.where(field, value);
                default -> {}
            }
        });
        Optional.ofNullable(name == null ? username : name).ifPresent(text -> selection.where("username", text));
        Optional<String> after = Cursor.key(query.page());
        int limit = query.page().limit();
        return tx.read(() -> Page.of(
                selection.page(em(), after, limit).stream().map(UserRow::toView).toList(),
                limit,
                view -> Cursor.after(view.username())));
    }

    public Optional<UserView> firstIn(OrganizationId organization, DepartmentId department) {
        return tx.read(() -> new Selection<>(UserRow.class, "username")
                .where("organization", organization.value())
                .where("department", department.value())
                .one(em())
                .map(UserRow::toView));
    }

    public UserView insert(Account account) {
        return tx.run(() -> {
            UserRow row = UserRow.of(account);
            em().persist(row);
            em().flush();
            history.follow(Kept.USER, account.user().id().value());
            return row.toView();
        });
    }

    /** STALE when it is not at this version any more. */
    public UserView change(
            OrganizationId organization,
            UserId user,
            long version,
            String email,
            Optional<DepartmentId> department,
            UserView.State state,
            Optional<Boolean> blocked,
            Optional<UserId> responsible,
            Instant now) {
        return tx.run(() -> {
            UserRow row = need(organization, user);
            Versions.check(version, row.version());
            row.changed(now);
            row.change(email, department, state);
            blocked.ifPresent(row::blocked);
            row.responsible(responsible);
            em().flush();
            history.follow(Kept.USER, user.value());
            return row.toView();
        });
    }

    /** What a directory tells of somebody it keeps: all that it knows. STALE when it is not at this version any more. */
    public UserView told(OrganizationId organization, UserView user, Optional<Long> version) {
        return tx.run(() -> {
            UserRow row = need(organization, user.id());
            version.ifPresent(expected -> Versions.check(expected, row.version()));
            row.changed(user.changedAt());
            row.told(user.username(), user.displayName());
            row.change(user.email(), user.department(), user.state());
            row.kept(user.kept());
            em().flush();
            history.follow(Kept.USER, user.id().value());
            return row.toView();
        });
    }

    /** Kept by a directory from now on; its password is gone. */
    public UserView handOver(OrganizationId organization, UserId user, UserView.Kept kept, Instant now) {
        return tx.run(() -> {
            UserRow row = need(organization, user);
            row.changed(now);
            row.kept(Optional.of(kept));
            row.password(null, false);
            em().flush();
            history.follow(Kept.USER, user.value());
            return row.toView();
        });
    }

    /** One of a directory's, by what it calls them. */
    public Optional<UserView> external(OrganizationId organization, DirectoryId directory, String externalId) {
        return tx.read(() -> new Selection<>(UserRow.class, "username")
                .where("organization", organization.value())
                .where("directory", directory.value())
                .where("externalId", externalId)
                .one(em())
                .map(UserRow::toView));
    }

    /**
     * A directory's people, by username, and how many there are. Those before the page were read over to find it, so only those
     * behind it are counted: each is looked at once.
     */
    public Found<UserView> people(
            OrganizationId organization, DirectoryId directory, People which, long offset, int most) {
        if (most == 0) {
            return new Found<>(List.of(), countPeople(directory, which, Optional.empty()));
        }
        String sql = "SELECT id, username" + from(which) + " ORDER BY username OFFSET ? ROWS FETCH NEXT ? ROWS ONLY";
        return tx.read(() -> {
            Map<UserId, String> page = Jdbc.read(tx, sql, query -> {
                int next = fill(query, directory, which);
                query.setLong(next, offset);
                query.setInt(next + 1, most);
                Map<UserId, String> found = new LinkedHashMap<>();
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        found.put(new UserId(rows.getString(1)), rows.getString(2));
                    }
                }
                return found;
            });
            Optional<String> last = page.values().stream().reduce((before, after) -> after);
            long behind = countPeople(directory, which, last);
            return new Found<>(
                    all(organization, page.keySet()), page.isEmpty() ? behind : offset + page.size() + behind);
        });
    }

    /** @param after a username, to count only those behind it */
    private long countPeople(DirectoryId directory, People which, Optional<String> after) {
        String sql = "SELECT count(*)" + from(which) + (after.isPresent() ? " AND username > ?" : "");
        return Jdbc.read(tx, sql, query -> {
            int next = fill(query, directory, which);
            if (after.isPresent()) {
                query.setString(next, after.get());
            }
            try (ResultSet rows = query.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        });
    }

    /** Derby is told by which index: it reads the whole table where it thinks that this is no more work. */
    private static String from(People which) {
        String index = "idn_user_directory_page";
        if (which.username().isPresent()) {
            index = "idn_user_directory_name";
        } else if (which.externalId().isPresent()) {
            index = "idn_user_directory";
        } else if (which.active().isPresent()) {
            index = "idn_user_directory_active";
        }
        return " FROM idn_user --DERBY-PROPERTIES index=" + index + "\n WHERE directory = ?"
                + (which.username().isPresent() ? " AND directory_name_key = ?" : "")
                + (which.externalId().isPresent() ? " AND external_id = ?" : "")
                + (which.active().isPresent() ? " AND directory_active = ?" : "");
    }

    /** The number of the next parameter. */
    private static int fill(PreparedStatement query, DirectoryId directory, People which) throws SQLException {
        int at = 1;
        query.setString(at++, directory.value());
        if (which.username().isPresent()) {
            query.setString(at++, UserRow.key(which.username().get()));
        }
        if (which.externalId().isPresent()) {
            query.setString(at++, which.externalId().get());
        }
        if (which.active().isPresent()) {
            query.setBoolean(at++, which.active().get());
        }
        return at;
    }

    /** A page of a directory's people: after a username, at most so many. */
    public List<UserView> ofDirectory(
            OrganizationId organization, DirectoryId directory, Optional<String> after, int most) {
        return tx.read(() -> new Selection<>(UserRow.class, "username")
                        .where("organization", organization.value())
                        .where("directory", directory.value())
                        .page(em(), after, most)
                        .stream()
                        .map(UserRow::toView)
                        .toList());
    }

    /** Those of these that there are, by username. */
    public List<UserView> all(OrganizationId organization, Collection<UserId> users) {
        if (users.isEmpty()) {
            return List.of();
        }
        List<String> ids = users.stream().map(UserId::value).toList();
        return tx.read(() -> new Selection<>(UserRow.class, "username")
                        .where("organization", organization.value())
                        .whereAny("r.id in (:ids)", "ids", ids)
                        .page(em(), Optional.empty(), ids.size())
                        .stream()
                        .map(UserRow::toView)
                        .toList());
    }

    /** Which of these are a directory's people. */
    public Set<UserId> among(DirectoryId directory, Collection<UserId> users) {
        Set<UserId> known = new HashSet<>();
        List<UserId> asked = List.copyOf(users);
        for (int from = 0; from < asked.size(); from += MOST_AT_ONCE) {
            List<UserId> part = asked.subList(from, Math.min(asked.size(), from + MOST_AT_ONCE));
            String marks = String.join(", ", Collections.nCopies(part.size(), "?"));
            Jdbc.read(tx, "SELECT id FROM idn_user WHERE directory = ? AND id IN (" + marks + ")", query -> {
                query.setString(1, directory.value());
                for (int i = 0; i < part.size(); i++) {
                    query.setString(i + 2, part.get(i).value());
                }
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        known.add(new UserId(rows.getString(1)));
                    }
                }
                return known;
            });
        }
        return known;
    }

    /** A directory's people are kept here from now on, as they are, without a password. */
    public void release(DirectoryId directory, Instant now) {
        Jdbc.write(
                tx,
                "UPDATE idn_user SET directory = NULL, directory_name = NULL, directory_name_key = NULL, external_id = NULL, given_name = NULL, family_name = NULL,"
                        + " directory_department = NULL, directory_active = NULL, blocked = NULL, changed_at = ?, version = version + 1"
                        + " WHERE directory = ?",
                statement -> {
                    statement.setLong(1, Micros.of(now));
                    statement.setString(2, directory.value());
                    return statement.executeUpdate();
                });
    }

    /** STALE when the password was changed since it was checked. */
    public UserView setPassword(
            OrganizationId organization, UserId user, Optional<String> checked, String next, boolean mustChange) {
        return tx.run(() -> {
            UserRow row = need(organization, user);
            if (!Objects.equals(row.password(), checked.orElse(null))) {
                throw Problem.STALE.because("The password was changed meanwhile; log in with the new one.");
            }
            row.password(next, mustChange);
            em().flush();
            return row.toView();
        });
    }

    /**
     * Lets nobody else change this user until the end of the transaction. False when it is not there.
     *
     * <p>An update that changes nothing, because both databases keep its lock to the end; Derby would let go of a
     * SELECT's.
     */
    public boolean lock(OrganizationId organization, UserId user) {
        return Jdbc.write(
                tx, "UPDATE idn_user SET username = username WHERE id = ? AND organization = ?", statement -> {
                    statement.setString(1, user.value());
                    statement.setString(2, organization.value());
                    return statement.executeUpdate() == 1;
                });
    }

    public void delete(OrganizationId organization, UserId user) {
        tx.execute(() -> {
            em().remove(need(organization, user));
            em().flush();
            history.follow(Kept.USER, user.value());
        });
    }

    /** With the organization; {@link ChangeCounter#delete} forgets what was. */
    public void deleteAll(OrganizationId organization) {
        tx.execute(() -> em().createQuery("delete from UserRow r where r.organization = :organization")
                .setParameter("organization", organization.value())
                .executeUpdate());
    }

    private UserRow need(OrganizationId organization, UserId user) {
        UserRow row = em().find(UserRow.class, user.value());
        if (row == null || !row.organization().equals(organization.value())) {
            throw Problem.NOT_FOUND.because("There is no user %s here.", user);
        }
        return row;
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String field, String value) {
        try {
            return Enum.valueOf(type, value.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at(
                    field, field + " is one of " + java.util.Arrays.toString(type.getEnumConstants()) + ".");
        }
    }

    private EntityManager em() {
        return tx.em(unit);
    }
}
