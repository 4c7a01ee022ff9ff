// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.ovn;

import java.util.Collection;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.isthmus.model.Cidr;

/** The names of a network as OVN's DNS table holds them: forward with and without domain, and reverse. */
final class DnsRecords {
    private DnsRecords() {}

    /** A port, as far as names go. */
    record Named(long address, Collection<String> hostNames) {}

    /** All records of a network. A name of several ports leads to all their addresses. */
    static Map<String, String> of(Collection<Named> ports, String domain) {
        Map<String, SortedSet<Long>> addresses = new TreeMap<>();
        Map<String, String> records = new TreeMap<>();
        for (Named port : ports) {
            for (String host : port.hostNames()) {
                addresses.computeIfAbsent(host, name -> new TreeSet<>()).add(port.address());
            }
            port.hostNames().stream()
                    .min(String::compareTo)
                    .ifPresent(host -> records.put(reverse(port.address()), qualified(host, domain)));
        }
        addresses.forEach((host, all) -> {
            String text = String.join(" ", all.stream().map(DnsRecords::both).toList());
            records.put(host, text);
            records.put(qualified(host, domain), text);
        });
        return records;
    }

    /**
     * The address, and itself as an IPv6 address (RFC 4291, section 2.5.5.2). OVN leaves a question for AAAA unanswered when
     * a name has no IPv6 address, and resolvers that ask for both, such as glibc's, then wait in vain or fail.
     */
    private static String both(long address) {
        return Cidr.text(address) + " ::ffff:" + Cidr.text(address);
    }

    private static String qualified(String host, String domain) {
        return domain.isEmpty() ? host : host + "." + domain;
    }

    private static String reverse(long address) {
        return (address & 255) + "." + ((address >> 8) & 255) + "." + ((address >> 16) & 255) + "."
                + ((address >> 24) & 255) + ".in-addr.arpa";
    }
}
