// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.ManagedObjectReference;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.isthmus.driver.vmware.server.Inventory;

/**
 * Where a virtual machine is made of contents.
 *
 * @param host in the pool's cluster; the vCenter chooses when it is not given
 * @param networks what an interface may be plugged into, by name; names that are not unique are left out
 * @param standIn what an interface is plugged into, and not connected to, when its network is not here
 */
public record Place(
        ManagedObjectReference folder,
        ManagedObjectReference pool,
        ManagedObjectReference datastore,
        Optional<ManagedObjectReference> host,
        Map<String, ManagedObjectReference> networks,
        Optional<ManagedObjectReference> standIn) {
    public Place {
        Objects.requireNonNull(folder, "folder");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(datastore, "datastore");
        Objects.requireNonNull(host, "host");
        networks = Map.copyOf(networks);
        Objects.requireNonNull(standIn, "standIn");
    }

    /** On the first host that takes servers; an interface whose network is not here is plugged in somewhere, unconnected. */
    public static Place forTemplates(Inventory inventory) {
        Inventory.Place place = inventory.anywhere();
        Map<String, ManagedObjectReference> networks = inventory.networks(place);
        Optional<ManagedObjectReference> standIn = networks.keySet().stream()
                .filter(name -> !name.contains("Uplink"))
                .sorted()
                .findFirst()
                .map(networks::get);
        return new Place(
                place.folder(),
                place.pool(),
                place.store().object(),
                Optional.of(place.host().object()),
                networks,
                standIn);
    }
}
