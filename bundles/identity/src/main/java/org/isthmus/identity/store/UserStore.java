// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

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
import org.isthmus.api.identity.UserView;
import org.isthmus.model.Ids.DepartmentId;
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
    private static final Set<String> FILTERS = Set.of("name", "username", "state", "kind", "department", "responsible");

    private final Tx tx;
    private final EntityManagerFactory unit;

    @Activate
    public UserStore(@Reference Tx tx, @Reference(target = "(osgi.unit.name=identity)") EntityManagerFactory unit) {
        this.tx = tx;
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

    /** Filters: name, username, state, kind, department and responsible (ids). By username. */
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
                case "department", "responsible" -> selection.where(field, value);
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
            Optional<UserId> responsible) {
        return tx.run(() -> {
            UserRow row = need(organization, user);
            Versions.check(version, row.version());
            row.change(email, department, state);
            row.responsible(responsible);
            em().flush();
            return row.toView();
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
        });
    }

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
