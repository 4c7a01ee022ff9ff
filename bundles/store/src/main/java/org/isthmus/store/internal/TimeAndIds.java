// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import java.time.Clock;
import java.util.List;
import org.isthmus.model.Ids;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** Publishes the one clock (UTC) and the one source of ids, so that nobody makes their own. */
@Component(
        service = {},
        immediate = true)
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>='java.time.Clock'", effective = "active")
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>='org.isthmus.model.Ids'",
        effective = "active")
public final class TimeAndIds {
    private final List<ServiceRegistration<?>> services;

    @Activate
    public TimeAndIds(BundleContext bundle) {
        Clock clock = Clock.systemUTC();
        services = List.of(
                bundle.registerService(Clock.class, clock, null),
                bundle.registerService(Ids.class, new Ids(clock), null));
    }

    @Deactivate
    void stop() {
        services.forEach(ServiceRegistration::unregister);
    }
}
