// SPDX-License-Identifier: Apache-2.0
package org.isthmus.mail;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.isthmus.api.mail.Mailer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/** Offers a mailer while there is a server to send to. */
@Component(service = MailComponent.class, immediate = true, configurationPid = "org.isthmus.mail")
@Designate(ocd = Config.class)
public final class MailComponent {
    private final Optional<ServiceRegistration<Mailer>> offered;

    @Activate
    public MailComponent(BundleContext context, Config config) {
        // Karaf's installation; elsewhere the working directory
        Path base =
                Path.of(Optional.ofNullable(context.getProperty("karaf.base")).orElse(""));
        offered = Settings.of(config, base.toAbsolutePath())
                .map(settings ->
                        context.registerService(Mailer.class, new SmtpMailer(settings, Clock.systemUTC()), null));
    }

    @Deactivate
    void stop() {
        offered.ifPresent(ServiceRegistration::unregister);
    }
}
