// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.util.List;
import java.util.Set;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.NetworkId;
import org.isthmus.spi.network.NetworkDriver;

/** A network driver under test. */
public interface NetworkSubject extends Subject<NetworkDriver> {
    /** Facets of a compute driver that are found through this one too, where one driver is both. Any other must be absent. */
    default Set<Class<?>> facets() {
        return Set.of();
    }

    /** The subnet of test networks, /24 or larger; several networks have it at once. */
    default Cidr cidr() {
        return Cidr.of("10.1.0.0/24");
    }

    /** Another subnet, not overlapping the first. */
    default Cidr otherCidr() {
        return Cidr.of("10.2.0.0/24");
    }

    /** Makes a network by other means than this driver; true when that was possible. It must not show in a list. */
    default boolean makeUnmanaged() {
        return false;
    }

    /** What lies below for a network, seen by other means than this driver. */
    default List<String> leftovers(NetworkId network) {
        return List.of();
    }

    /**
     * Takes something away from the network below that its guests need, by other means than this driver, such as its DHCP
     * options. Rule N04 then asks {@link #isWhole}. False when that cannot be done.
     */
    default boolean damage(NetworkId network) {
        return false;
    }

    /** Whether all of the network is there below; asked only after {@link #damage} said true. */
    default boolean isWhole(NetworkId network) {
        return true;
    }
}
