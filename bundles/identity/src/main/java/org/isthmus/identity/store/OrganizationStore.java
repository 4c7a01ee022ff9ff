// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of organizations. */
@Component(service = OrganizationStore.class)
public final class OrganizationStore {
    private static final Set<String> FILTERS = Set.of("name", "parent");

    private final Tx tx;
    private final EntityManagerFactory unit;

    @Activate
    public OrganizationStore(
            @Reference Tx tx, @Reference(target = "(osgi.unit.name=identity)") EntityManagerFactory unit) {
        this.tx = tx;
        this.unit = unit;
    }

    public Optional<OrganizationView> find(OrganizationId organization) {
        return tx.read(() -> Optional.ofNullable(em().find(OrganizationRow.class, organization.value()))
                .map(OrganizationRow::toView));
    }

    public Optional<OrganizationView> named(Name name) {
        return tx.read(() -> new Selection<>(OrganizationRow.class, "name")
                .where("name", name.value())
                .one(em())
                .map(OrganizationRow::toView));
    }

    /** By id or name. */
    public Optional<OrganizationView> resolve(Ref ref) {
        if (ref.isId(OrganizationId.PREFIX)) {
            return find(new OrganizationId(ref.text()));
        }
        return tx.read(() -> new Selection<>(OrganizationRow.class, "name")
                .where("name", ref.text())
                .one(em())
                .map(OrganizationRow::toView));
    }

    /** Filters: name, parent (an id). By name. */
    public Page<OrganizationView> list(Query query) {
        Selection<OrganizationRow> selection = new Selection<>(OrganizationRow.class, "name");
        Selection.filters(query, FILTERS).forEach(selection::where);
        Optional<String> after = Cursor.key(query.page());
        int limit = query.page().limit();
        return tx.read(() -> Page.of(
                selection.page(em(), after, limit).stream()
                        .map(OrganizationRow::toView)
                        .toList(),
                limit,
                view -> Cursor.after(view.name().value())));
    }

    public Optional<OrganizationView> firstChild(OrganizationId organization) {
        return tx.read(() -> new Selection<>(OrganizationRow.class, "name")
                .where("parent", organization.value())
                .one(em())
                .map(OrganizationRow::toView));
    }

    public OrganizationView insert(OrganizationView organization) {
        return tx.run(() -> {
            OrganizationRow row = OrganizationRow.of(organization);
            em().persist(row);
            em().flush();
            return row.toView();
        });
    }

    /** STALE when it is not at this version any more. */
    public OrganizationView rename(OrganizationId organization, long version, String displayName) {
        return change(organization, version, row -> row.displayName(displayName));
    }

    /** STALE when it is not at this version any more. */
    public OrganizationView setPolicy(OrganizationId organization, long version, Policy policy) {
        return change(organization, version, row -> row.policy(policy));
    }

    public void delete(OrganizationId organization) {
        tx.execute(() -> {
            OrganizationRow row = em().find(OrganizationRow.class, organization.value());
            if (row != null) {
                em().remove(row);
                em().flush();
            }
        });
    }

    private OrganizationView change(OrganizationId organization, long version, Consumer<OrganizationRow> change) {
        return tx.run(() -> {
            OrganizationRow row = em().find(OrganizationRow.class, organization.value());
            if (row == null) {
                throw Problem.NOT_FOUND.because("The organization is not there any more.");
            }
            Versions.check(version, row.version());
            change.accept(row);
            em().flush();
            return row.toView();
        });
    }

    private EntityManager em() {
        return tx.em(unit);
    }
}
