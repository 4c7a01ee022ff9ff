// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ConnectionsTest {
    private final Connections connections = new Connections(new Connections.Most(16, 8));

    private int taken(String address) {
        int taken = 0;
        while (connections.take(address)) {
            taken++;
        }
        return taken;
    }

    @Test
    void oneAddressHasItsShareAndAllHaveTheWhole() {
        assertEquals(8, taken("192.0.2.1"));
        assertEquals(8, taken("192.0.2.2"));
        assertFalse(connections.take("192.0.2.3"));

        connections.give("192.0.2.1");
        assertTrue(connections.take("192.0.2.3"));
        connections.give("192.0.2.9");
        assertFalse(connections.take("192.0.2.3"), "one that was never taken is not given");
    }

    @Test
    void aNetworkOfIpv6IsOneAddress() {
        assertEquals(8, taken("2001:db8::1"));
        assertFalse(connections.take("2001:db8::2"));
        assertTrue(connections.take("2001:db8:1::2"));
    }

    @Test
    void aShareLargerThanTheWholeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Connections.Most(16, 17));
    }
}
