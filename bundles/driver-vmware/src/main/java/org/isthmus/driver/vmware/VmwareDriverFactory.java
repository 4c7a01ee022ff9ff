// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import java.util.List;
import java.util.Optional;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Component;

/** The driver type {@code vmware}. */
@Component(service = DriverFactory.class)
public final class VmwareDriverFactory implements DriverFactory {
    @Override
    public String type() {
        return "vmware";
    }

    @Override
    public String description() {
        return "Servers and networks of a VMware vCenter (vSphere 6.5 or newer).";
    }

    @Override
    public String version() {
        return Optional.ofNullable(FrameworkUtil.getBundle(VmwareDriverFactory.class))
                .map(bundle -> bundle.getVersion().toString())
                .orElse("outside a container");
    }

    @Override
    public List<Setting> settings() {
        return VmwareSettings.SCHEMA;
    }

    @Override
    public Driver open(EndpointConfig endpoint, DriverContext context) {
        return new VmwareDriver(VmwareSettings.of(endpoint), context);
    }
}
