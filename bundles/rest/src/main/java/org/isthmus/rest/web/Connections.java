// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.util.HashMap;
import java.util.Map;
import org.isthmus.rest.http.Places;

/** How many connections there are, and from where. Thread-safe. */
public final class Connections {
    private final Map<String, Integer> open = new HashMap<>();
    private Most most;
    private int all;

    /**
     * As many as there may be.
     *
     * @param all together
     * @param each from one address, of which one network of IPv6 is one
     */
    public record Most(int all, int each) {
        public static final Most DEFAULT = new Most(4096, 1024);

        public Most {
            if (all < 16 || each < 8 || each > all) {
                throw new IllegalArgumentException(
                        "connections is 16 or more, and connections.per.address 8 or more and not above it.");
            }
        }
    }

    Connections(Most most) {
        this.most = most;
    }

    /** From now on; those that are open stay. */
    synchronized void apply(Most changed) {
        most = changed;
    }

    /** One more, if it may be. */
    synchronized boolean take(String address) {
        String from = Places.network(address);
        int own = open.getOrDefault(from, 0);
        if (all >= most.all() || own >= most.each()) {
            return false;
        }
        open.put(from, own + 1);
        all++;
        return true;
    }

    /** One less. */
    synchronized void give(String address) {
        String from = Places.network(address);
        if (open.containsKey(from)) {
            open.computeIfPresent(from, (same, own) -> own == 1 ? null : own - 1);
            all--;
        }
    }
}
