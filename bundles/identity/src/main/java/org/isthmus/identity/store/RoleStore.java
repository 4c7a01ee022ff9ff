// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.identity.store.History.Kept;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.RoleId;
import org.isthmus.model.Name;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of roles that organizations made. What they give is {@code Rights}. */
@Component(service = RoleStore.class)
public final class RoleStore {
    private final Tx tx;
    private final History history;
    private final EntityManagerFactory unit;

    @Activate
    public RoleStore(@Reference Tx tx, @Reference(target = "(osgi.unit.name=identity)") EntityManagerFactory unit) {
        this.tx = tx;
        this.history = new History(tx);
        this.unit = unit;
    }

    /** By id or name. */
    public Optional<RoleView> resolve(OrganizationId organization, Ref ref) {
        String field = ref.isId(RoleId.PREFIX) ? "id" : "name";
        return tx.read(() -> new Selection<>(RoleRow.class, "name")
                .where("organization", organization.value())
                .where(field, ref.text())
                .one(em())
                .map(RoleRow::toView));
    }

    /** By name; at most this many. */
    public List<RoleView> all(OrganizationId organization, int most) {
        return tx.read(() -> new Selection<>(RoleRow.class, "name")
                .where("organization", organization.value()).page(em(), Optional.empty(), most).stream()
                        .map(RoleRow::toView)
                        .toList());
    }

    public RoleView insert(RoleView role) {
        return tx.run(() -> {
            RoleRow row = RoleRow.of(role);
            em().persist(row);
            em().flush();
            history.follow(Kept.ROLE, role.id());
            return row.toView();
        });
    }

    /** What is absent stays. STALE when it is not at this version any more. */
    public RoleView change(
            OrganizationId organization,
            String role,
            long version,
            Optional<Name> name,
            Optional<Set<Action>> actions) {
        return tx.run(() -> {
            RoleRow row = need(organization, role);
            Versions.check(version, row.version());
            row.change(name, actions);
            em().flush();
            history.follow(Kept.ROLE, role);
            return row.toView();
        });
    }

    public void delete(OrganizationId organization, String role) {
        tx.execute(() -> {
            em().remove(need(organization, role));
            em().flush();
            history.follow(Kept.ROLE, role);
        });
    }

    /** With the organization; {@link ChangeCounter#delete} forgets what was. */
    public void deleteAll(OrganizationId organization) {
        tx.execute(() -> em().createQuery("delete from RoleRow r where r.organization = :organization")
                .setParameter("organization", organization.value())
                .executeUpdate());
    }

    private RoleRow need(OrganizationId organization, String role) {
        RoleRow row = em().find(RoleRow.class, role);
        if (row == null || !row.organization().equals(organization.value())) {
            throw Problem.NOT_FOUND.because("There is no role %s here.", role);
        }
        return row;
    }

    private EntityManager em() {
        return tx.em(unit);
    }
}
