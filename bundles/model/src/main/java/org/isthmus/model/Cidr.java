// SPDX-License-Identifier: Apache-2.0
package org.isthmus.model;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An IPv4 subnet in CIDR notation (RFC 4632), its host bits zero: {@code 10.1.0.0/24}. Addresses are handled as unsigned
 * 32-bit numbers in a {@code long}.
 */
public record Cidr(long network, int prefix) {
    private static final Pattern ADDRESS = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final long ALL = 0xffffffffL;

    public Cidr {
        if (prefix < 0 || prefix > 32) {
            throw new IllegalArgumentException("A prefix length is 0 to 32.");
        }
        if (network < 0 || network > ALL || (network & ~mask(prefix) & ALL) != 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "The address has bits set beyond /%d: write %s/%d.",
                    prefix,
                    text(network & mask(prefix)),
                    prefix));
        }
    }

    /** Parses {@code a.b.c.d/n}; the host bits must be zero. */
    public static Cidr of(String text) {
        int slash = text == null ? -1 : text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,2}")) {
            throw new IllegalArgumentException("A subnet is written like 10.1.0.0/24.");
        }
        return new Cidr(address(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /** The number of an IPv4 address in dotted decimal. */
    public static long address(String text) {
        Matcher matcher = ADDRESS.matcher(text == null ? "" : text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("An IPv4 address is written like 10.1.0.7.");
        }
        long number = 0;
        for (int i = 1; i <= 4; i++) {
            int part = Integer.parseInt(matcher.group(i));
            if (part > 255) {
                throw new IllegalArgumentException("Each part of an IPv4 address is 0 to 255.");
            }
            number = (number << 8) | part;
        }
        return number;
    }

    /** The dotted decimal of an address. */
    public static String text(long address) {
        return ((address >> 24) & 255) + "." + ((address >> 16) & 255) + "." + ((address >> 8) & 255) + "."
                + (address & 255);
    }

    /** How many addresses the subnet has, its first and last included. */
    public long size() {
        return 1L << (32 - prefix);
    }

    public boolean contains(long address) {
        return (address & mask(prefix) & ALL) == network;
    }

    public boolean overlaps(Cidr other) {
        return contains(other.network) || other.contains(network);
    }

    /** The first usable address: the gateway's, by our convention. */
    public long gateway() {
        return network + 1;
    }

    /** The first address given to servers. */
    public long firstServer() {
        return network + 2;
    }

    /** The last address given to servers; the one after it is the broadcast address. */
    public long lastServer() {
        return network + size() - 2;
    }

    /** True for RFC 1918 space. */
    public boolean isPrivate() {
        return new Cidr(address("10.0.0.0"), 8).holds(this)
                || new Cidr(address("172.16.0.0"), 12).holds(this)
                || new Cidr(address("192.168.0.0"), 16).holds(this);
    }

    private boolean holds(Cidr other) {
        return other.prefix >= prefix && contains(other.network);
    }

    private static long mask(int prefix) {
        return prefix == 0 ? 0 : (ALL << (32 - prefix)) & ALL;
    }

    @Override
    public String toString() {
        return text(network) + "/" + prefix;
    }
}
