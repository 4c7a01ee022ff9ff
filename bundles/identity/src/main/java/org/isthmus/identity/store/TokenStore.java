// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.identity.Tokens.TokenView;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.TokenId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.isthmus.model.Sha256;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of API tokens. */
@Component(service = TokenStore.class)
public final class TokenStore {
    private final Tx tx;
    private final EntityManagerFactory unit;

    /** A token and whose it is. */
    public record Owned(OrganizationId organization, TokenView token) {}

    @Activate
    public TokenStore(@Reference Tx tx, @Reference(target = "(osgi.unit.name=identity)") EntityManagerFactory unit) {
        this.tx = tx;
        this.unit = unit;
    }

    public Optional<Owned> find(Sha256 bearer) {
        return tx.read(() -> new Selection<>(TokenRow.class, "id")
                .where("tokenHash", bearer.hex())
                .one(em())
                .map(row -> new Owned(new OrganizationId(row.organization()), row.toView())));
    }

    /** One user's token, by id or name. */
    public Optional<TokenView> resolve(OrganizationId organization, UserId user, Ref ref) {
        String field = ref.isId(TokenId.PREFIX) ? "id" : "name";
        return tx.read(() -> new Selection<>(TokenRow.class, "name")
                .where("organization", organization.value())
                .where("userId", user.value())
                .where(field, ref.text())
                .one(em())
                .map(TokenRow::toView));
    }

    /** One user's tokens, by name. Filters: name; others named in {@code besides} are not looked at here. */
    public Page<TokenView> list(OrganizationId organization, UserId user, Query query, Set<String> besides) {
        Set<String> known = new java.util.HashSet<>(besides);
        known.add("name");
        Selection.filters(query, known);
        Selection<TokenRow> selection = new Selection<>(TokenRow.class, "name")
                .where("organization", organization.value())
                .where("userId", user.value());
        Optional.ofNullable(query.equal().get("name")).ifPresent(name -> selection.where("name", name));
        Optional<String> after = Cursor.key(query.page());
        int limit = query.page().limit();
        return tx.read(() -> Page.of(
                selection.page(em(), after, limit).stream()
                        .map(TokenRow::toView)
                        .toList(),
                limit,
                view -> Cursor.after(view.name().value())));
    }

    public long count(OrganizationId organization, UserId user) {
        return tx.read(() -> em().createQuery(
                        "select count(r) from TokenRow r where r.organization = :organization and r.userId = :user",
                        Long.class)
                .setParameter("organization", organization.value())
                .setParameter("user", user.value())
                .getSingleResult());
    }

    public TokenView insert(OrganizationId organization, TokenView token, Sha256 bearer) {
        return tx.run(() -> {
            TokenRow row = TokenRow.of(organization, token, bearer);
            em().persist(row);
            em().flush();
            return row.toView();
        });
    }

    /** Leaves the version alone: being used is no change. */
    public void used(TokenId token, Instant now) {
        tx.execute(() -> em().createQuery("update TokenRow r set r.lastUsedAt = :now where r.id = :id")
                .setParameter("now", Micros.of(now))
                .setParameter("id", token.value())
                .executeUpdate());
    }

    public int delete(OrganizationId organization, UserId user, TokenId token) {
        return tx.run(() -> em().createQuery("delete from TokenRow r where r.organization = :organization"
                        + " and r.userId = :user and r.id = :id")
                .setParameter("organization", organization.value())
                .setParameter("user", user.value())
                .setParameter("id", token.value())
                .executeUpdate());
    }

    public void deleteOf(OrganizationId organization, UserId user) {
        tx.execute(() -> em().createQuery(
                        "delete from TokenRow r where r.organization = :organization and r.userId = :user")
                .setParameter("organization", organization.value())
                .setParameter("user", user.value())
                .executeUpdate());
    }

    /** Those of everybody whom a directory keeps. */
    public void deleteOf(DirectoryId directory) {
        tx.execute(() -> em().createQuery("delete from TokenRow r where r.userId in"
                        + " (select u.id from UserRow u where u.directory = :directory)")
                .setParameter("directory", directory.value())
                .executeUpdate());
    }

    public void deleteAll(OrganizationId organization) {
        tx.execute(() -> em().createQuery("delete from TokenRow r where r.organization = :organization")
                .setParameter("organization", organization.value())
                .executeUpdate());
    }

    private EntityManager em() {
        return tx.em(unit);
    }
}
