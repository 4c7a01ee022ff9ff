// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.sql.ResultSet;
import java.util.OptionalLong;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Counts the changes of an organization's rights. */
@Component(service = ChangeCounter.class)
public final class ChangeCounter {
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
     */
    public boolean count(OrganizationId organization) {
        return update("UPDATE idn_rights SET changes = changes + 1 WHERE organization = ?", organization) == 1;
    }

    public void create(OrganizationId organization) {
        update("INSERT INTO idn_rights (organization, changes) VALUES (?, 1)", organization);
    }

    public void delete(OrganizationId organization) {
        update("DELETE FROM idn_rights WHERE organization = ?", organization);
    }

    private int update(String sql, OrganizationId organization) {
        return Jdbc.write(tx, sql, statement -> {
            statement.setString(1, organization.value());
            return statement.executeUpdate();
        });
    }
}
