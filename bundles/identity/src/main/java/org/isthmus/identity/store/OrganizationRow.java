// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.EnumType;
import javax.persistence.Enumerated;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Version;
import org.isthmus.api.organization.OrganizationView;
import org.isthmus.api.organization.Policy;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Money;
import org.isthmus.model.Name;

@Entity
@Table(name = "idn_organization")
class OrganizationRow {
    @Id
    @Column(name = "id", length = 40)
    private String id;

    @Column(name = "name", length = 63)
    private String name;

    @Column(name = "display_name", length = 200)
    private String displayName;

    @Column(name = "parent", length = 40)
    private String parent;

    @Column(name = "deployments_per_day")
    private int deploymentsPerDay;

    @Column(name = "deletion_grace", length = 40)
    private String deletionGrace;

    /** Absent: any location. Empty: none. Else one a line. */
    @Column(name = "allowed_locations", length = 21000)
    private String allowedLocations;

    @Column(name = "required_tags", length = 1500)
    private String requiredTags;

    /** Absent, of organizations before there were any: the default. */
    @Column(name = "conflicting_roles", length = 8000)
    private String conflictingRoles;

    /** Absent, of organizations before there was any: at the login of those who have one. */
    @Enumerated(EnumType.STRING)
    @Column(name = "require_mfa", length = 20)
    private Policy.Mfa requireMfa;

    /** In US dollars; absent: no amount. */
    @Column(name = "approval_above", length = 40)
    private String approvalAbove;

    /** Absent, of organizations before there was any: 0. */
    @Column(name = "bulk_delete_threshold")
    private Integer bulkDeleteThreshold;

    /** Absent, of organizations before there was any: no. */
    @Column(name = "approve_raised_limits")
    private Boolean approveRaisedLimits;

    /** Absent, of organizations before there was any: yes. */
    @Column(name = "exposure_allowed")
    private Boolean exposureAllowed;

    /** Absent, of organizations before there was any: no. */
    @Column(name = "require_vpn_for_api")
    private Boolean requireVpnForApi;

    /** Absent: for ever. */
    @Column(name = "max_lease", length = 40)
    private String maxLease;

    @Column(name = "created_at")
    private long createdAt;

    @Column(name = "created_by", length = 200)
    private String createdBy;

    @Version
    @Column(name = "version")
    private long version;

    static OrganizationRow of(OrganizationView view) {
        OrganizationRow row = new OrganizationRow();
        row.id = view.id().value();
        row.name = view.name().value();
        row.displayName = view.displayName();
        row.parent = view.parent().map(OrganizationId::value).orElse(null);
        row.policy(view.policy());
        row.createdAt = Micros.of(view.createdAt());
        row.createdBy = view.createdBy();
        return row;
    }

    OrganizationView toView() {
        return new OrganizationView(
                new OrganizationId(id),
                new Name(name),
                displayName,
                Optional.ofNullable(parent).map(OrganizationId::new),
                new Policy(
                        deploymentsPerDay,
                        Duration.parse(deletionGrace),
                        Optional.ofNullable(allowedLocations).map(OrganizationRow::lines),
                        lines(requiredTags),
                        Conflicts.of(conflictingRoles),
                        Optional.ofNullable(requireMfa).orElse(Policy.Mfa.NONE),
                        Optional.ofNullable(approvalAbove).map(Money::usd),
                        Optional.ofNullable(bulkDeleteThreshold).orElse(0),
                        Boolean.TRUE.equals(approveRaisedLimits),
                        !Boolean.FALSE.equals(exposureAllowed),
                        Boolean.TRUE.equals(requireVpnForApi),
                        Optional.ofNullable(maxLease).map(Duration::parse)),
                Micros.toInstant(createdAt),
                createdBy,
                version);
    }

    long version() {
        return version;
    }

    void displayName(String text) {
        displayName = text;
    }

    final void policy(Policy policy) {
        deploymentsPerDay = policy.deploymentsPerDay();
        deletionGrace = policy.deletionGrace().toString();
        allowedLocations =
                policy.allowedLocations().map(names -> String.join("\n", names)).orElse(null);
        requiredTags = String.join("\n", policy.requiredTags());
        conflictingRoles = Conflicts.text(policy.conflictingRoles());
        requireMfa = policy.requireMfa();
        approvalAbove = policy.approvalAbove().map(Money::plain).orElse(null);
        bulkDeleteThreshold = policy.bulkDeleteThreshold();
        approveRaisedLimits = policy.approveRaisedLimits();
        exposureAllowed = policy.exposureAllowed();
        requireVpnForApi = policy.requireVpnForApi();
        maxLease = policy.maxLease().map(Duration::toString).orElse(null);
    }

    private static List<String> lines(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split("\n", -1));
    }
}
