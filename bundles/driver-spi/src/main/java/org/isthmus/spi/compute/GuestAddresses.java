// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.isthmus.model.Cidr;

/**
 * What a guest says are the addresses of an interface, made fit to be kept and shown. Guests are not trusted: what is no
 * IP address is left out and nothing is ever looked up, and the same addresses said in another order or spelling come to
 * the same list.
 */
final class GuestAddresses {
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}([.][0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
    private static final int LONGEST = 45;
    private static final int GROUPS = 8;

    /** IPv4 before IPv6, and each by its number. */
    private static final Comparator<InetAddress> BY_NUMBER = (one, other) -> {
        byte[] first = one.getAddress();
        byte[] second = other.getAddress();
        return first.length == second.length
                ? Arrays.compareUnsigned(first, second)
                : Integer.compare(first.length, second.length);
    };

    private GuestAddresses() {}

    static List<String> of(Collection<String> said) {
        return said.stream()
                .map(GuestAddresses::parsed)
                .flatMap(Optional::stream)
                .filter(GuestAddresses::leadsAnywhere)
                .sorted(BY_NUMBER)
                .map(GuestAddresses::text)
                .distinct()
                .limit(ComputeDriver.SeenNic.MOST_ADDRESSES)
                .toList();
    }

    private static Optional<InetAddress> parsed(String text) {
        try {
            if (text.length() <= LONGEST && IPV4.matcher(text).matches()) {
                long number = Cidr.address(text);
                return Optional.of(InetAddress.getByAddress(
                        new byte[] {(byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number
                        }));
            }
            if (text.length() <= LONGEST && IPV6.matcher(text).matches()) {
                // in brackets it is taken for a literal or refused, and never for a name
                return Optional.of(InetAddress.getByName("[" + text + "]"));
            }
            return Optional.empty();
        } catch (UnknownHostException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Every interface has a link-local address, and nobody reaches a server by it. */
    private static boolean leadsAnywhere(InetAddress address) {
        return !address.isLinkLocalAddress()
                && !address.isLoopbackAddress()
                && !address.isAnyLocalAddress()
                && !address.isMulticastAddress();
    }

    /** IPv6 as RFC 5952 writes it: lower case, the longest row of zeros left out. */
    private static String text(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != 2 * GROUPS) {
            return address.getHostAddress();
        }
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = ((bytes[2 * i] & 255) << 8) | (bytes[2 * i + 1] & 255);
        }
        int from = 0;
        int longest = 1;
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups[end] == 0) {
                end++;
            }
            if (end - i > longest) {
                from = i;
                longest = end - i;
            }
        }
        return longest == 1
                ? joined(groups, 0, GROUPS)
                : joined(groups, 0, from) + "::" + joined(groups, from + longest, GROUPS);
    }

    private static String joined(int[] groups, int from, int to) {
        StringJoiner text = new StringJoiner(":");
        for (int i = from; i < to; i++) {
            text.add(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
