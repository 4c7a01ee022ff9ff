// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.login;

import java.util.Map;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** The place of the audit log, which may be swapped at any time. */
@Component(service = Audits.class)
public final class Audits {
    private final Swappable<AuditLog> log;

    @Activate
    public Audits() {
        this(new Swappable<>("The audit log"));
    }

    /** Without a container. */
    public Audits(Swappable<AuditLog> log) {
        this.log = log;
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindAudit(AuditLog service, Map<String, Object> properties) {
        log.bind(service, properties.get(Constants.SERVICE_RANKING) instanceof Integer ranking ? ranking : 0);
    }

    void unbindAudit(AuditLog service) {
        log.unbind(service);
    }

    Swappable<AuditLog> log() {
        return log;
    }
}
