// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.identity.store.History.Kept;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of departments. */
@Component(service = DepartmentStore.class)
public final class DepartmentStore {
    private static final Set<String> FILTERS = Set.of("name", "parent");

    private final Tx tx;
    private final History history;
    private final EntityManagerFactory unit;

    @Activate
    public DepartmentStore(
            @Reference Tx tx, @Reference(target = "(osgi.unit.name=identity)") EntityManagerFactory unit) {
        this.tx = tx;
        this.history = new History(tx);
        this.unit = unit;
    }

    /** By id or name. */
    public Optional<DepartmentView> resolve(OrganizationId organization, Ref ref) {
        String field = ref.isId(DepartmentId.PREFIX) ? "id" : "name";
        return tx.read(() -> new Selection<>(DepartmentRow.class, "name")
                .where("organization", organization.value())
                .where(field, ref.text())
                .one(em())
                .map(DepartmentRow::toView));
    }

    /** Filters: name, parent (an id). By name. */
    public Page<DepartmentView> list(OrganizationId organization, Query query) {
        Map<String, String> filters = Selection.filters(query, FILTERS);
        Selection<DepartmentRow> selection =
                new Selection<>(DepartmentRow.class, "name").where("organization", organization.value());
        filters.forEach(selection::where);
        Optional<String> after = Cursor.key(query.page());
        int limit = query.page().limit();
        return tx.read(() -> Page.of(
                selection.page(em(), after, limit).stream()
                        .map(DepartmentRow::toView)
                        .toList(),
                limit,
                view -> Cursor.after(view.name().value())));
    }

    public Optional<DepartmentView> firstChild(OrganizationId organization, DepartmentId parent) {
        return tx.read(() -> new Selection<>(DepartmentRow.class, "name")
                .where("organization", organization.value())
                .where("parent", parent.value())
                .one(em())
                .map(DepartmentRow::toView));
    }

    public DepartmentView insert(DepartmentView department) {
        return tx.run(() -> {
            DepartmentRow row = DepartmentRow.of(department);
            em().persist(row);
            em().flush();
            history.follow(Kept.DEPARTMENT, department.id().value());
            return row.toView();
        });
    }

    /** STALE when it is not at this version any more. */
    public DepartmentView change(
            OrganizationId organization,
            DepartmentId department,
            long version,
            Name name,
            Optional<DepartmentId> parent) {
        return tx.run(() -> {
            DepartmentRow row = need(organization, department);
            Versions.check(version, row.version());
            row.change(name, parent);
            em().flush();
            history.follow(Kept.DEPARTMENT, department.value());
            return row.toView();
        });
    }

    public void delete(OrganizationId organization, DepartmentId department) {
        tx.execute(() -> {
            em().remove(need(organization, department));
            em().flush();
            history.follow(Kept.DEPARTMENT, department.value());
        });
    }

    /** With the organization; {@link ChangeCounter#delete} forgets what was. */
    public void deleteAll(OrganizationId organization) {
        tx.execute(() -> em().createQuery("delete from DepartmentRow r where r.organization = :organization")
                .setParameter("organization", organization.value())
                .executeUpdate());
    }

    private DepartmentRow need(OrganizationId organization, DepartmentId department) {
        DepartmentRow row = em().find(DepartmentRow.class, department.value());
        if (row == null || !row.organization().equals(organization.value())) {
            throw Problem.NOT_FOUND.because("There is no department %s here.", department);
        }
        return row;
    }

    private EntityManager em() {
        return tx.em(unit);
    }
}
