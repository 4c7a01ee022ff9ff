// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.isthmus.spi.compute.ComputeDriver.SeenNic;
import org.junit.jupiter.api.Test;

/** What becomes of the addresses that a guest says it has. */
final class SeenNicTest {
    private static List<String> kept(String... said) {
        return new SeenNic("nic", "02:00:00:00:00:01", List.of(said)).guestAddresses();
    }

    @Test
    void addressesOfBothKindsAreKeptInTheOrderOfTheirNumbers() {
        assertEquals(
                List.of("9.0.0.1", "10.1.0.7", "192.168.0.1", "2001:db8::7", "fd00::1"),
                kept("fd00::1", "192.168.0.1", "2001:db8::7", "10.1.0.7", "9.0.0.1"));
    }

    @Test
    void oneAddressInTwoSpellingsIsOne() {
        assertEquals(List.of("10.1.0.7"), kept("10.1.0.7", "010.001.000.007", "::ffff:10.1.0.7"));
        assertEquals(List.of("2001:db8::a"), kept("2001:DB8:0:0:0:0:0:A", "2001:db8::a", "2001:0db8::0.0.0.10"));
    }

    @Test
    void ipv6IsWrittenAsRfc5952Says() {
        assertEquals(List.of("2001:db8:0:1:1:1:1:1"), kept("2001:0db8:0000:1:1:1:1:1"));
        assertEquals(List.of("2001:db8::1:0:0:1"), kept("2001:db8:0:0:1:0:0:1"));
        assertEquals(List.of("2001:0:0:1::1"), kept("2001:0:0:1:0:0:0:1"));
        assertEquals(List.of("2001:db8::"), kept("2001:db8:0:0:0:0:0:0"));
        assertEquals(List.of("::2:3"), kept("0:0:0:0:0:0:2:3"));
    }

    @Test
    void whatLeadsNowhereIsLeftOut() {
        assertEquals(
                List.of(), kept("169.254.7.7", "fe80::1", "127.0.0.1", "::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1"));
    }

    @Test
    void whatIsNoAddressIsLeftOutAndNeverLookedUp() {
        assertEquals(
                List.of("10.1.0.7"),
                kept(
                        "",
                        " ",
                        "web.example",
                        "face",
                        "10.1.0.7",
                        "10.1.0.7/24",
                        "10.1.0",
                        "256.1.1.1",
                        "1.2.3.4\u001b[31m",
                        "2001:db8::1%eth0",
                        "2001:db8:::1",
                        "1:2:3:4:5:6:7:8:9",
                        ":",
                        "[2001:db8::1]",
                        "\u0661.\u0662.\u0663.\u0664",
                        "a".repeat(10_000) + ":"));
    }

    @Test
    void ofVeryManyTheSameOnesAreKeptInWhateverOrderTheyAreSaid() {
        List<String> many = new ArrayList<>();
        List<String> reversed = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            many.add("10.1.0." + i);
            reversed.add(0, "10.1.0." + i);
        }

        List<String> kept = new SeenNic("nic", "", many).guestAddresses();

        assertEquals(SeenNic.MOST_ADDRESSES, kept.size());
        assertEquals("10.1.0.1", kept.get(0));
        assertEquals(kept, new SeenNic("nic", "", reversed).guestAddresses());
    }
}
