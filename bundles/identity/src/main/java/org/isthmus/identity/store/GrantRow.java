// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.util.Optional;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.Subject;
import org.isthmus.api.identity.Grants.GrantView;
import org.isthmus.model.Ids.BreakGlassId;
import org.isthmus.model.Ids.GrantId;
import org.isthmus.model.Ids.OrganizationId;

@Entity
@Table(name = "idn_grant")
class GrantRow {
    @Id
    @Column(name = "id", length = 40)
    private String id;

    @Column(name = "organization", length = 40)
    private String organization;

    @Column(name = "subject_kind", length = 20)
    private String subjectKind;

    @Column(name = "subject_id", length = 40)
    private String subjectId;

    @Column(name = "role", length = 63)
    private String role;

    @Column(name = "scope_kind", length = 20)
    private String scopeKind;

    @Column(name = "scope_id", length = 200)
    private String scopeId;

    @Column(name = "from_at")
    private Long fromAt;

    @Column(name = "until_at")
    private Long untilAt;

    @Column(name = "break_glass", length = 40)
    private String breakGlass;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by", length = 200)
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    static GrantRow of(GrantView view) {
        GrantRow row = new GrantRow();
        row.id = view.id().value();
        row.organization = view.organization().value();
        row.subjectKind = view.subject().kind();
        row.subjectId = view.subject().id();
        row.role = view.role();
        row.scopeKind = view.scope().kind();
        row.scopeId = view.scope().id();
        row.fromAt = Micros.ofMaybe(view.from());
        row.untilAt = Micros.ofMaybe(view.until());
        row.breakGlass = view.breakGlass().map(BreakGlassId::value).orElse(null);
        row.createdAt = Micros.of(view.createdAt());
        row.createdBy = view.createdBy();
        return row;
    }

    GrantView toView() {
        return new GrantView(
                new GrantId(id),
                new OrganizationId(organization),
                new Subject(subjectKind, subjectId),
                role,
                new Subject(scopeKind, scopeId),
                Micros.toMaybe(fromAt),
                Micros.toMaybe(untilAt),
                Optional.ofNullable(breakGlass).map(BreakGlassId::new),
                Micros.toInstant(createdAt),
                createdBy,
                version);
    }

    String organization() {
        return organization;
    }
}
