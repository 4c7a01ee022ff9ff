// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api.price;

/** What can be priced. Quantities are whole units. */
public enum Item {
    NETWORK("network"),
    /** Each CPU of a running server. */
    CPU("cpu"),
    /** Each GiB of memory of a running server, begun ones counted whole. */
    MEMORY_GIB("memoryGiB"),
    VPN_USER("vpnUser"),
    /** Each GiB of disk, also of a stopped server and of one that can still be recovered. */
    STORAGE_GIB("storageGiB");

    private final String key;

    Item(String key) {
        this.key = key;
    }

    public String key() {
        return key;
    }
}
