// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.notice;

import java.time.Clock;
import java.util.Optional;
import org.isthmus.api.mail.Mailer;
import org.isthmus.core.heart.Heart;
import org.isthmus.core.swap.Swaps;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Notices in their container. A mailer comes and goes. */
@Component(service = NoticeComponent.class, immediate = true)
public final class NoticeComponent {
    private final Notices notices;
    private volatile Mailer mailer;

    @Activate
    public NoticeComponent(
            @Reference Tx tx,
            @Reference Clock clock,
            @Reference Leases leases,
            @Reference Swaps swaps,
            @Reference Heart heart) {
        notices = new Notices(
                tx, clock, leases, heart.holder(), swaps, heart.events(), () -> Optional.ofNullable(mailer));
        notices.start();
    }

    @Deactivate
    void stop() {
        notices.close();
    }

    @Reference(
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.OPTIONAL)
    void bindMailer(Mailer service) {
        mailer = service;
    }

    void unbindMailer(Mailer service) {
        if (mailer == service) {
            mailer = null;
        }
    }
}
