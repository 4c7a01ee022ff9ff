// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import java.util.List;
import java.util.Optional;
import org.isthmus.driver.jclouds.cloud.CloudSettings;
import org.isthmus.driver.jclouds.cloud.Providers;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Component;

/** The driver type {@code jclouds}. */
@Component(service = DriverFactory.class)
public final class JcloudsDriverFactory implements DriverFactory {
    @Override
    public String type() {
        return "jclouds";
    }

    @Override
    public String description() {
        return "Servers of other clouds, through Apache jclouds. Providers installed: "
                + String.join(", ", Providers.installed()) + ".";
    }

    @Override
    public String version() {
        return Optional.ofNullable(FrameworkUtil.getBundle(JcloudsDriverFactory.class))
                .map(bundle -> bundle.getVersion().toString())
                .orElse("outside a container");
    }

    @Override
    public List<Setting> settings() {
        return CloudSettings.SCHEMA;
    }

    @Override
    public Driver open(EndpointConfig endpoint, DriverContext context) {
        return JcloudsDriver.open(CloudSettings.of(endpoint), context);
    }
}
