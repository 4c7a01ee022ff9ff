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
    /** Bytes of the guest's MTU, for any kind. */
    public static final String MTU = "mtu";
    /** {@code false} where the datapath cannot take checksum and segmentation offloads from a guest, for any kind. */
    public static final String OFFLOADS = "offloads";

    public PortBinding {
        attributes = Map.copyOf(attributes);
    }
}
