// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.jclouds;

import com.google.common.collect.ImmutableSet;
import com.vmware.vim25.ManagedObjectReference;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.jclouds.domain.Location;
import org.jclouds.domain.LocationBuilder;
import org.jclouds.domain.LocationScope;
import org.jclouds.location.suppliers.LocationsSupplier;
import org.jclouds.location.suppliers.all.JustProvider;

/** Datacenters as regions, clusters and hosts of none as zones, hosts as hosts; known by their references. */
@Singleton
final class VSphereLocations implements LocationsSupplier {
    private static final String DATACENTER = "Datacenter";

    private final VSphereApi api;
    private final JustProvider provider;

    @Inject
    VSphereLocations(VSphereApi api, JustProvider provider) {
        this.api = api;
        this.provider = provider;
    }

    @Override
    public Set<? extends Location> get() {
        Talk talk = api.vim().talk();
        ManagedObjectReference root = talk.content().getRootFolder();
        Location top = provider.get().iterator().next();
        Map<String, String> parents = new HashMap<>();
        Map<String, Location> known = new HashMap<>();
        ImmutableSet.Builder<Location> all = ImmutableSet.builder();
        for (Seen each : talk.all(root, "Folder", "parent")) {
            each.get("parent", ManagedObjectReference.class)
                    .ifPresent(parent -> parents.put(each.ref(), parent.getValue()));
        }
        for (Seen each : talk.all(root, DATACENTER, "name")) {
            known.put(each.ref(), location(LocationScope.REGION, each, top));
        }
        for (Seen each : talk.all(root, "ComputeResource", "name", "parent")) {
            String up = each.must("parent", ManagedObjectReference.class).getValue();
            while (up != null && !known.containsKey(up)) {
                up = parents.get(up);
            }
            known.put(each.ref(), location(LocationScope.ZONE, each, up == null ? top : known.get(up)));
        }
        for (Seen each : talk.all(root, "HostSystem", "name", "parent")) {
            String up = each.must("parent", ManagedObjectReference.class).getValue();
            all.add(location(LocationScope.HOST, each, known.getOrDefault(up, top)));
        }
        return all.addAll(known.values()).build();
    }

    private static Location location(LocationScope scope, Seen seen, Location parent) {
        return new LocationBuilder()
                .scope(scope)
                .id(seen.ref())
                .description(seen.text("name"))
                .parent(parent)
                .build();
    }
}
