// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.network;

import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.PortBinding;

/**
 * A server's interface on a network.
 *
 * @param sortNo its place among the server's interfaces, from 0
 * @param guestAddresses what the guest said last it has as addresses here: shown, and nothing is decided by it
 * @param binding how a hypervisor plugs in, once the network's driver has said so
 */
public record Port(
        NicId id,
        NetworkId network,
        ServerId server,
        int sortNo,
        MacAddress mac,
        long address,
        List<String> guestAddresses,
        Optional<PortBinding> binding) {
    public Port {
        guestAddresses = List.copyOf(guestAddresses);
    }

    /** As it was given, whatever its guest says. */
    public Port given() {
        return new Port(id, network, server, sortNo, mac, address, List.of(), binding);
    }

    /** What the network's driver is to make real: with these names leading to it. */
    public PortSpec wanted(List<Name> hostNames) {
        return new PortSpec(id, network, mac, address, hostNames);
    }
}
