// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Counts the changes of an organization's rights, and keeps when and by whom the last one was. */
@Component(service = ChangeCounter.class)
public final class ChangeCounter {
    /** So far apart the clocks of controllers may be. */
    private static final Duration AGREE = Duration.ofSeconds(2);

    private final Tx tx;

    @Activate
    public ChangeCounter(@Reference Tx tx) {
        this.tx = tx;
    }

    /** Changes so far; empty when there is no such organization. */
    public OptionalLong read(OrganizationId organization) {
        return Jdbc.read(tx, "SELECT changes FROM idn_rights WHERE organization = ?", query -> {
            query.setString(1, organization.value());
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
            }
        });
    }

    /**
     * Counts one more, before anything else of the change is written: from here to the end of the transaction no other
     * change of this organization's rights can happen. False when there is no such organization.
     *
     * <p>The change has a moment of its own, later than that of the one before, also when the clock stands or was set back.
     */
    public boolean count(OrganizationId organization, Instant now, String by) {
        String sql = "UPDATE idn_rights SET changes = changes + 1, changed_at = CASE WHEN changed_at < ? THEN ?"
                + " ELSE changed_at + 1 END, changed_by = ?, unsure_from = CASE WHEN changed_at <= ? THEN unsure_from"
                + " WHEN unsure_to = changed_at AND unsure_from <= ? THEN unsure_from ELSE ? END,"
                + " unsure_to = CASE WHEN changed_at <= ? THEN unsure_to ELSE changed_at + 1 END WHERE organization = ?";
        long aBitAhead = Micros.of(now.plus(AGREE));
        return Jdbc.write(tx, sql, statement -> {
                    statement.setLong(1, Micros.of(now));
                    statement.setLong(2, Micros.of(now));
                    statement.setString(3, by);
                    statement.setLong(4, aBitAhead);
                    statement.setLong(5, Micros.of(now));
                    statement.setLong(6, Micros.of(now));
                    statement.setLong(7, aBitAhead);
                    statement.setString(8, organization.value());
                    return statement.executeUpdate();
                })
                == 1;
    }

    /** A time of which it is not known what was so: from when the clock was set back to when it had been before. */
    public record Unsure(Instant from, Instant to) {}

    /** The last such time; changes in it are kept as of its end. */
    public Optional<Unsure> unsure(OrganizationId organization) {
        return Jdbc.read(tx, "SELECT unsure_from, unsure_to FROM idn_rights WHERE organization = ?", query -> {
            query.setString(1, organization.value());
            try (ResultSet row = query.executeQuery()) {
                return row.next() && row.getObject(1) != null
                        ? Optional.of(new Unsure(Micros.toInstant(row.getLong(1)), Micros.toInstant(row.getLong(2))))
                        : Optional.empty();
            }
        });
    }

    /** In a change that was counted: until when such a time lasts, if it begins with this change. */
    public Optional<Instant> begunAhead(OrganizationId organization, Instant now) {
        return unsure(organization)
                .filter(time ->
                        Micros.of(time.from()) == Micros.of(now) && time.to().isAfter(now))
                .map(Unsure::to);
    }

    public void create(OrganizationId organization, Instant now, String by) {
        String sql = "INSERT INTO idn_rights (organization, changes, changed_at, changed_by) VALUES (?, 1, ?, ?)";
        Jdbc.write(tx, sql, statement -> {
            statement.setString(1, organization.value());
            statement.setLong(2, Micros.of(now));
            statement.setString(3, by);
            return statement.executeUpdate();
        });
    }

    /**
     * What a version that keeps no history has written is from now on known to be so, as if it had changed just now: after an
     * upgrade, also one of several controllers while the old ones were still at work.
     */
    public void catchUp(Instant now, String by) {
        History history = new History(tx);
        for (OrganizationId organization : missed()) {
            tx.retrying(() -> {
                if (count(organization, now, by)) {
                    history.catchUp(organization);
                }
                return organization;
            });
        }
    }

    /** Organizations of which something is not as the history says: none, unless a writer forgot it. */
    public Set<OrganizationId> missed() {
        return tx.read(new History(tx)::missed);
    }

    /** The count, and what was kept of the past. */
    public void delete(OrganizationId organization) {
        tx.execute(() -> {
            new History(tx).forget(organization);
            Jdbc.write(tx, "DELETE FROM idn_rights WHERE organization = ?", statement -> {
                statement.setString(1, organization.value());
                return statement.executeUpdate();
            });
        });
    }
}
