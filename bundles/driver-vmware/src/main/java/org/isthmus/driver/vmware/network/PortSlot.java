// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.network;

import java.util.Optional;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.network.NetworkDriver.PortSpec;
import org.isthmus.spi.network.NetworkDriver.SeenPort;

/**
 * A port as it is written on its portgroup: one custom attribute each, so that no value grows with the network and a port
 * comes and goes in one write.
 *
 * @param number of the attribute, from 1
 */
record PortSlot(int number, NicId port, MacAddress mac, long address, String token) {
    private static final String ATTRIBUTE = "isthmus.port.";
    private static final int PARTS = 4;

    static PortSlot of(int number, PortSpec spec, String token) {
        return new PortSlot(number, spec.port(), spec.mac(), spec.address(), token);
    }

    static String attribute(int number) {
        return ATTRIBUTE + number;
    }

    String attribute() {
        return attribute(number);
    }

    String value() {
        return String.join(" ", port.value(), mac.value(), Cidr.text(address), token);
    }

    /** Reads an attribute, or empty when it is no port of ours. */
    static Optional<PortSlot> of(String attribute, String value) {
        if (!attribute.startsWith(ATTRIBUTE)) {
            return Optional.empty();
        }
        String[] parts = value.split(" ", PARTS);
        if (parts.length != PARTS) {
            return Optional.empty();
        }
        try {
            return Optional.of(new PortSlot(
                    Integer.parseInt(attribute.substring(ATTRIBUTE.length())),
                    new NicId(parts[0]),
                    new MacAddress(parts[1]),
                    Cidr.address(parts[2]),
                    parts[3]));
        } catch (IllegalArgumentException e) {
            // somebody wrote something else there
            return Optional.empty();
        }
    }

    boolean clashesWith(PortSlot other) {
        return !port.equals(other.port) && (address == other.address || mac.equals(other.mac));
    }

    SeenPort seen(boolean up) {
        return new SeenPort(port, token, mac.value(), address, up);
    }
}
