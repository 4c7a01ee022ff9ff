// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.util.List;
import java.util.Optional;
import org.isthmus.driver.kvm.libvirt.JnaMemory;
import org.isthmus.driver.kvm.libvirt.Link;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.Setting;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** The driver type {@code kvm}. */
@Component(service = DriverFactory.class)
public final class KvmDriverFactory implements DriverFactory {
    /** True once this version goes; its drivers are closed a little later. */
    private volatile boolean going;

    @Activate
    public void activate() {
        going = false;
    }

    @Deactivate
    public void deactivate() {
        going = true;
        JnaMemory.forgetUs();
    }

    /** A driver of this version has closed. */
    private void closed() {
        if (going) {
            JnaMemory.forgetUs();
        }
    }

    @Override
    public String type() {
        return "kvm";
    }

    @Override
    public String description() {
        return "Servers on a KVM host, through libvirt.";
    }

    @Override
    public String version() {
        return Optional.ofNullable(FrameworkUtil.getBundle(KvmDriverFactory.class))
                .map(bundle -> bundle.getVersion().toString())
                .orElse("outside a container");
    }

    @Override
    public List<Setting> settings() {
        return KvmSettings.SCHEMA;
    }

    @Override
    public Driver open(EndpointConfig endpoint, DriverContext context) {
        KvmSettings settings = KvmSettings.of(endpoint);
        return new KvmDriver(
                settings, new Link(settings.uri(), endpoint.name(), context.clock()), context, this::closed);
    }
}
