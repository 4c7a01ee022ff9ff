// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import javax.persistence.TypedQuery;
import org.isthmus.api.Query;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.SessionId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Page;
import org.isthmus.model.Sha256;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The rows of sessions. */
@Component(service = SessionStore.class)
public final class SessionStore {
    private final Tx tx;
    private final EntityManagerFactory unit;

    @Activate
    public SessionStore(@Reference Tx tx, @Reference(target = "(osgi.unit.name=identity)") EntityManagerFactory unit) {
        this.tx = tx;
        this.unit = unit;
    }

    public Optional<Session> find(Sha256 bearer) {
        return tx.read(() -> new Selection<>(SessionRow.class, "id")
                .where("tokenHash", bearer.hex())
                .one(em())
                .map(SessionRow::toSession));
    }

    public Optional<Session> find(SessionId session) {
        return tx.read(() -> Optional.ofNullable(em().find(SessionRow.class, session.value()))
                .map(SessionRow::toSession));
    }

    /** A user's sessions that are not over, the oldest first. Filters: user, which whoever calls has looked up. */
    public Page<Session> open(OrganizationId organization, UserId user, Instant now, Query query) {
        Selection.filters(query, Set.of("user"));
        Page.Request page = query.page();
        return tx.read(() -> Page.of(
                open(organization, user, now)
                        .setParameter("after", Cursor.key(page).orElse(""))
                        .setMaxResults(page.limit() + 1)
                        .getResultList()
                        .stream()
                        .map(SessionRow::toSession)
                        .toList(),
                page.limit(),
                session -> Cursor.after(session.id().value())));
    }

    /** One of a user's sessions that are not over. */
    public Optional<Session> open(OrganizationId organization, UserId user, SessionId session, Instant now) {
        return tx.read(() -> Optional.ofNullable(em().find(SessionRow.class, session.value()))
                .map(SessionRow::toSession)
                .filter(found -> found.organization().equals(organization)
                        && found.user().equals(user)
                        && found.expiresAt().isAfter(now)));
    }

    private TypedQuery<SessionRow> open(OrganizationId organization, UserId user, Instant now) {
        return em().createQuery(
                        "select r from SessionRow r where r.organization = :organization and r.userId = :user"
                                + " and r.expiresAt > :now and r.id > :after order by r.id",
                        SessionRow.class)
                .setParameter("organization", organization.value())
                .setParameter("user", user.value())
                .setParameter("now", Micros.of(now));
    }

    public void insert(Session session) {
        tx.execute(() -> {
            em().persist(SessionRow.of(session));
            em().flush();
        });
    }

    public void delete(SessionId session) {
        tx.execute(() -> em().createQuery("delete from SessionRow r where r.id = :id")
                .setParameter("id", session.value())
                .executeUpdate());
    }

    /** The second factor was proved in it. */
    public void proved(SessionId session, Instant now) {
        tx.execute(() -> em().createQuery("update SessionRow r set r.provedAt = :now where r.id = :id")
                .setParameter("now", Micros.of(now))
                .setParameter("id", session.value())
                .executeUpdate());
    }

    /** Nothing was ever proved in a user's sessions: the second factor is gone. */
    public void unproved(OrganizationId organization, UserId user) {
        tx.execute(() -> em().createQuery("update SessionRow r set r.provedAt = null"
                        + " where r.organization = :organization and r.userId = :user")
                .setParameter("organization", organization.value())
                .setParameter("user", user.value())
                .executeUpdate());
    }

    /** Ends a user's sessions, but for one. */
    public void deleteOf(OrganizationId organization, UserId user, Optional<SessionId> except) {
        tx.execute(() -> em().createQuery("delete from SessionRow r where r.organization = :organization"
                        + " and r.userId = :user and r.id <> :except")
                .setParameter("organization", organization.value())
                .setParameter("user", user.value())
                .setParameter("except", except.map(SessionId::value).orElse("none"))
                .executeUpdate());
    }

    /** Ends those that a directory let in under a name of its own. How many. */
    public int deleteOf(DirectoryId directory, String directorySession) {
        return tx.run(() -> em().createQuery("delete from SessionRow r where r.directory = :directory"
                        + " and r.directorySession = :session")
                .setParameter("directory", directory.value())
                .setParameter("session", directorySession)
                .executeUpdate());
    }

    /** Ends those that a directory let in for whom it calls so. How many. */
    public int deleteOfSubject(DirectoryId directory, String subject) {
        return tx.run(() -> em().createQuery(
                        "delete from SessionRow r where r.directory = :directory and r.directorySubject = :subject")
                .setParameter("directory", directory.value())
                .setParameter("subject", subject)
                .executeUpdate());
    }

    /** The same of sessions without any name of its own. */
    public int deleteUnnamed(DirectoryId directory, String subject) {
        return tx.run(() -> em().createQuery("delete from SessionRow r where r.directory = :directory"
                        + " and r.directorySubject = :subject and r.directorySession is null")
                .setParameter("directory", directory.value())
                .setParameter("subject", subject)
                .executeUpdate());
    }

    /** Whom a directory let in under these names of its own, in sessions that are there. */
    public Optional<UserId> letIn(
            DirectoryId directory, Optional<String> directorySession, Optional<String> directorySubject) {
        return tx.read(() -> em()
                .createQuery(
                        "select r.userId from SessionRow r where r.directory = :directory"
                                + " and (r.directorySession = :session or r.directorySubject = :subject)",
                        String.class)
                .setParameter("directory", directory.value())
                .setParameter("session", directorySession.orElse("")) // neither is ever empty
                .setParameter("subject", directorySubject.orElse(""))
                .setMaxResults(1)
                .getResultList()
                .stream()
                .findFirst()
                .map(UserId::new));
    }

    /** Ends all that a directory let in, and all of its people. */
    public void deleteOf(DirectoryId directory) {
        tx.execute(() -> em().createQuery("delete from SessionRow r where r.directory = :directory or r.userId in"
                        + " (select u.id from UserRow u where u.directory = :directory)")
                .setParameter("directory", directory.value())
                .executeUpdate());
    }

    /** Ends a user's expired sessions, and the oldest beyond {@code most}. */
    public void tidy(OrganizationId organization, UserId user, Instant now, int most) {
        tx.execute(() -> {
            em().createQuery("delete from SessionRow r where r.organization = :organization"
                            + " and r.userId = :user and r.expiresAt <= :now")
                    .setParameter("organization", organization.value())
                    .setParameter("user", user.value())
                    .setParameter("now", Micros.of(now))
                    .executeUpdate();
            List<String> newestFirst = em().createQuery(
                            "select r.id from SessionRow r where r.organization = :organization"
                                    + " and r.userId = :user order by r.id desc",
                            String.class)
                    .setParameter("organization", organization.value())
                    .setParameter("user", user.value())
                    .getResultList();
            newestFirst.stream().skip(most).forEach(id -> delete(new SessionId(id)));
        });
    }

    public void deleteAll(OrganizationId organization) {
        tx.execute(() -> em().createQuery("delete from SessionRow r where r.organization = :organization")
                .setParameter("organization", organization.value())
                .executeUpdate());
    }

    private EntityManager em() {
        return tx.em(unit);
    }
}
