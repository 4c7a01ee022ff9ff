// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.network;

import java.util.List;
import java.util.Optional;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.MacAddress;
import org.isthmus.model.Name;
import org.isthmus.spi.Call;
import org.isthmus.spi.Driver;
import org.isthmus.spi.Progress;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Private networks of one location, and the ports of servers on them. Declarative: {@code ensure} brings what is below to
 * what is wanted, whatever was there before, and is done when the hosts that are alive have applied it.
 *
 * <p>What holds for every network: its ports reach each other and nothing else; nothing from outside reaches them; two
 * networks may have the same subnet; a port sends and receives only with its own MAC and IP address; ports get their
 * address by DHCP and find each other's names by DNS.
 */
@ConsumerType
public interface NetworkDriver extends Driver {
    /** Makes the network, or brings it to this form. The same network id makes one network, ever. */
    Progress<Void> ensureNetwork(Call call, NetworkSpec wanted);

    /**
     * Makes the port, or brings it to this form, and answers how a hypervisor plugs into it. NOT_FOUND when its network
     * is not there. An address or MAC that another port of the network holds is CONFLICT.
     */
    Progress<PortBinding> ensurePort(Call call, PortSpec wanted);

    /** Removes a port. Absent is done. */
    Progress<Void> removePort(Call call, NetworkId network, NicId port);

    /** Removes a network. Absent is done. While it has ports: CONFLICT. */
    Progress<Void> removeNetwork(Call call, NetworkId network);

    /** The network with its ports as they are, or empty when there is none. UNAVAILABLE is never "empty". */
    Optional<SeenNetwork> find(NetworkId network);

    /** Every network this driver made and is still there; unmanaged ones are not shown. */
    List<SeenNetwork> list();

    /**
     * A network.
     *
     * @param dnsServer answers names of this network at the gateway address when true
     * @param dnsDomain the domain its names live under
     */
    record NetworkSpec(
            NetworkId network,
            OrganizationId organization,
            Name name,
            Cidr cidr,
            boolean dnsServer,
            String dnsDomain) {}

    /**
     * A port.
     *
     * @param address IPv4, as the number {@link Cidr} handles; within the network's subnet
     * @param hostNames the DNS names that lead to it, without domain; none for one that nobody is to find by name
     */
    record PortSpec(NicId port, NetworkId network, MacAddress mac, long address, List<Name> hostNames) {
        public PortSpec {
            hostNames = List.copyOf(hostNames);
        }
    }

    /**
     * A network as it is below.
     *
     * @param token of the call that made it
     */
    record SeenNetwork(NetworkId network, String token, Cidr cidr, List<SeenPort> ports) {
        public SeenNetwork {
            ports = List.copyOf(ports);
        }
    }

    /**
     * A port as it is below.
     *
     * @param up a live hypervisor has plugged into it
     */
    record SeenPort(NicId port, String token, String mac, long address, boolean up) {}
}
