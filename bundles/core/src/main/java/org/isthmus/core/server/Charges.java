// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.isthmus.api.price.Item;
import org.isthmus.api.server.ServerState;
import org.isthmus.api.server.Servers.Flavor;
import org.isthmus.core.server.PartStore.Disk;

/** What a server is charged for in each state. */
final class Charges {
    private static final long MIB_IN_GIB = 1024;

    private Charges() {}

    /** CPUs, memory and storage: what a running server costs. */
    static Map<Item, Long> running(Flavor flavor, long diskGiB) {
        Map<Item, Long> items = new EnumMap<>(Item.class);
        items.put(Item.CPU, (long) flavor.cpus());
        items.put(Item.MEMORY_GIB, (flavor.memoryMiB() + MIB_IN_GIB - 1) / MIB_IN_GIB);
        items.put(Item.STORAGE_GIB, diskGiB);
        return items;
    }

    static Map<Item, Long> storage(long diskGiB) {
        return Map.of(Item.STORAGE_GIB, diskGiB);
    }

    static long diskGiB(List<Disk> disks) {
        return disks.stream().mapToLong(Disk::sizeGiB).sum();
    }

    /**
     * What is charged from the moment a server comes to rest in a state. States on the way to another keep what was charged
     * before: they are not asked for.
     */
    static Map<Item, Long> atRest(ServerState state, Flavor flavor, long diskGiB) {
        return switch (state) {
            case RUNNING -> running(flavor, diskGiB);
                // what nobody can see gives nobody its CPUs; its disks are kept
            case STOPPED, DELETED, LOST -> storage(diskGiB);
            case REQUESTED, BUILDING, FAILED -> Map.of();
            case STARTING, STOPPING, RESTARTING, RESIZING, MIGRATING -> throw new IllegalArgumentException(
                    state + " is no state to rest in");
        };
    }

    /** What is shown as its cost: of a server that is being made, what it will cost. */
    static Map<Item, Long> shown(ServerState state, Flavor flavor, long diskGiB) {
        return switch (state) {
            case REQUESTED, BUILDING, RUNNING, STARTING, STOPPING, RESTARTING, RESIZING, MIGRATING -> running(
                    flavor, diskGiB);
            case STOPPED, DELETED, LOST -> storage(diskGiB);
            case FAILED -> Map.of();
        };
    }
}
