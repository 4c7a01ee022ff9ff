// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.network;

import java.util.Map;

/**
 * How a hypervisor plugs an interface into a port. Made by the network driver, carried by the host unread, understood by
 * the compute driver.
 *
 * @param kind the way of plugging, such as {@code ovs}
 * @param attributes names and values that kind needs
 */
public record PortBinding(String kind, Map<String, String> attributes) {
    /** Attributes of kind {@code ovs}: the Open vSwitch bridge, and the interface id its port carries. */
    public static final String OVS = "ovs";

    public static final String OVS_BRIDGE = "bridge";
    public static final String OVS_INTERFACE_ID = "interfaceId";
    /** Attribute of kind {@code portgroup}: the name by which the compute driver of the same endpoint knows it. */
    public static final String PORTGROUP = "portgroup";

    public static final String PORTGROUP_KEY = "key";
    /**
     * For any kind, where nobody answers DHCP on the network: the address with its prefix length ({@code 10.1.0.7/24}) that
     * the guest gives itself, told by its seed.
     */
    public static final String ADDRESS = "address";
    /** Bytes of the guest's MTU, for any kind. */
    public static final String MTU = "mtu";
    /** {@code false} where the datapath cannot take checksum and segmentation offloads from a guest, for any kind. */
    public static final String OFFLOADS = "offloads";

    public PortBinding {
        attributes = Map.copyOf(attributes);
    }
}
