// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Access.Reach;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.identity.store.History.Kept;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of grants. What follows from them is {@code Rights}. */
@Component(service = GrantStore.class)
public final class GrantStore {
    private static final Set<String> FILTERS = Set.of("subject", "role");

    private final Tx tx;
    private final History history;
    private final EntityManagerFactory unit;

    @Activate
    public GrantStore(@Reference Tx tx, @Reference(target = "(osgi.unit.name=identity)") EntityManagerFactory unit) {
        this.tx = tx;
        this.history = new History(tx);
        this.unit = unit;
    }

    public Optional<GrantView> find(OrganizationId organization, GrantId grant) {
        return tx.read(() -> Optional.ofNullable(em().find(GrantRow.class, grant.value()))
                .filter(row -> row.organization().equals(organization.value()))
                .map(GrantRow::toView));
    }

    /** Filters: subject (an id), role. Newest last. */
    public Page<GrantView> list(Reach reach, Query query) {
        Map<String, String> filters = Selection.filters(query, FILTERS);
        Selection<GrantRow> selection = new Selection<>(GrantRow.class, "id")
                .where("organization", reach.organization().id().value());
        if (!reach.everything()) {
            // to departments in reach, and to those who are in them
            selection.whereAny(
                    "r.subjectId in (:departments) or r.subjectId in (select u.id from UserRow u where u.department in"
                            + " (:departments))",
                    "departments",
                    reach.ids("department"));
        }
        filters.forEach((field, value) -> selection.where(field.equals("subject") ? "subjectId" : field, value));
        Optional<String> after = Cursor.key(query.page());
        int limit = query.page().limit();
        return tx.read(() -> Page.of(
                selection.page(em(), after, limit).stream()
                        .map(GrantRow::toView)
                        .toList(),
                limit,
                view -> Cursor.after(view.id().value())));
    }

    public GrantView insert(GrantView grant) {
        return tx.run(() -> {
            GrantRow row = GrantRow.of(grant);
            em().persist(row);
            em().flush();
            history.follow(Kept.GRANT, grant.id().value());
            return row.toView();
        });
    }

    public void delete(OrganizationId organization, GrantId grant) {
        tx.execute(() -> {
            GrantRow row = em().find(GrantRow.class, grant.value());
            if (row == null || !row.organization().equals(organization.value())) {
                throw Problem.NOT_FOUND.because("There is no grant %s here.", grant);
            }
            em().remove(row);
            em().flush();
            history.follow(Kept.GRANT, grant.value());
        });
    }

    /** All grants to one user or department. */
    public void deleteOf(OrganizationId organization, String subject) {
        tx.execute(() -> {
            em().createQuery("delete from GrantRow r where r.organization = :organization and r.subjectId = :subject")
                    .setParameter("organization", organization.value())
                    .setParameter("subject", subject)
                    .executeUpdate();
            history.follow(
                    Kept.GRANT, List.of("organization", "subject_id"), List.of(List.of(organization.value(), subject)));
        });
    }

    /** All grants that hold on one part of the organization only. */
    public void deleteOn(OrganizationId organization, Subject scope) {
        tx.execute(() -> {
            em().createQuery("delete from GrantRow r where r.organization = :organization and r.scopeKind = :kind"
                            + " and r.scopeId = :id")
                    .setParameter("organization", organization.value())
                    .setParameter("kind", scope.kind())
                    .setParameter("id", scope.id())
                    .executeUpdate();
            history.follow(
                    Kept.GRANT,
                    List.of("organization", "scope_id"),
                    List.of(List.of(organization.value(), scope.id())));
        });
    }

    /** With the organization; {@link ChangeCounter#delete} forgets what was. */
    public void deleteAll(OrganizationId organization) {
        tx.execute(() -> em().createQuery("delete from GrantRow r where r.organization = :organization")
                .setParameter("organization", organization.value())
                .executeUpdate());
    }

    private EntityManager em() {
        return tx.em(unit);
    }
}
