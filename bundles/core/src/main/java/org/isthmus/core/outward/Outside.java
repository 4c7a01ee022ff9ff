// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.outward;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;

/** Which addresses are out there, on the public Internet, and not part of what is around the controller. */
final class Outside {
    /** IANA's special-purpose registries, as far as they are not globally reachable; and the group addresses. */
    private static final List<Block> NOT_IPV4 = blocks(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4");

    /** What is given out of IPv6, and what of it leads elsewhere: protocols, tunnels that wrap IPv4 addresses, examples. */
    private static final Block IPV6 = Block.of("2000::/3");

    private static final List<Block> NOT_IPV6 = blocks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    private Outside() {}

    private static List<Block> blocks(String... texts) {
        return Stream.of(texts).map(Block::of).toList();
    }

    static boolean has(InetAddress address) {
        return address instanceof Inet4Address
                ? NOT_IPV4.stream().noneMatch(block -> block.contains(address))
                : IPV6.contains(address) && NOT_IPV6.stream().noneMatch(block -> block.contains(address));
    }
}
