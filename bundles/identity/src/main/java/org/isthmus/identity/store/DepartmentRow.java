// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Optional;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.identity.Departments.DepartmentView;
import org.isthmus.model.Ids.DepartmentId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Name;

@Entity
@Table(name = "idn_department")
class DepartmentRow {
    @Id
    @Column(name = "id", length = 40)
    private String id;

    @Column(name = "organization", length = 40)
    private String organization;

    @Column(name = "name", length = 63)
    private String name;

    @Column(name = "parent", length = 40)
    private String parent;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by", length = 200)
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    static DepartmentRow of(DepartmentView view) {
        DepartmentRow row = new DepartmentRow();
        row.id = view.id().value();
        row.organization = view.organization().value();
        row.createdAt = Micros.of(view.createdAt());
        row.createdBy = view.createdBy();
        row.change(view.name(), view.parent());
        return row;
    }

    DepartmentView toView() {
        return new DepartmentView(
                new DepartmentId(id),
                new Name(name),
                new OrganizationId(organization),
                Optional.ofNullable(parent).map(DepartmentId::new),
                Micros.toInstant(createdAt),
                createdBy,
                version);
    }

    final void change(Name newName, Optional<DepartmentId> newParent) {
        name = newName.value();
        parent = newParent.map(DepartmentId::value).orElse(null);
    }

    String organization() {
        return organization;
    }

    long version() {
        return version;
    }
}
