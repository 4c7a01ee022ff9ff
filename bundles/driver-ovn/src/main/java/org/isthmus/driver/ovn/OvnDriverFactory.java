// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.util.List;
import java.util.Optional;
import org.isthmus.driver.ovn.ovsdb.Timing;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Component;

/** The driver type {@code ovn}. */
@Component(service = DriverFactory.class)
public final class OvnDriverFactory implements DriverFactory {
    @Override
    public String type() {
        return "ovn";
    }

    @Override
    public String description() {
        return "Private networks on Open Virtual Network (OVN 21.03 or newer), through its databases.";
    }

    @Override
    public String version() {
        return Optional.ofNullable(FrameworkUtil.getBundle(OvnDriverFactory.class))
                .map(bundle -> bundle.getVersion().toString())
                .orElse("outside a container");
    }

    @Override
    public List<Setting> settings() {
        return OvnSettings.SCHEMA;
    }

    @Override
    public Driver open(EndpointConfig endpoint, DriverContext context) {
        OvnDriver driver = new OvnDriver(OvnSettings.of(endpoint), Timing.NORMAL, context);
        driver.connect();
        return driver;
    }
}
