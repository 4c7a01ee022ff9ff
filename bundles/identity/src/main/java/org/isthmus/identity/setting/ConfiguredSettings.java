// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.setting;

import java.nio.file.Path;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.Designate;

/** The settings of this machine. An edit of the file puts identity together anew, with the new ones. */
@Component(service = ConfiguredSettings.class, configurationPid = "org.isthmus.identity")
@Designate(ocd = Config.class)
public final class ConfiguredSettings {
    private final Settings settings;

    @Activate
    public ConfiguredSettings(BundleContext context, Config config) {
        // Karaf's installation; elsewhere the working directory
        Path base =
                Path.of(Optional.ofNullable(context.getProperty("karaf.base")).orElse(""));
        settings = Settings.of(config, base.toAbsolutePath());
    }

    public Settings settings() {
        return settings;
    }
}
