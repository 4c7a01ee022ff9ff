// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.swap;

import java.util.Map;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.identity.Access;
import org.isthmus.api.identity.Departments;
import org.isthmus.api.identity.Users;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * The places for what can be swapped under the gate: identity's decisions, its users and departments, and the audit log. Their
 * coming and going never takes the gate down; calls wait a little, then get 503.
 */
@Component(service = Swaps.class, immediate = true)
public final class Swaps {
    private final Swappable<Access> access = new Swappable<>("Identity");
    private final Swappable<AuditLog> audit = new Swappable<>("The audit log");
    private final Swappable<Users> users = new Swappable<>("The list of users");
    private final Swappable<Departments> departments = new Swappable<>("The list of departments");

    @Activate
    public Swaps() {}

    /** With services that stay: for programs without a service registry. */
    public static Swaps of(Access access, AuditLog audit) {
        Swaps swaps = new Swaps();
        swaps.access.bind(access, 0);
        swaps.audit.bind(audit, 0);
        return swaps;
    }

    /** The same, with who can be named. */
    public Swaps with(Users people, Departments parts) {
        users.bind(people, 0);
        departments.bind(parts, 0);
        return this;
    }

    public Swappable<Users> users() {
        return users;
    }

    public Swappable<Departments> departments() {
        return departments;
    }

    public Swappable<Access> access() {
        return access;
    }

    public Swappable<AuditLog> audit() {
        return audit;
    }

    @Reference(
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindAccess(Access service, Map<String, Object> properties) {
        access.bind(service, ranking(properties));
    }

    void unbindAccess(Access service) {
        access.unbind(service);
    }

    @Reference(
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindAudit(AuditLog service, Map<String, Object> properties) {
        audit.bind(service, ranking(properties));
    }

    void unbindAudit(AuditLog service) {
        audit.unbind(service);
    }

    @Reference(
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindUsers(Users service, Map<String, Object> properties) {
        users.bind(service, ranking(properties));
    }

    void unbindUsers(Users service) {
        users.unbind(service);
    }

    @Reference(
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindDepartments(Departments service, Map<String, Object> properties) {
        departments.bind(service, ranking(properties));
    }

    void unbindDepartments(Departments service) {
        departments.unbind(service);
    }

    private static int ranking(Map<String, Object> properties) {
        return properties.get("service.ranking") instanceof Integer ranking ? ranking : 0;
    }
}
