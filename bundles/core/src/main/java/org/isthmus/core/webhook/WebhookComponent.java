// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.isthmus.api.gate.CommandHandler;
import org.isthmus.api.organization.Organizations;
import org.isthmus.api.webhook.Webhooks;
import org.isthmus.core.heart.Heart;
import org.isthmus.core.swap.Swaps;
import org.isthmus.model.Ids;
import org.isthmus.store.Leases;
import org.isthmus.store.Tx;
import org.isthmus.store.seal.Seal;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

/** Webhooks in their container. An edit of the configuration puts them together anew; they go on where they were. */
@Component(service = WebhookComponent.class, immediate = true, configurationPid = "org.isthmus.core.webhook")
@Designate(ocd = Config.class)
public final class WebhookComponent {
    private final CoreWebhooks webhooks;
    private final List<ServiceRegistration<?>> offered = new ArrayList<>();

    @Activate
    public WebhookComponent(
            BundleContext context,
            Config config,
            @Reference Tx tx,
            @Reference Clock clock,
            @Reference Ids ids,
            @Reference Leases leases,
            @Reference Swaps swaps,
            @Reference Heart heart,
            @Reference Seal seal) {
        webhooks = new CoreWebhooks(
                new CoreWebhooks.Given(
                        tx,
                        clock,
                        ids,
                        leases,
                        heart.holder(),
                        swaps,
                        heart.events(),
                        heart.eventLog(),
                        () -> seal,
                        new SecureRandom()),
                Settings.of(config.http(), config.networks(), config.refused(), config.timeout()));
        webhooks.handlers().forEach(each -> offered.add(context.registerService(CommandHandler.class, each, null)));
        offered.add(context.registerService(Webhooks.class, webhooks, null));
        offered.add(context.registerService(Organizations.Owned.class, webhooks, null));
        webhooks.start();
    }

    @Deactivate
    void stop() {
        Collections.reverse(offered);
        offered.forEach(ServiceRegistration::unregister);
        webhooks.close();
    }
}
