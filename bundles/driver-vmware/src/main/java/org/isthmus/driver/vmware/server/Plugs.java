// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.DistributedVirtualSwitchPortConnection;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VirtualDeviceConnectInfo;
import com.vmware.vim25.VirtualEthernetCard;
import com.vmware.vim25.VirtualEthernetCardDistributedVirtualPortBackingInfo;
import com.vmware.vim25.VirtualVmxnet3;
import java.util.Optional;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ServerSpec.NicSpec;
import org.isthmus.spi.network.PortBinding;

/** How interfaces are plugged into portgroups. */
final class Plugs {
    private final Talk talk;

    Plugs(Talk talk) {
        this.talk = talk;
    }

    /**
     * An interface, plugged in.
     *
     * @param key negative: the vCenter gives it its own
     * @throws DriverException INVALID when its portgroup is not there
     */
    VirtualVmxnet3 card(NicSpec nic, int key, boolean connected) {
        VirtualVmxnet3 card = plugged(connection(nic.binding()), key, connected);
        card.setAddressType("manual");
        card.setMacAddress(nic.mac().value());
        return card;
    }

    /** Whether a machine's interface is this one: its MAC, in its portgroup, connected when the machine is on. */
    static boolean plugged(VirtualEthernetCard card, NicSpec nic) {
        return card instanceof VirtualVmxnet3
                && Machine.mac(card).equalsIgnoreCase(nic.mac().value())
                && card.getConnectable() != null
                && card.getConnectable().isStartConnected()
                && card.getBacking() instanceof VirtualEthernetCardDistributedVirtualPortBackingInfo backing
                && backing.getPort()
                        .getPortgroupKey()
                        .equals(nic.binding().attributes().get(PortBinding.PORTGROUP_KEY));
    }

    private static VirtualVmxnet3 plugged(DistributedVirtualSwitchPortConnection port, int key, boolean connected) {
        VirtualEthernetCardDistributedVirtualPortBackingInfo backing =
                new VirtualEthernetCardDistributedVirtualPortBackingInfo();
        backing.setPort(port);
        VirtualDeviceConnectInfo plug = new VirtualDeviceConnectInfo();
        plug.setStartConnected(true);
        plug.setAllowGuestControl(true);
        plug.setConnected(connected);
        VirtualVmxnet3 card = new VirtualVmxnet3();
        card.setKey(key);
        card.setBacking(backing);
        card.setConnectable(plug);
        return card;
    }

    /** An interface with a MAC of the vCenter's choice. */
    VirtualVmxnet3 anyCard(String portgroup, int key) {
        VirtualVmxnet3 card = plugged(connection(portgroup), key, false);
        card.setAddressType("generated");
        return card;
    }

    private DistributedVirtualSwitchPortConnection connection(PortBinding binding) {
        if (!binding.kind().equals(PortBinding.PORTGROUP)) {
            throw new DriverException(
                    Kind.INVALID,
                    "A vCenter plugs interfaces into portgroups, not into " + binding.kind()
                            + ": take a network of it.");
        }
        String key = Optional.ofNullable(binding.attributes().get(PortBinding.PORTGROUP_KEY))
                .orElseThrow(() -> new DriverException(Kind.INVALID, "The binding names no portgroup."));
        return connection(key);
    }

    private DistributedVirtualSwitchPortConnection connection(String key) {
        ManagedObjectReference dvs = talk.see(
                        Tasks.object("DistributedVirtualPortgroup", key), "config.distributedVirtualSwitch")
                .flatMap(seen -> seen.get("config.distributedVirtualSwitch", ManagedObjectReference.class))
                .orElseThrow(() -> new DriverException(Kind.INVALID, "There is no portgroup " + key + "."));
        DistributedVirtualSwitchPortConnection connection = new DistributedVirtualSwitchPortConnection();
        connection.setPortgroupKey(key);
        connection.setSwitchUuid(talk.see(dvs, "uuid")
                .map(seen -> seen.must("uuid", String.class))
                .orElseThrow(() -> new DriverException(Kind.INVALID, "The switch of portgroup " + key + " is gone.")));
        return connection;
    }
}
