// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.isthmus.driver.ovn.ovsdb.Row;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.model.Ids.NicId;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.network.NetworkDriver.PortSpec;

/** What a server's port looks like in OVN. */
record PortForm(NicId nic, NetworkId network, String mac, long address, Set<String> hostNames) {
    private static final int MOST_NAMES = 16;

    static PortForm of(PortSpec wanted) {
        Set<String> names = new TreeSet<>();
        wanted.hostNames().stream().map(Name::value).forEach(names::add);
        if (names.size() > MOST_NAMES) {
            throw new DriverException(Kind.INVALID, "A port has at most " + MOST_NAMES + " host names.");
        }
        return new PortForm(wanted.port(), wanted.network(), wanted.mac().value(), wanted.address(), names);
    }

    /** Refuses what the subnet has no room for. */
    void checkWithin(NetworkForm form) {
        Cidr cidr = form.cidr();
        if (!cidr.contains(address) || address < cidr.firstServer() || address > cidr.lastServer()) {
            throw new DriverException(
                    Kind.INVALID,
                    Cidr.text(address) + " is no address for a server in " + cidr + "; choose one from "
                            + Cidr.text(cidr.firstServer()) + " to " + Cidr.text(cidr.lastServer()) + ".");
        }
        if (mac.equals(form.gatewayMac().value())) {
            throw new DriverException(Kind.CONFLICT, "The MAC " + mac + " is the network's own; choose another.");
        }
    }

    String addresses() {
        return mac + " " + Cidr.text(address);
    }

    /** What is written onto the port, but for the token. */
    Map<String, String> ids() {
        Map<String, String> ids = new LinkedHashMap<>();
        ids.put(Northbound.NETWORK, network.value());
        ids.put(Northbound.NIC, nic.value());
        ids.put(Northbound.MAC, mac);
        ids.put(Northbound.ADDRESS, Cidr.text(address));
        hostNames.forEach(host -> ids.put(Northbound.HOST + host, "yes"));
        return ids;
    }

    /** The names written onto a port. */
    static Set<String> hostNames(Row port) {
        Set<String> names = new TreeSet<>();
        for (String key : port.map(Northbound.IDS).keySet()) {
            if (key.startsWith(Northbound.HOST)) {
                names.add(key.substring(Northbound.HOST.length()));
            }
        }
        return names;
    }

    /** The MAC OVN lets the port have; empty when it has none. */
    static String mac(Row port) {
        return addresses(port)[0];
    }

    /** The address OVN lets the port have; empty when it has none that can be read. */
    static Optional<Long> address(Row port) {
        String[] parts = addresses(port);
        try {
            return parts.length < 2 ? Optional.empty() : Optional.of(Cidr.address(parts[1]));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String[] addresses(Row port) {
        return port.texts("addresses").stream().sorted().findFirst().orElse("").split(" ");
    }
}
