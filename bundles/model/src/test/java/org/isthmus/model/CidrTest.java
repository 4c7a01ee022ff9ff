// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CidrTest {
    @Test
    void aSubnetKnowsItsAddresses() {
        Cidr cidr = Cidr.of("10.1.0.0/24");

        assertEquals(256, cidr.size());
        assertEquals("10.1.0.1", Cidr.text(cidr.gateway()));
        assertEquals("10.1.0.2", Cidr.text(cidr.firstServer()));
        assertEquals("10.1.0.254", Cidr.text(cidr.lastServer()));
        assertTrue(cidr.contains(Cidr.address("10.1.0.255")));
        assertFalse(cidr.contains(Cidr.address("10.1.1.0")));
        assertEquals("10.1.0.0/24", cidr.toString());
    }

    @Test
    void subnetsOverlapWhenOneHoldsTheOther() {
        assertTrue(Cidr.of("10.0.0.0/8").overlaps(Cidr.of("10.1.0.0/24")));
        assertTrue(Cidr.of("10.1.0.0/24").overlaps(Cidr.of("10.0.0.0/8")));
        assertFalse(Cidr.of("10.1.0.0/24").overlaps(Cidr.of("10.1.1.0/24")));
        assertTrue(Cidr.of("0.0.0.0/0").overlaps(Cidr.of("192.168.0.0/16")));
    }

    @Test
    void hostBitsAreRefusedWithTheRightSubnet() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> Cidr.of("10.1.0.7/24"));

        assertTrue(refused.getMessage().contains("10.1.0.0/24"), refused.getMessage());
    }

    @Test
    void nonsenseIsRefused() {
        for (String text : List.of("", "10.1.0.0", "10.1.0/24", "10.1.0.256/24", "10.1.0.0/33", "10.1.0.0/-1", "a/b")) {
            assertThrows(IllegalArgumentException.class, () -> Cidr.of(text), text);
        }
    }

    @Test
    void privateSpaceIsThatOfRfc1918() {
        assertTrue(Cidr.of("172.31.0.0/16").isPrivate());
        assertFalse(Cidr.of("172.32.0.0/16").isPrivate());
        assertFalse(Cidr.of("192.0.0.0/8").isPrivate());
    }

    @Test
    void aLocalMacAddressIsUnicastAndLocallyAdministered() {
        assertEquals("02:12:34:56:78:9a", MacAddress.local(0x123456789aL).value());
        assertThrows(IllegalArgumentException.class, () -> new MacAddress("01:00:5e:00:00:01"));
    }
}
