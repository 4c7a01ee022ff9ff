// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm;

import java.util.Map;
import org.isthmus.driver.kvm.host.HostFiles;
import org.isthmus.model.Ids.NicId;
import org.isthmus.spi.network.PortBinding;

/** Ports to plug into. */
final class Bindings {
    private Bindings() {}

    /** A plain port of the integration bridge, on a datapath without offloads. */
    static PortBinding ovs(NicId nic) {
        return new PortBinding(
                PortBinding.OVS,
                Map.of(
                        PortBinding.OVS_BRIDGE, "br-int",
                        PortBinding.OVS_INTERFACE_ID, HostFiles.uuid(nic),
                        PortBinding.MTU, "1442",
                        PortBinding.OFFLOADS, "false"));
    }
}
