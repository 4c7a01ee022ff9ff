// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;
import org.isthmus.model.Sha256;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Second factors of users, and their recovery codes. Plain JDBC: each change is one conditional statement. */
@Component(service = FactorStore.class)
public final class FactorStore {
    private final Tx tx;

    /**
     * A second factor.
     *
     * @param confirmed false until a code has been given
     * @param lastStep the last step whose code was taken
     */
    public record Kept(String sealed, boolean confirmed, long lastStep) {
        /** Says nothing of the secret. */
        @Override
        public String toString() {
            return "Kept[" + (confirmed ? "confirmed" : "begun") + "]";
        }
    }

    @Activate
    public FactorStore(@Reference Tx tx) {
        this.tx = tx;
    }

    public Optional<Kept> find(OrganizationId organization, UserId user) {
        return Jdbc.read(
                tx,
                "SELECT totp, totp_since, totp_step FROM idn_user"
                        + " WHERE id = ? AND organization = ? AND totp IS NOT NULL",
                query -> {
                    bind(query, 1, organization, user);
                    try (ResultSet row = query.executeQuery()) {
                        if (!row.next()) {
                            return Optional.<Kept>empty();
                        }
                        boolean confirmed = row.getObject(2) != null;
                        return Optional.of(new Kept(row.getString(1), confirmed, row.getLong(3)));
                    }
                });
    }

    /** A new one in place of one that was not confirmed. False when there is one that was. */
    public boolean begin(OrganizationId organization, UserId user, String sealed) {
        return Jdbc.write(
                tx,
                "UPDATE idn_user SET totp = ?, totp_step = 0, version = version + 1"
                        + " WHERE id = ? AND organization = ? AND totp_since IS NULL",
                update -> {
                    update.setString(1, sealed);
                    bind(update, 2, organization, user);
                    return update.executeUpdate() == 1;
                });
    }

    /** It counts from now on, the code's step taken. False when it is not the one that was begun, or confirmed already. */
    public boolean confirm(OrganizationId organization, UserId user, String sealed, long step, Instant now) {
        return Jdbc.write(
                tx,
                "UPDATE idn_user SET totp_since = ?, totp_step = ?, changed_at = ?, version = version + 1"
                        + " WHERE id = ? AND organization = ? AND totp_since IS NULL AND totp = ?",
                update -> {
                    update.setLong(1, Micros.of(now));
                    update.setLong(2, step);
                    update.setLong(3, Micros.of(now));
                    bind(update, 4, organization, user);
                    update.setString(6, sealed);
                    return update.executeUpdate() == 1;
                });
    }

    /**
     * Takes the code of a step. False when that step or a later one was taken, by whoever, on whichever controller, or when the
     * second factor is another by now.
     */
    public boolean take(OrganizationId organization, UserId user, String sealed, long step) {
        return Jdbc.write(
                tx,
                "UPDATE idn_user SET totp_step = ? WHERE id = ? AND organization = ?"
                        + " AND totp_since IS NOT NULL AND totp = ? AND totp_step < ?",
                update -> {
                    update.setLong(1, step);
                    bind(update, 2, organization, user);
                    update.setString(4, sealed);
                    update.setLong(5, step);
                    return update.executeUpdate() == 1;
                });
    }

    /** Takes it away. False when there is none that was confirmed. */
    public boolean remove(OrganizationId organization, UserId user, Instant now) {
        deleteRecovery(organization, user);
        return Jdbc.write(
                tx,
                "UPDATE idn_user SET totp = NULL, totp_since = NULL, totp_step = NULL, changed_at = ?, version = version + 1"
                        + " WHERE id = ? AND organization = ? AND totp_since IS NOT NULL",
                update -> {
                    update.setLong(1, Micros.of(now));
                    bind(update, 2, organization, user);
                    return update.executeUpdate() == 1;
                });
    }

    public void addRecovery(OrganizationId organization, UserId user, Collection<Sha256> codes) {
        Jdbc.write(tx, "INSERT INTO idn_recovery (user_id, code_hash, organization) VALUES (?, ?, ?)", insert -> {
            for (Sha256 code : codes) {
                insert.setString(1, user.value());
                insert.setString(2, code.hex());
                insert.setString(3, organization.value());
                insert.addBatch();
            }
            return insert.executeBatch().length;
        });
    }

    public boolean hasRecovery(OrganizationId organization, UserId user, Sha256 code) {
        return Jdbc.read(
                tx,
                "SELECT code_hash FROM idn_recovery WHERE user_id = ? AND organization = ? AND code_hash = ?",
                query -> {
                    bind(query, 1, organization, user);
                    query.setString(3, code.hex());
                    try (ResultSet row = query.executeQuery()) {
                        return row.next();
                    }
                });
    }

    /** Takes a recovery code, which is gone then. False when somebody took it before. */
    public boolean takeRecovery(OrganizationId organization, UserId user, Sha256 code) {
        return Jdbc.write(
                tx, "DELETE FROM idn_recovery WHERE user_id = ? AND organization = ? AND code_hash = ?", delete -> {
                    bind(delete, 1, organization, user);
                    delete.setString(3, code.hex());
                    return delete.executeUpdate() == 1;
                });
    }

    /** Of a user who is deleted, or gets others. */
    public void deleteRecovery(OrganizationId organization, UserId user) {
        Jdbc.write(tx, "DELETE FROM idn_recovery WHERE user_id = ? AND organization = ?", delete -> {
            bind(delete, 1, organization, user);
            return delete.executeUpdate();
        });
    }

    public void deleteAll(OrganizationId organization) {
        Jdbc.write(tx, "DELETE FROM idn_recovery WHERE organization = ?", delete -> {
            delete.setString(1, organization.value());
            return delete.executeUpdate();
        });
    }

    private static void bind(PreparedStatement statement, int from, OrganizationId organization, UserId user)
            throws java.sql.SQLException {
        statement.setString(from, user.value());
        statement.setString(from + 1, organization.value());
    }
}
