// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.util.Optional;
import org.isthmus.driver.kvm.libvirt.Link;
import org.isthmus.spi.DriverContext;

/** A driver that takes its host for one far away. */
final class FarDriver {
    private FarDriver() {}

    static KvmDriver of(String uri, DriverContext context) {
        KvmSettings settings =
                new KvmSettings("qemu+ssh://far/system", RealHost.STORAGE, "tcg", "auto", "q35", Optional.empty());
        return new KvmDriver(settings, new Link(uri, "far", context.clock()), context);
    }
}
