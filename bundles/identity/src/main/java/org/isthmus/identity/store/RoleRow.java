// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Optional;
import java.util.Set;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.Action;
import org.isthmus.api.identity.Roles.RoleView;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;

@Entity
@Table(name = "idn_role")
class RoleRow {
    @Id
    @Column(name = "id", length = 40)
    private String id;

    @Column(name = "organization", length = 40)
    private String organization;

    @Column(name = "name", length = 63)
    private String name;

    /** Keys separated by commas. */
    @Column(name = "actions", length = 4000)
    private String actions;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by", length = 200)
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    static RoleRow of(RoleView view) {
        RoleRow row = new RoleRow();
        row.id = view.id();
        row.organization = view.organization().value();
        row.createdAt = Micros.of(view.createdAt().orElseThrow());
        row.createdBy = view.createdBy().orElseThrow();
        row.name = view.name();
        row.actions = Actions.text(view.actions());
        return row;
    }

    RoleView toView() {
        return new RoleView(
                id,
                name,
                new OrganizationId(organization),
                Actions.of(actions),
                false,
                Optional.of(Micros.toInstant(createdAt)),
                Optional.of(createdBy),
                version);
    }

    /** What is absent stays as it is: another version of the product may know actions that this one does not. */
    final void change(Optional<Name> newName, Optional<Set<Action>> newActions) {
        newName.ifPresent(given -> name = given.value());
        newActions.ifPresent(given -> actions = Actions.text(given));
    }

    String organization() {
        return organization;
    }

    long version() {
        return version;
    }
}
